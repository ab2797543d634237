//! The upstream world of every kind: what stands when its first resource is about to be made.
//!
//! Whole stacks are brought up once, one step at a time; just before the first resource of a kind
//! begins, the local AWS is put aside. So a new kind is covered as soon as some graph holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use edxaws::address::Address;
use edxaws::engine::{Engine, Stop};
use edxaws::event::{Event, Stamped};
use edxaws::graph::{Graph, Node};
use edxaws::kind::Kind;
use edxaws::profile::{MongodbMode, Nat, Settings};
use edxaws::resources::kind;
use edxaws::state::State;
use edxaws_localstack::{LocalAws, World};

use crate::stage::{OnCluster, Stage};

/// One resource and the world it is born into.
pub struct Scene {
    pub kind: &'static dyn Kind,
    pub node: Node,
    pub settings: Settings,
    /// Everything that exists just before.
    pub world: World,
    /// What is recorded just before: all that the resource stands on.
    pub state: State,
    /// The profile it comes from.
    pub profile: String,
}

/// The stacks that the scenes are taken from: the shipped profiles, the choices none of them makes,
/// and what runs on the cluster.
type Change = fn(&mut Stage);
const STACKS: &[(&str, &str, Change)] = &[
    ("prod", "prod", |_| {}),
    ("staging", "staging with other choices", |stage| {
        stage.settings.network.nat = Nat::None;
        stage.settings.mongodb.mode = MongodbMode::Documentdb;
        stage.settings.edge.cdn = true;
        stage.settings.mail.ses = true;
    }),
    ("staging", "staging with somebody else's database", |stage| {
        stage.settings.mongodb.mode = MongodbMode::External;
        stage.settings.mongodb.external_secret = Some(stage.strangers_secret("atlas"));
    }),
    ("dev", "dev", |_| {}),
    ("sandbox", "sandbox with a platform", |stage| stage.on_cluster = OnCluster::Platforms),
];

/// One scene a kind; `EDXAWS_NIGHTLY=1` takes every resource of every stack.
pub fn scenes() -> &'static [Scene] {
    static SCENES: OnceLock<Vec<Scene>> = OnceLock::new();
    SCENES.get_or_init(|| std::thread::spawn(take_all).join().unwrap())
}

pub fn nightly() -> bool {
    std::env::var_os("EDXAWS_NIGHTLY").is_some()
}

fn take_all() -> Vec<Scene> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut scenes = Vec::new();
        let mut seen = BTreeSet::new();
        for (profile, title, change) in STACKS {
            let mut stage = Stage::new(profile, 21).await;
            change(&mut stage);
            let graph = stage.graph().await;
            let first = firsts(&graph, &mut seen);
            if !first.is_empty() {
                scenes.extend(take(stage, &graph, first, title).await);
            }
        }
        scenes
    })
}

/// The first resource of each kind that no earlier stack had.
fn firsts(graph: &Graph, seen: &mut BTreeSet<String>) -> BTreeSet<Address> {
    let fresh = |node: &&Node| seen.insert(node.address.kind().to_owned()) || nightly();
    let order = graph.order().unwrap();
    order.into_iter().filter(fresh).map(|node| node.address.clone()).collect()
}

async fn take(
    mut stage: Stage,
    graph: &Graph,
    addresses: BTreeSet<Address>,
    profile: &str,
) -> Vec<Scene> {
    let plan = stage.plan().await;
    let worlds: Arc<Mutex<BTreeMap<Address, World>>> = Arc::default();
    let (kept, local) = (worlds.clone(), stage.local.clone());
    let mut observer = move |stamped: &Stamped| {
        if let Event::StepStarted { address, .. } = &stamped.event
            && addresses.contains(address)
        {
            kept.lock().unwrap().insert(address.clone(), snapshot(&local));
        }
    };
    let engine = Engine {
        scope: stage.scope.clone(),
        state: &mut stage.state,
        store: &mut stage.store,
        observer: &mut observer,
        stop: Stop::never(),
        // One at a time: when a step begins, nothing else is under way.
        parallelism: 1,
        durations: Default::default(),
    };
    let summary = engine.run(&plan).await.unwrap();
    assert!(summary.failed.is_empty(), "{profile}: {:#?}", summary.failed);
    let worlds = std::mem::take(&mut *worlds.lock().unwrap());
    let scene = |(address, world): (Address, World)| Scene {
        kind: kind(address.kind()).unwrap(),
        node: graph.get(&address).unwrap().clone(),
        settings: stage.settings.clone(),
        world,
        state: upstream(&stage.state, &address),
        profile: profile.to_owned(),
    };
    worlds.into_iter().map(scene).collect()
}

pub fn snapshot(local: &LocalAws) -> World {
    local.world(|world| world.clone()).unwrap()
}

/// The state with nothing but what `address` stands on, near and far.
fn upstream(state: &State, address: &Address) -> State {
    let mut reached = BTreeSet::new();
    let mut open = vec![address.clone()];
    while let Some(next) = open.pop() {
        let needs = state.records.get(&next).map(|record| record.needs.clone());
        for up in needs.into_iter().flatten() {
            if reached.insert(up.clone()) {
                open.push(up);
            }
        }
    }
    let mut state = state.clone();
    state.records.retain(|address, _| reached.contains(address));
    state
}
