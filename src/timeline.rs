//! When each step of a run began, waited and ended, and what decided the end; pure.

mod explain;
mod path;
mod record;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::address::Address;
use crate::durations::Durations;
use crate::engine::{Action, Plan, Verb};
use crate::resources::kind;

pub use explain::{Explanation, Link, Near, explain};
pub use record::Recorder;

/// A run on a time axis, in AWS seconds since its beginning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    pub stack: String,
    pub verb: Verb,
    pub nature: Nature,
    /// When it began; a prediction has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    pub seconds: f64,
    /// Length of the longest chain: no tool can be faster.
    pub bound: f64,
    pub bars: Vec<Bar>,
    pub calls: Vec<CallAt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    Predicted,
    Recorded,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    pub address: Address,
    pub action: Action,
    pub start: f64,
    pub end: f64,
    pub outcome: Outcome,
    /// Indices of the bars that had to end first.
    pub needs: BTreeSet<usize>,
    pub critical: bool,
    /// How much later it could have ended without the run ending later.
    pub slack: f64,
    pub waits: Vec<Wait>,
    pub retries: Vec<Retry>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub enum Outcome {
    Expected,
    Done,
    Failed(String),
    Stopped,
    NotBegun,
}

/// A stretch in which a step waited for one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wait {
    pub start: f64,
    pub end: f64,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retry {
    pub at: f64,
    pub reason: String,
}

/// One API call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallAt {
    pub at: f64,
    pub service: String,
    pub action: String,
}

impl Bar {
    pub fn seconds(&self) -> f64 {
        self.end - self.start
    }
}

impl Timeline {
    /// What a plan will look like when everything takes as long as it usually does and no step
    /// waits for a free place.
    pub fn predicted(plan: &Plan, durations: &Durations) -> Self {
        let seconds = plan.steps.iter().map(|step| {
            kind(step.address.kind()).map_or(0, |kind| durations.usual(kind, step.action)) as f64
        });
        let seconds: Vec<f64> = seconds.collect();
        let needs: Vec<BTreeSet<usize>> = plan.steps.iter().map(|s| s.needs.clone()).collect();
        let starts = path::starts(&needs, &seconds);
        let bars =
            plan.steps.iter().zip(&starts).zip(&seconds).map(|((step, start), seconds)| Bar {
                address: step.address.clone(),
                action: step.action,
                start: *start,
                end: start + seconds,
                outcome: Outcome::Expected,
                needs: step.needs.clone(),
                critical: false,
                slack: 0.0,
                waits: Vec::new(),
                retries: Vec::new(),
            });
        let timeline = Self {
            stack: plan.stack.clone(),
            verb: plan.verb,
            nature: Nature::Predicted,
            began: None,
            seconds: 0.0,
            bound: 0.0,
            bars: bars.collect(),
            calls: Vec::new(),
        };
        timeline.reckoned()
    }

    /// Marks the critical path and what every other step had to spare.
    fn reckoned(mut self) -> Self {
        let needs: Vec<BTreeSet<usize>> = self.bars.iter().map(|bar| bar.needs.clone()).collect();
        let seconds: Vec<f64> = self.bars.iter().map(Bar::seconds).collect();
        self.bound = path::longest(&needs, &seconds);
        self.seconds = self.bars.iter().map(|bar| bar.end).fold(self.seconds, f64::max);
        let ends: Vec<f64> = self.bars.iter().map(|bar| bar.end).collect();
        let latest = path::latest(&needs, &seconds, self.seconds);
        for (bar, latest) in self.bars.iter_mut().zip(latest) {
            bar.slack = (latest - bar.end).max(0.0);
        }
        for at in path::critical(&needs, &ends) {
            self.bars[at].critical = true;
        }
        self
    }

    /// The bars that decided the end, first to last.
    pub fn critical_path(&self) -> Vec<&Bar> {
        let mut path: Vec<&Bar> = self.bars.iter().filter(|bar| bar.critical).collect();
        path.sort_by(|a, b| a.end.total_cmp(&b.end));
        path
    }
}
