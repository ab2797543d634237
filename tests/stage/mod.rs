//! A stage for whole runs: the real engine and SDK against the local AWS, in virtual time.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use edxaws::address::Address;
use edxaws::aws::{Clients, Clock, DataPolicy, Depth, Endpoint, Scope, StackId, connect};
use edxaws::engine::{
    Choice, Engine, Plan, Select, Stop, Summary, Survey, Told, plan_destroy, plan_up, survey,
};
use edxaws::event::Stamped;
use edxaws::graph::Graph;
use edxaws::profile::{self, Renderer, Settings};
use edxaws::state::{MemoryStore, State};
use edxaws::{place, stack};
use edxaws_localstack::{LocalAws, Owner, Thing, Traced, sdk_client};
use serde_json::json;

pub use watch::Watch;

pub struct Stage {
    pub local: LocalAws,
    pub settings: Settings,
    pub scope: Scope,
    pub store: MemoryStore,
    pub state: State,
    pub events: Vec<Stamped>,
    pub parallelism: usize,
    pub on_cluster: OnCluster,
    /// What a test changes of the graph that the program builds.
    pub reshape: fn(Graph) -> Graph,
}

/// What of a stack the graph holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCluster {
    /// AWS's part.
    Nothing,
    Platforms,
}

impl Stage {
    pub async fn new(name: &str, seed: u64) -> Self {
        Self::on(LocalAws::in_memory(seed), name, seed).await
    }

    pub async fn on(local: LocalAws, name: &str, seed: u64) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
        let settings = profile::load(name, &folder).expect("the profile loads").settings;
        Self::of(local, settings, seed).await
    }

    pub async fn of(local: LocalAws, mut settings: Settings, seed: u64) -> Self {
        // No Python in tests.
        settings.openedx.renderer = Renderer::Builtin;
        let scope = scope(&local, &settings, seed).await;
        let (account, region) = (scope.stack.account.clone(), scope.stack.region.clone());
        let state = State::new(&settings.stack, &account, &region, scope.token());
        let (store, events) = (MemoryStore::default(), Vec::new());
        Self {
            local,
            settings,
            scope,
            store,
            state,
            events,
            parallelism: 24,
            on_cluster: OnCluster::Nothing,
            reshape: std::convert::identity,
        }
    }

    pub async fn graph(&self) -> Graph {
        let caller = place::caller(&self.scope.aws, &self.settings).await.expect("a caller");
        let place = place::look(&self.scope, &self.settings, &self.state, caller).await;
        let mut place = place.expect("a place");
        if self.on_cluster == OnCluster::Platforms {
            place.rendered = place::rendered(&self.settings, &|_| {}).await.expect("objects");
        }
        (self.reshape)(stack::build(&self.settings, &place).expect("a graph"))
    }

    pub async fn survey(&self, graph: &Graph) -> Survey {
        self.look(Depth::Quick, graph).await
    }

    pub async fn look(&self, depth: Depth, graph: &Graph) -> Survey {
        let never = Stop::never();
        survey(&self.scope, depth, graph, &self.state, &never, &Told::nobody())
            .await
            .expect("a survey")
    }

    pub async fn plan(&self) -> Plan {
        self.plan_at(Depth::Quick).await
    }

    pub async fn plan_at(&self, depth: Depth) -> Plan {
        let graph = self.graph().await;
        let survey = self.look(depth, &graph).await;
        plan_up(&graph, &self.state, &survey, &Choice::default()).expect("a plan")
    }

    pub async fn up(&mut self) -> Summary {
        let plan = self.plan().await;
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        self.run(&plan).await
    }

    pub async fn destroy(&mut self) -> Summary {
        let plan = self.destroy_plan().await;
        self.run(&plan).await
    }

    /// What removes everything, data included.
    pub async fn destroy_plan(&mut self) -> Plan {
        let choice =
            Choice { delete_data: Select::Yes, lift_protection: Select::Yes, ..Choice::default() };
        self.scope = self.scope.with_data(DataPolicy::Delete);
        self.removal(&choice).await
    }

    /// What `destroy` does when it is told no more than to lift protection.
    pub async fn destroy_keeping_data(&mut self) -> Summary {
        let choice = Choice { lift_protection: Select::Yes, ..Choice::default() };
        let plan = self.removal(&choice).await;
        self.run(&plan).await
    }

    async fn removal(&mut self, choice: &Choice) -> Plan {
        let graph = self.graph().await;
        let survey = self.survey(&graph).await;
        let plan = plan_destroy(&self.state, &survey, choice).expect("a plan");
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        plan
    }

    pub async fn run(&mut self, plan: &Plan) -> Summary {
        let events = &mut self.events;
        let mut observer = |event: &Stamped| events.push(event.clone());
        let engine = Engine {
            scope: self.scope.clone(),
            state: &mut self.state,
            store: &mut self.store,
            observer: &mut observer,
            stop: Stop::never(),
            parallelism: self.parallelism,
            durations: Default::default(),
        };
        engine.run(plan).await.expect("the run records")
    }

    /// A secret that the user made; its ARN.
    pub fn strangers_secret(&self, name: &str) -> String {
        let region = &self.settings.region;
        let arn = format!("arn:aws:secretsmanager:{region}:123456789012:secret:{name}-a1b2c3");
        let versions = json!({
            "first": {"SecretString": "mongodb+srv://user:word@atlas", "stage": "AWSCURRENT"},
        });
        let secret = Thing::new("secret", arn.clone())
            .with("Name", name)
            .with("$versions", versions)
            .with("LastChangedDate", 0)
            .owned_by(Owner::Stranger);
        let secret = Thing { region: region.clone(), ..secret };
        let made = self.local.world(|world| world.create(secret, 0.0).map(|_| ()));
        made.expect("a world in memory").expect("it is new");
        arn
    }

    /// Ids of everything that exists, but what AWS never takes back or makes by itself.
    pub fn inventory(&self) -> BTreeSet<String> {
        let listed = self.local.world(|world| {
            // A deleted NAT gateway stays on show for an hour, as in AWS.
            let kept = |kind: &str| kind.starts_with("deleted_") || kind.ends_with("_change");
            let things = world
                .things
                .values()
                .filter(|thing| !kept(&thing.kind) && !thing.id.contains("/aws-service-role/"));
            things.map(|thing| format!("{} {}", thing.kind, thing.id)).collect()
        });
        listed.expect("a world in memory")
    }

    /// Calls since the last `clear_trace` that change something.
    pub fn mutating(&self) -> Vec<Traced> {
        self.local.trace().into_iter().filter(|call| !reads(call)).collect()
    }

    /// Calls since the last `clear_trace` that change nothing.
    pub fn reading(&self) -> Vec<Traced> {
        self.local.trace().into_iter().filter(reads).collect()
    }

    /// Watches the local AWS until told to end.
    pub fn watch(&self) -> Watch {
        Watch::begin(&self.local)
    }

    /// When each address was ready, on the local AWS's clock.
    pub fn ready(&self) -> BTreeMap<Address, f64> {
        let all = self.local.world(|world| {
            let ours = world.things.values().filter(|thing| thing.owner == Owner::Client);
            ours.filter_map(|thing| {
                Some((Address::parse(thing.tags.get("edxaws:address")?)?, thing.ready))
            })
            .collect()
        });
        all.expect("a world in memory")
    }

    /// How long the local AWS itself took for each address, from create to ready.
    pub fn durations(&self) -> BTreeMap<Address, f64> {
        let all = self.local.world(|world| {
            let ours = world.things.values().filter(|thing| thing.owner == Owner::Client);
            ours.filter_map(|thing| {
                let address = Address::parse(thing.tags.get("edxaws:address")?)?;
                Some((address, thing.ready - thing.created))
            })
            .collect()
        });
        all.expect("a world in memory")
    }
}

fn reads(call: &Traced) -> bool {
    let words = ["Describe", "List", "Get", "Head", "Simulate", "GET", "LIST", "WATCH"];
    words.iter().any(|word| call.action.starts_with(word))
}

pub async fn scope(local: &LocalAws, settings: &Settings, seed: u64) -> Scope {
    let config = connect(&Endpoint::Local(sdk_client(local)), &settings.region).await;
    let id = StackId {
        name: settings.stack.clone(),
        account: "123456789012".to_owned(),
        region: settings.region.clone(),
        partition: "aws".to_owned(),
    };
    let clock = Clock::fixed(1.0, "2026-01-01T00:00:00Z".parse().expect("a moment"));
    let random = fastrand::Rng::with_seed(seed);
    Scope::new(Clients::new(&config).in_process(local), id, clock, settings.tags.clone(), random)
}

/// The longest chain of the graph with these durations: no tool can be faster.
pub fn critical_path(graph: &Graph, durations: &BTreeMap<Address, f64>) -> f64 {
    let mut ends: BTreeMap<&Address, f64> = BTreeMap::new();
    for node in graph.order().expect("an order") {
        let start = node.needs.iter().map(|up| ends[up]).fold(0.0, f64::max);
        ends.insert(&node.address, start + durations.get(&node.address).copied().unwrap_or(0.0));
    }
    ends.values().copied().fold(0.0, f64::max)
}
