//! As fast as AWS allows: how long a run takes against the longest chain of what AWS itself needs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::collections::BTreeMap;

use edxaws::address::Address;
use edxaws::engine::{Plan, Summary};
use edxaws::graph::Graph;
use edxaws::timeline::{Recorder, Timeline};
use stage::{Stage, critical_path};

/// Seeds tried; `EDXAWS_SPEED_SEEDS=100` is the nightly share.
fn seeds() -> u64 {
    std::env::var("EDXAWS_SPEED_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

async fn run(stage: &mut Stage, plan: &Plan) -> (Summary, Timeline) {
    stage.events.clear();
    let summary = stage.run(plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let mut recorder = Recorder::of(plan);
    stage.events.iter().for_each(|event| recorder.observe(event));
    (summary, recorder.finish(Vec::new()))
}

/// The longest chain of what AWS itself needed: from the start of a step until the local AWS had
/// it ready, refusals meanwhile included; of objects in the cluster, what their steps took.
fn bound(stage: &Stage, graph: &Graph, timeline: &Timeline, began: f64) -> f64 {
    let ready = stage.ready();
    let durations = timeline.bars.iter().map(|bar| {
        let known = ready.get(&bar.address).map(|at| at - began - bar.start);
        let inside = bar.address.kind().starts_with("kubernetes");
        let took = if inside { bar.seconds() } else { known.unwrap_or(0.0).max(0.0) };
        (bar.address.clone(), took)
    });
    critical_path(graph, &durations.collect::<BTreeMap<Address, f64>>())
}

#[tokio::test(start_paused = true)]
async fn up_ends_with_the_longest_chain() {
    for seed in 0..seeds() {
        for (parallelism, most) in [(24, 1.01), (4, 1.05)] {
            let mut stage = Stage::new("prod", 100 + seed).await;
            stage.parallelism = parallelism;
            let graph = stage.graph().await;
            let plan = stage.plan().await;
            let began = stage.local.clock.now();
            let (summary, timeline) = run(&mut stage, &plan).await;
            let ratio = summary.took.as_secs_f64() / bound(&stage, &graph, &timeline, began);
            let path: Vec<String> = timeline
                .critical_path()
                .iter()
                .map(|bar| format!("{} {:.0}-{:.0}", bar.address, bar.start, bar.end))
                .collect();
            println!("seed {seed}, parallelism {parallelism}: {ratio:.4}");
            assert!(ratio <= most, "seed {seed}, parallelism {parallelism}: {ratio:.4}\n{path:#?}");
        }
    }
}

/// What a wait costs beyond what it waits for: half of the steps lose two seconds at most.
#[tokio::test(start_paused = true)]
async fn half_of_the_waits_waste_two_seconds_at_most() {
    let mut stage = Stage::new("prod", 7).await;
    let plan = stage.plan().await;
    let (_, timeline) = run(&mut stage, &plan).await;
    let truth = stage.durations();
    let mut wasted: Vec<f64> = timeline
        .bars
        .iter()
        .filter_map(|bar| Some((bar.seconds(), *truth.get(&bar.address)?)))
        .filter(|(_, needed)| *needed >= 10.0)
        .map(|(took, needed)| took - needed)
        .collect();
    wasted.sort_by(f64::total_cmp);
    assert!(wasted.len() >= 10, "{wasted:?}");
    assert!(wasted[wasted.len() / 2] <= 2.0, "{wasted:?}");
}

#[tokio::test(start_paused = true)]
async fn destroy_ends_with_the_longest_chain() {
    for seed in 0..seeds() {
        let mut stage = Stage::new("prod", 200 + seed).await;
        assert!(stage.up().await.failed.is_empty());
        stage.events.clear();
        let plan = stage.destroy_plan().await;
        let (summary, timeline) = run(&mut stage, &plan).await;
        let ratio = summary.took.as_secs_f64() / timeline.bound;
        println!("seed {seed}: {ratio:.4}");
        assert!(ratio <= 1.01, "seed {seed}: {ratio:.4}");
    }
}
