//! One resource on its scene: the kind's own calls, and the real engine for a single step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use edxaws::address::Address;
use edxaws::aws::{DataPolicy, Failure, Scope};
use edxaws::diff::Change;
use edxaws::engine::{
    Action, Engine, Patience, Plan, RunError, Step, Stop, Summary, Verb, Why, attempt,
};
use edxaws::event::Stamped;
use edxaws::graph::Node;
use edxaws::kind::{Ask, Kind};
use edxaws::resource::{Claim, Facts, Found, Ready};
use edxaws::state::{MemoryStore, Phase, Record, State, Store};
use edxaws_localstack::{LocalAws, Owner, Thing, Traced, World};
use serde_json::Value;

use crate::scene::{Scene, snapshot};
use crate::stage;

/// By then a new role may be assumed everywhere.
const VISIBLE: Duration = Duration::from_secs(120);

/// On a volume that the cluster made for a claim, which may have stood before the scene began.
const CLAIMED_BY: &str = "kubernetes.io/created-for/pvc/name";

pub struct Bench {
    pub kind: &'static dyn Kind,
    pub node: Node,
    pub local: LocalAws,
    pub scope: Scope,
    pub state: State,
    pub claim: Claim,
    before: World,
}

impl Bench {
    /// Rebuilds the scene under this test's own clock.
    pub async fn open(scene: &Scene) -> Self {
        let local = LocalAws::in_memory(3);
        let scope = stage::scope(&local, &scene.settings, 5).await;
        let before = scene.world.clone();
        let done = before.things.values().map(|thing| thing.ready).fold(0.0, f64::max);
        let wait = Duration::from_secs_f64((done - local.clock.now()).max(0.0));
        scope.clock.sleep(wait + VISIBLE).await;
        local.world(|world| world.clone_from(&before)).unwrap();
        let claim = Claim { address: scene.node.address.clone(), token: scope.token() };
        let (node, state) = (scene.node.clone(), scene.state.clone());
        // Data is to go: a final snapshot would be a second object.
        let scope = scope.with_data(DataPolicy::Delete);
        Self { kind: scene.kind, node, local, scope, state, claim, before }
    }

    /// The scope as the engine gives it: the live values of what the resource needs, and its own.
    pub fn scope(&self) -> Scope {
        self.scope.with_facts(self.facts())
    }

    pub fn facts(&self) -> Facts {
        let needed = self.node.needs.iter().chain([&self.node.address]);
        let live = needed.filter_map(|address| {
            Some((address.clone(), self.state.records.get(address)?.live.clone()?))
        });
        Facts::new(live.collect())
    }

    pub fn record(&self) -> Option<&Record> {
        self.state.records.get(&self.node.address)
    }

    /// The live values as recorded.
    pub fn live(&self) -> Value {
        self.record().and_then(|record| record.live.clone()).expect("it is recorded")
    }

    /// Whether the state keeps all of these live values. A manifest's body stays on the cluster, and
    /// the record alone cannot say that nothing differs.
    pub fn recorded_whole(&self, live: &Value) -> bool {
        self.kind.recorded(live.clone()) == *live
    }

    pub async fn create(&self) -> Result<Value, Failure> {
        self.kind.create(&self.scope(), &self.node.desired, &self.claim).await
    }

    /// Deletes as the engine does: some need a change first, and take the delete when it is done.
    pub async fn delete(&self, live: &Value) -> Result<(), Failure> {
        let scope = self.scope();
        let call = || self.kind.delete(&scope, &self.node.desired, live);
        attempt(&scope, &Stop::never(), Patience::DELETE, |_| {}, call).await
    }

    /// What a list finds for this resource, looking thoroughly and without a record to lean on.
    pub async fn found(&self, claim: Option<&Claim>) -> Vec<Found<Value>> {
        let recorded = self.record().and_then(|record| record.live.clone());
        let ask = Ask {
            address: self.node.address.clone(),
            desired: self.node.desired.clone(),
            live: recorded,
            claim: claim.cloned(),
        };
        let found = self.kind.list(&self.scope(), &[ask]).await;
        let found = found.unwrap_or_else(|failure| panic!("list: {failure}"));
        found.into_iter().filter(|one| self.belongs(claim, one)).collect()
    }

    /// By its claim where both carry one, else by the address on it.
    fn belongs(&self, claim: Option<&Claim>, one: &Found<Value>) -> bool {
        match (claim, &one.token) {
            (Some(claim), Some(token)) => claim.token == *token,
            _ => one.address.as_ref() == Some(&self.node.address),
        }
    }

    /// The one object of this resource.
    pub async fn find(&self) -> Option<Value> {
        let claim = self.record().map(|record| record.claim(&self.node.address));
        let mut found = self.found(claim.as_ref().or(Some(&self.claim))).await;
        assert!(found.len() <= 1, "found {} times", found.len());
        found.pop().map(|one| one.live)
    }

    pub fn diff(&self, live: &Value) -> Change {
        self.kind.diff(&self.node.desired, live, &self.facts()).expect("its own values are read")
    }

    pub fn ready(&self, live: &Value) -> Ready {
        self.kind.ready(&self.node.desired, live).expect("its own values are read")
    }

    /// Carries out one step with the real engine.
    pub async fn step(&mut self, action: Action) -> Summary {
        let mut store = MemoryStore::default();
        self.step_on(action, &mut store).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    pub async fn step_on(
        &mut self,
        action: Action,
        store: &mut dyn Store,
    ) -> Result<Summary, RunError> {
        let plan = self.plan(action);
        let mut observer = |_: &Stamped| {};
        let engine = Engine {
            scope: self.scope.clone(),
            state: &mut self.state,
            store,
            observer: &mut observer,
            stop: Stop::never(),
            parallelism: 4,
            durations: Default::default(),
        };
        engine.run(&plan).await
    }

    /// The step that goes on from where the record stands.
    pub async fn go_on(&mut self) -> Summary {
        let action = match self.record().map(|record| record.phase) {
            None | Some(Phase::Claimed) => Action::Create,
            Some(Phase::Made | Phase::Ready) => Action::Await,
            Some(Phase::Leaving) => Action::Delete,
        };
        self.step(action).await
    }

    /// Brings it up and insists that it works.
    pub async fn up(&mut self) {
        let summary = self.step(Action::Create).await;
        assert!(summary.failed.is_empty(), "up: {:#?}", summary.failed);
    }

    fn plan(&self, action: Action) -> Plan {
        let State { stack, account, region, lineage, serial, .. } = self.state.clone();
        let (desired, upstream) = (self.node.desired.clone(), self.node.needs.clone());
        let step = Step {
            address: self.node.address.clone(),
            action,
            why: Why::New,
            reasons: Vec::new(),
            desired,
            upstream,
            needs: BTreeSet::new(),
        };
        Plan {
            schema: Plan::SCHEMA,
            verb: Verb::Up,
            stack,
            account,
            region,
            lineage,
            serial,
            steps: vec![step],
            unchanged: Vec::new(),
            retained: Vec::new(),
            refusals: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Calls since the last `clear_trace` that change something.
    pub fn mutating(&self) -> Vec<Traced> {
        let reads =
            ["Describe", "List", "Get", "Head", "Simulate", "GET ", "HEAD ", "LIST ", "WATCH "];
        let changes = |call: &Traced| !reads.iter().any(|read| call.action.starts_with(read));
        self.local.trace().into_iter().filter(changes).collect()
    }

    /// How many objects of each sort exist beyond the scene's. What AWS keeps on show for a while
    /// and its own notes of changes are no objects, and a volume is the claim's that it is for.
    pub fn made(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for thing in snapshot(&self.local).things.into_values() {
            let passing = thing.kind.starts_with("deleted_") || thing.kind.ends_with("_change");
            let passing = passing || thing.tags.contains_key(CLAIMED_BY);
            if !passing && !self.before.things.contains_key(&thing.id) {
                *counts.entry(thing.kind).or_default() += 1;
            }
        }
        counts
    }

    pub fn is_new(&self, id: &str) -> bool {
        !self.before.things.contains_key(id)
    }

    /// Changes every object that this resource's own calls have made.
    pub fn tamper(&self, change: impl Fn(&mut Thing)) {
        let ours = |thing: &&mut Thing| {
            thing.owner == Owner::Client && !self.before.things.contains_key(&thing.id)
        };
        self.local.world(|world| world.things.values_mut().filter(ours).for_each(change)).unwrap();
    }

    /// Everything that is there, without its times; equal means nothing was touched.
    pub fn untimed(&self) -> BTreeMap<String, (Value, BTreeMap<String, String>)> {
        let things = snapshot(&self.local).things.into_iter();
        let passing = |kind: &str| kind.starts_with("deleted_") || kind.ends_with("_change");
        things
            .filter(|(_, thing)| !passing(&thing.kind))
            .map(|(id, thing)| (id, (Value::Object(thing.attrs), thing.tags)))
            .collect()
    }

    /// A stranger takes everything away that this resource brought.
    pub fn vanish(&self) {
        self.local.world(|world| world.things.clone_from(&self.before.things)).unwrap();
    }

    /// Waits until a list no longer finds it, and until what AWS takes down after it is down.
    pub async fn until_gone(&self) {
        for _ in 0..720 {
            if self.find().await.is_none() {
                return self.scope.clock.sleep(Duration::from_secs(900)).await;
            }
            self.scope.clock.sleep(Duration::from_secs(10)).await;
        }
        panic!("it never goes");
    }

    pub fn address(&self) -> &Address {
        &self.node.address
    }
}
