//! Everything that happens while a plan runs, as data. Views render events; nothing else prints.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::engine::Action;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    RunStarted {
        stack: String,
        steps: usize,
        /// Length of the longest chain of typical durations, in seconds.
        expected_seconds: u64,
        critical_path: Vec<Address>,
    },
    StepStarted {
        address: Address,
        action: Action,
        typical_seconds: u64,
    },
    StepWaiting {
        address: Address,
        reason: String,
    },
    StepRetrying {
        address: Address,
        reason: String,
    },
    StepDone {
        address: Address,
        action: Action,
        seconds: u64,
    },
    StepFailed {
        address: Address,
        action: Action,
        error: String,
        left_behind: LeftBehind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    StepSkipped {
        address: Address,
        because: Address,
    },
    Stopping {
        in_flight: usize,
    },
    RunFinished {
        done: usize,
        failed: usize,
        skipped: usize,
        seconds: u64,
        calls: usize,
    },
}

/// What a failed step leaves in the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftBehind {
    /// AWS refused: nothing.
    Nothing,
    /// The object, which is recorded.
    Recorded,
    /// Perhaps an object: its claim is recorded and the next run looks for it.
    Claimed,
}

/// An event and when it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    pub at: Timestamp,
    /// AWS seconds since the run began.
    pub elapsed: f64,
    #[serde(flatten)]
    pub event: Event,
}

/// Whoever wants to know.
pub trait Observer: Send {
    fn observe(&mut self, event: &Stamped);
}

impl<F: FnMut(&Stamped) + Send> Observer for F {
    fn observe(&mut self, event: &Stamped) {
        self(event);
    }
}
