//! What the network's tests stand on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use aws_sdk_ec2::types::Filter;
use edxaws::address::Address;
use edxaws::aws::{Clients, Clock, Endpoint, Failure, Scope, StackId, Verdict, connect, verdict};
use edxaws::diff::Change;
use edxaws::graph::{Graph, Node};
use edxaws::kind::Ask;
use edxaws::profile::{Settings, load};
use edxaws::resource::{Claim, Facts, Found, Ready};
use edxaws::resources::kind;
use edxaws::stack::Surroundings;
use edxaws::stack::network;
use edxaws_localstack::{LocalAws, Owner, World, sdk_client};
use serde_json::Value;

/// A stack without an engine: one node after the other.
pub struct Rig {
    pub local: LocalAws,
    pub scope: Scope,
    pub graph: Graph,
    pub live: BTreeMap<Address, Value>,
    pub claims: BTreeMap<Address, Claim>,
}

pub fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let profiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut settings = load("prod", &profiles).unwrap().settings;
    settings.region = "us-east-1".to_owned();
    change(&mut settings);
    settings
}

pub fn place(zones: &[&str]) -> Surroundings {
    Surroundings {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/test".to_owned(),
        zones: zones.iter().map(|letter| format!("us-east-1{letter}")).collect(),
        kubernetes_version: "1.35".to_owned(),
        rendered: BTreeMap::new(),
    }
}

pub fn network_of(settings: &Settings, zones: &[&str]) -> Graph {
    let mut graph = Graph::new();
    network::build(&mut graph, settings, &place(zones)).unwrap();
    graph
}

impl Rig {
    pub async fn new(graph: Graph) -> Self {
        let local = LocalAws::in_memory(7);
        let config = connect(&Endpoint::Local(sdk_client(&local)), "us-east-1").await;
        let [name, account, region, partition] =
            ["test", "123456789012", "us-east-1", "aws"].map(str::to_owned);
        let stack = StackId { name, account, region, partition };
        let user = BTreeMap::from([("team".to_owned(), "learning".to_owned())]);
        let random = fastrand::Rng::with_seed(1);
        let scope = Scope::new(Clients::new(&config), stack, Clock::real(), user, random);
        Self { local, scope, graph, live: BTreeMap::new(), claims: BTreeMap::new() }
    }

    pub fn facts(&self) -> Facts {
        Facts::new(self.live.clone())
    }

    pub fn scope(&self) -> Scope {
        self.scope.with_facts(self.facts())
    }

    pub fn node(&self, address: &str) -> Node {
        self.graph.get(&Address::parse(address).unwrap()).unwrap().clone()
    }

    pub fn ask(&self, node: &Node) -> Ask {
        Ask {
            address: node.address.clone(),
            desired: node.desired.clone(),
            live: self.live.get(&node.address).cloned(),
            claim: self.claims.get(&node.address).cloned(),
        }
    }

    pub async fn list(&self, name: &str) -> Vec<Found<Value>> {
        let asks: Vec<Ask> = self
            .graph
            .nodes()
            .filter(|node| node.address.kind() == name)
            .map(|node| self.ask(node))
            .collect();
        kind(name).unwrap().list(&self.scope(), &asks).await.unwrap()
    }

    pub async fn find(&self, address: &Address) -> Option<Value> {
        let found = self.list(address.kind()).await;
        let mut ours = found.into_iter().filter(|one| one.address.as_ref() == Some(address));
        let first = ours.next();
        assert!(ours.next().is_none(), "{address} was found twice");
        first.map(|one| one.live)
    }

    pub async fn create(&mut self, node: &Node) -> Result<Value, Failure> {
        let token = self.scope.token();
        let address = node.address.clone();
        let claim = self.claims.entry(address.clone()).or_insert(Claim { address, token }).clone();
        let kind = kind(node.address.kind()).unwrap();
        kind.create(&self.scope(), &node.desired, &claim).await
    }

    /// Create, then update until nothing differs, then wait until it is ready.
    pub async fn raise(&mut self, node: &Node) {
        let mut live = self.create(node).await.unwrap_or_else(|e| panic!("{}: {e}", node.address));
        let kind = kind(node.address.kind()).unwrap();
        for round in 0.. {
            match kind.diff(&node.desired, &live, &self.facts()).unwrap() {
                Change::Keep => match kind.ready(&node.desired, &live).unwrap() {
                    Ready::Yes => break,
                    Ready::Wait(_) => self.scope.clock.sleep(Duration::from_secs(5)).await,
                    Ready::Failed(why) => panic!("{} failed: {why}", node.address),
                },
                Change::Update(_) => {
                    let claim = self.claims[&node.address].clone();
                    kind.update(&self.scope(), &node.desired, &live, &claim).await.unwrap();
                }
                other => panic!("{}: {other:?}", node.address),
            }
            assert!(round < 100, "{} never settles", node.address);
            live =
                self.find(&node.address).await.unwrap_or_else(|| panic!("lost {}", node.address));
        }
        self.live.insert(node.address.clone(), live);
    }

    pub async fn raise_all(&mut self) {
        let order: Vec<Node> = self.graph.order().unwrap().into_iter().cloned().collect();
        for node in &order {
            self.raise(node).await;
        }
    }

    pub async fn delete(&self, address: &Address) -> Result<(), Failure> {
        let node = self.graph.get(address).unwrap();
        let live = &self.live[address];
        kind(address.kind()).unwrap().delete(&self.scope(), &node.desired, live).await
    }

    pub async fn lower(&mut self, address: &Address) {
        self.delete(address).await.unwrap_or_else(|e| panic!("{address}: {e}"));
        for round in 0.. {
            if self.find(address).await.is_none() {
                break;
            }
            assert!(round < 100, "{address} never goes");
            self.scope.clock.sleep(Duration::from_secs(5)).await;
        }
        // Again, as after a lost answer.
        if let Err(failure) = self.delete(address).await {
            assert_eq!(verdict(&failure), Verdict::Gone, "{address}: {failure}");
        }
        self.live.remove(address);
    }

    pub async fn refused(&self, address: &str) -> Failure {
        let failure = self.delete(&Address::parse(address).unwrap()).await.unwrap_err();
        assert_eq!(verdict(&failure), Verdict::InUse, "{failure}");
        failure
    }

    pub fn kinds(&self) -> BTreeSet<String> {
        self.graph.nodes().map(|node| node.address.kind().to_owned()).collect()
    }

    pub fn id(&self, address: &str) -> String {
        let live = &self.live[&Address::parse(address).unwrap()];
        live["id"].as_str().unwrap().to_owned()
    }

    /// Everything a client has made and that still exists.
    pub fn left(&self) -> Vec<String> {
        let left = |world: &mut World| {
            let things = world.things.values().filter(|thing| thing.owner == Owner::Client);
            things.map(|thing| thing.id.clone()).collect()
        };
        self.local.world(left).unwrap()
    }
}

pub fn by(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}
