//! What decided how long it took, and what would make it shorter.

use serde::Serialize;

use super::path::shortened;
use super::{Bar, Timeline};
use crate::address::Address;
use crate::engine::Action;

/// One step of the critical path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    pub address: Address,
    pub action: Action,
    pub start: f64,
    pub seconds: f64,
    /// How much earlier the end would be if this took no time at all.
    pub worth: f64,
}

/// A step beside it that comes next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Near {
    pub address: Address,
    pub slack: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    pub seconds: f64,
    /// Length of the longest chain of these very durations.
    pub bound: f64,
    pub path: Vec<Link>,
    pub near: Vec<Near>,
}

/// Steps beside the critical path that are worth a line.
const NEAR: usize = 8;

pub fn explain(timeline: &Timeline) -> Explanation {
    let mut path: Vec<Link> = timeline
        .bars
        .iter()
        .enumerate()
        .filter(|(_, bar)| bar.critical)
        .map(|(at, bar)| Link {
            address: bar.address.clone(),
            action: bar.action,
            start: bar.start,
            seconds: bar.seconds(),
            worth: shortened(timeline, at),
        })
        .collect();
    path.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut beside: Vec<&Bar> =
        timeline.bars.iter().filter(|bar| !bar.critical && bar.seconds() >= 1.0).collect();
    beside.sort_by(|a, b| a.slack.total_cmp(&b.slack));
    let near = beside.iter().take(NEAR);
    let near = near.map(|bar| Near { address: bar.address.clone(), slack: bar.slack }).collect();
    Explanation { seconds: timeline.seconds, bound: timeline.bound, path, near }
}
