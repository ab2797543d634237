//! What a run came to, against what the local AWS itself needed for it.

use std::collections::{BTreeMap, BTreeSet};

use edxaws::address::Address;
use edxaws::engine::{Action, Plan, back_off_looks};
use edxaws::timeline::{Bar, Recorder, Timeline};
use edxaws_localstack::{Thing, World};

use super::stage::Stage;
use super::stage::watch::Watched;

/// A run and what AWS needed for it.
pub struct Measured {
    pub timeline: Timeline,
    /// The longest chain of what AWS needed, in seconds.
    pub bound: f64,
    /// What AWS needed for each step.
    needed: Vec<f64>,
    /// Seconds that each wait lost, least first.
    pub wasted: Vec<f64>,
    /// Calls made while waiting.
    pub reads: u32,
    /// The reads that exponential back-off would have made in the same waits.
    pub back_off: u32,
}

impl Measured {
    pub fn ratio(&self) -> f64 {
        self.timeline.seconds / self.bound
    }

    pub fn bar(&self, address: &str) -> &Bar {
        let bar = self.timeline.bars.iter().find(|bar| bar.address.to_string() == address);
        bar.unwrap_or_else(|| panic!("no step of `{address}`"))
    }

    /// What half of the waits lost at most.
    pub fn waste(&self) -> f64 {
        self.wasted[self.wasted.len() / 2]
    }

    /// Every step that took long, and how much of it was waste; the critical path with a star.
    pub fn losses(&self) -> Vec<String> {
        let bars = self.timeline.bars.iter().zip(&self.needed);
        let mut long: Vec<_> =
            bars.filter(|(bar, _)| bar.critical || bar.seconds() >= 10.0).collect();
        long.sort_by(|(a, _), (b, _)| a.end.total_cmp(&b.end));
        let line = |(bar, needed): &(&Bar, &f64)| {
            let (star, lost) = (if bar.critical { "*" } else { " " }, bar.seconds() - **needed);
            format!("{star} {} {:.0}-{:.0}, {lost:.1} s lost", bar.address, bar.start, bar.end)
        };
        long.iter().map(line).collect()
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

pub async fn run(stage: &mut Stage, plan: &Plan) -> Measured {
    stage.events.clear();
    stage.local.clear_trace();
    let began = stage.local.clock.now();
    let watch = stage.watch();
    let summary = stage.run(plan).await;
    let mut truth = watch.end();
    truth.extend(in_sync(stage));
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
    Measured { bound: longest(&timeline, &needed), needed, wasted, reads, back_off, timeline }
}

/// When the records that were made were everywhere: Route 53 has no tags on them, but knows the names.
fn in_sync(stage: &Stage) -> BTreeMap<Address, Watched> {
    let changes = |names: &BTreeSet<String>| {
        let ready = |world: &mut World| {
            let of_it = world.of_kind("route53_change").filter(|one| changed(one) == *names);
            of_it.map(|one| one.ready).reduce(f64::min)
        };
        stage.local.world(ready).expect("a world in memory")
    };
    let records = stage.state.records.iter().filter(|(address, _)| address.kind() == "record_set");
    let ready = records.filter_map(|(address, record)| {
        let entries = record.live.as_ref()?["records"].as_array()?;
        let names = entries.iter().filter_map(|entry| entry["name"].as_str()).map(plain).collect();
        Some((address.clone(), Watched { ready: changes(&names)?, last: 0.0 }))
    });
    ready.collect()
}

/// The names of a change, which it carries with their types.
fn changed(change: &Thing) -> BTreeSet<String> {
    change.called.iter().flat_map(|called| called.split(' ').step_by(2)).map(plain).collect()
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*")
}

/// From the start of a step until the local AWS had it ready, or let it go; refusals meanwhile
/// included. Of objects in the cluster, what their steps took; so, too, of what was taken for done before
/// it was ready (an add-on that needs no more than to be accepted).
fn needed(bar: &Bar, truth: &BTreeMap<Address, Watched>, began: f64) -> f64 {
    if in_cluster(&bar.address) {
        return bar.seconds();
    }
    let at = truth.get(&bar.address).map(|watched| match bar.action {
        Action::Delete => watched.last,
        _ => watched.ready,
    });
    at.map_or(0.0, |at| (at - began - bar.start).clamp(0.0, bar.seconds()))
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
