//! As fast as AWS allows, and no busier than needed: how long a run takes against the longest chain of
//! what AWS itself needs, and how often it looks against exponential back-off.
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
use edxaws::engine::{Action, Plan, back_off_looks};
use edxaws::timeline::{Bar, Recorder, Timeline};
use stage::watch::Watched;
use stage::{OnCluster, Stage};

/// Seeds tried; `EDXAWS_SPEED_SEEDS=100` is the nightly share.
fn seeds() -> u64 {
    std::env::var("EDXAWS_SPEED_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// A run and what AWS needed for it.
struct Measured {
    timeline: Timeline,
    /// The longest chain of what AWS needed, in seconds.
    bound: f64,
    /// Seconds that each wait lost, least first.
    wasted: Vec<f64>,
    /// Calls made while waiting.
    reads: u32,
    /// The reads that exponential back-off would have made in the same waits.
    back_off: u32,
}

impl Measured {
    fn ratio(&self) -> f64 {
        self.timeline.seconds / self.bound
    }

    /// What half of the waits lost at most.
    fn waste(&self) -> f64 {
        self.wasted[self.wasted.len() / 2]
    }

    fn path(&self) -> Vec<String> {
        let path = self.timeline.critical_path().into_iter();
        path.map(|bar| format!("{} {:.0}-{:.0}", bar.address, bar.start, bar.end)).collect()
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reads, back_off, bound, .. } = self;
        let (ratio, waste) = (self.ratio(), self.waste());
        write!(f, "{ratio:.4} of {bound:.0} s, {reads} reads, back-off {back_off}, ")?;
        write!(f, "{waste:.1} s wasted at the median")
    }
}

async fn run(stage: &mut Stage, plan: &Plan) -> Measured {
    stage.events.clear();
    stage.local.clear_trace();
    let began = stage.local.clock.now();
    let watch = stage.watch();
    let summary = stage.run(plan).await;
    let truth = watch.end();
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let mut recorder = Recorder::of(plan);
    stage.events.iter().for_each(|event| recorder.observe(event));
    let timeline = recorder.finish(Vec::new());
    let needed: Vec<f64> = timeline.bars.iter().map(|bar| needed(bar, &truth, began)).collect();
    let waits = timeline
        .bars
        .iter()
        .zip(&needed)
        .filter(|(bar, needed)| **needed >= 10.0 && !in_cluster(&bar.address));
    let mut wasted: Vec<f64> = waits.map(|(bar, needed)| bar.seconds() - needed).collect();
    wasted.sort_by(f64::total_cmp);
    assert!(wasted.len() >= 5, "{wasted:?}");
    let back_off = timeline.bars.iter().map(back_off).sum();
    let reads = summary.reads.made;
    assert!(reads as usize <= stage.reading().len(), "more than the local AWS was asked");
    Measured { bound: longest(&timeline, &needed), wasted, reads, back_off, timeline }
}

/// From the start of a step until the local AWS had it ready, or let it go; refusals meanwhile
/// included. Of objects in the cluster, what their steps took.
fn needed(bar: &Bar, truth: &BTreeMap<Address, Watched>, began: f64) -> f64 {
    if in_cluster(&bar.address) {
        return bar.seconds();
    }
    let at = truth.get(&bar.address).map(|watched| match bar.action {
        Action::Delete => watched.last,
        _ => watched.ready,
    });
    at.map_or(0.0, |at| (at - began - bar.start).max(0.0))
}

fn in_cluster(address: &Address) -> bool {
    address.kind().starts_with("kubernetes")
}

/// The longest chain of the steps: no tool can be faster.
fn longest(timeline: &Timeline, needed: &[f64]) -> f64 {
    let mut ends: BTreeMap<usize, f64> = BTreeMap::new();
    while ends.len() < needed.len() {
        for (at, bar) in timeline.bars.iter().enumerate() {
            let ups: Option<Vec<f64>> = bar.needs.iter().map(|up| ends.get(up).copied()).collect();
            if let Some(ups) = ups {
                ends.insert(at, ups.into_iter().fold(0.0, f64::max) + needed[at]);
            }
        }
    }
    ends.into_values().fold(0.0, f64::max)
}

/// The looks of exponential back-off: those before the end, and the one that sees it. A delete and a
/// change are looked at once at least; what a create answers needs no look.
fn back_off(bar: &Bar) -> u32 {
    let first = u32::from(bar.action != Action::Create);
    let waited: f64 = bar.waits.iter().map(|wait| wait.end - wait.start).sum();
    if waited > 0.0 { first + back_off_looks(waited) + 1 } else { first }
}

async fn prod(seed: u64) -> Stage {
    let mut stage = Stage::new("prod", seed).await;
    stage.on_cluster = OnCluster::Platforms;
    stage
}

#[tokio::test(start_paused = true)]
async fn up_ends_with_the_longest_chain() {
    for seed in 0..seeds() {
        for (parallelism, most) in [(24, 1.01), (4, 1.05)] {
            let mut stage = prod(100 + seed).await;
            stage.parallelism = parallelism;
            let plan = stage.plan().await;
            let up = run(&mut stage, &plan).await;
            println!("seed {seed}, parallelism {parallelism}: {up}");
            assert!(up.ratio() <= most, "seed {seed}, {parallelism}: {up}\n{:#?}", up.path());
            // With four at a time everything queues: there only the end counts.
            if parallelism == 24 {
                assert!(up.waste() <= 2.0, "seed {seed}: {:?}", up.wasted);
                assert!(up.reads <= up.back_off, "seed {seed}: {up}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_ends_with_the_longest_chain() {
    for seed in 0..seeds() {
        let mut stage = prod(200 + seed).await;
        assert!(stage.up().await.failed.is_empty());
        let plan = stage.destroy_plan().await;
        let gone = run(&mut stage, &plan).await;
        println!("seed {seed}: {gone}");
        assert!(gone.ratio() <= 1.01, "seed {seed}: {gone}\n{:#?}", gone.path());
        assert!(gone.waste() <= 2.0, "seed {seed}: {:?}", gone.wasted);
        assert!(gone.reads <= gone.back_off, "seed {seed}: {gone}");
    }
}
