//! What edxaws itself costs when AWS costs nothing: planning and carrying out synthetic graphs.
//!
//! `cargo bench --bench engine`; docs/performance.md says how to read it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench may fail loudly")]

use edxaws::aws::{Clients, Clock, Endpoint, Scope, StackId, connect};
use edxaws::durations::Durations;
use edxaws::engine::{Choice, Engine, Plan, Stop, Survey, plan_destroy, plan_up};
use edxaws::event::Stamped;
use edxaws::graph::Graph;
use edxaws::resources::iam::ServiceLinkedRole;
use edxaws::state::{MemoryStore, Phase, Record, State};
use edxaws_localstack::{LocalAws, sdk_client};

const SIZES: [usize; 4] = [1_250, 2_500, 5_000, 10_000];

fn main() {
    divan::main();
}

/// Chains of ten, a hundred or a thousand of them side by side.
fn graph(nodes: usize) -> Graph {
    let mut graph = Graph::new();
    let mut last = None;
    for at in 0..nodes {
        let role = ServiceLinkedRole { service: format!("s{at}.amazonaws.com") };
        let node = graph.add(&format!("n{at:05}"), role);
        if let Some(last) = last.filter(|_| at % 10 != 0) {
            graph.after(&node, &last);
        }
        last = Some(node);
    }
    graph
}

fn state() -> State {
    State::new("bench", "123456789012", "us-east-1", "bench".to_owned())
}

fn recorded(graph: &Graph) -> State {
    let mut state = state();
    for node in graph.nodes() {
        let record = Record {
            phase: Phase::Ready,
            token: "token".to_owned(),
            since: jiff::Timestamp::UNIX_EPOCH,
            took: Some(1),
            needs: node.needs.clone(),
            desired: node.desired.clone(),
            live: Some(serde_json::json!({"service": "s", "arn": "arn"})),
        };
        state.records.insert(node.address.clone(), record);
    }
    state
}

#[divan::bench(args = SIZES)]
fn plan(bencher: divan::Bencher<'_, '_>, nodes: usize) {
    let (graph, state) = (graph(nodes), state());
    bencher.bench(|| {
        plan_up(&graph, &state, &Survey::default(), &Choice::default()).expect("a plan").steps.len()
    });
}

/// Removing what needs no call: two transitions a node, the scheduler, the events, the records.
#[divan::bench(args = SIZES)]
fn transitions(bencher: divan::Bencher<'_, '_>, nodes: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let graph = graph(nodes);
    let scope = runtime.block_on(scope());
    let plan = plan_destroy(&recorded(&graph), &Survey::default(), &Choice::default()).unwrap();
    bencher
        .counter(divan::counter::ItemsCount::new(nodes * 2))
        .with_inputs(|| recorded(&graph))
        .bench_values(|state| runtime.block_on(carried_out(&scope, state, &plan)));
}

#[divan::bench(args = SIZES)]
fn record(bencher: divan::Bencher<'_, '_>, nodes: usize) {
    let state = recorded(&graph(nodes));
    bencher.bench(|| serde_json::to_vec(&state).unwrap().len());
}

async fn scope() -> Scope {
    let local = LocalAws::in_memory(1);
    let config = connect(&Endpoint::Local(sdk_client(&local)), "us-east-1").await;
    let id = StackId {
        name: "bench".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        partition: "aws".to_owned(),
    };
    let clients = Clients::new(&config).in_process(&local);
    Scope::new(clients, id, Clock::real(), Default::default(), fastrand::Rng::with_seed(1))
}

async fn carried_out(scope: &Scope, mut state: State, plan: &Plan) -> usize {
    let (mut store, mut events) = (MemoryStore::default(), 0_usize);
    let mut observer = |_: &Stamped| events += 1;
    let engine = Engine {
        scope: scope.clone(),
        state: &mut state,
        store: &mut store,
        observer: &mut observer,
        stop: Stop::never(),
        parallelism: 24,
        durations: Durations::default(),
    };
    let summary = engine.run(plan).await.expect("the run records");
    assert_eq!(summary.done.len(), plan.steps.len());
    events
}
