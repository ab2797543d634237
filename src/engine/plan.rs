//! A plan is data: the steps, why each is needed, and what each waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::diff::Reason;

/// Which command a plan belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Up,
    Destroy,
}

/// What a step does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    /// It exists; wait until it is ready and as desired.
    Await,
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Await => "await",
            Self::Delete => "delete",
        })
    }
}

/// Why a step is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The profile wants it and it was never made.
    New,
    /// An earlier run claimed it and its answer is unknown.
    Unanswered,
    /// It was deleted outside edxaws.
    Vanished,
    /// The profile says something else than before.
    Edited,
    /// AWS says something else than before: it was edited outside edxaws.
    Drifted,
    /// An earlier run did not see it become ready.
    Unready,
    /// It cannot be seen from here before something else is mended.
    Unseen,
    /// An earlier run began to delete it.
    Leaving,
    /// It can never become ready.
    Failed(String),
    /// It has to be made anew.
    Replaced,
    /// The profile no longer wants it.
    Unwanted,
    /// The stack is to go.
    Destroyed,
    /// It cannot be reached, and what it stands on is to go: only its record is deleted.
    OutOfReach,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Unanswered => "an earlier run may have made it",
            Self::Vanished => "it was deleted outside edxaws",
            Self::Edited => "the profile changed",
            Self::Drifted => "it was changed outside edxaws",
            Self::Unready => "an earlier run did not see it ready",
            Self::Unseen => "it cannot be seen before access is mended",
            Self::Leaving => "an earlier run began to delete it",
            Self::Failed(why) => return write!(f, "it cannot become ready: {why}"),
            Self::Replaced => "it has to be made anew",
            Self::Unwanted => "the profile no longer has it",
            Self::Destroyed => "it is to go",
            Self::OutOfReach => "it cannot be reached and goes with what it stands on",
        })
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub address: Address,
    pub action: Action,
    pub why: Why,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    pub desired: Value,
    /// The upstream addresses that the record will name.
    pub upstream: BTreeSet<Address>,
    /// Indices of the steps that must be done before this one.
    pub needs: BTreeSet<usize>,
}

/// Something the plan leaves alone although the command would remove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retained {
    pub address: Address,
    pub why: String,
}

/// Something that must be settled before the plan may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub address: Address,
    pub why: String,
    pub hint: String,
}

/// All that is going to happen, bound to one version of one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub schema: u32,
    pub verb: Verb,
    pub stack: String,
    pub account: String,
    pub region: String,
    pub lineage: String,
    pub serial: u64,
    pub steps: Vec<Step>,
    /// Resources that are as desired.
    pub unchanged: Vec<Address>,
    pub retained: Vec<Retained>,
    pub refusals: Vec<Refusal>,
    /// Live values that differ from the recorded ones where nothing has to be done.
    pub seen: BTreeMap<Address, Value>,
}

impl Plan {
    pub const SCHEMA: u32 = 1;

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many resources are created, updated, replaced, deleted.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match (step.action, &step.why) {
                (Action::Create, Why::Replaced | Why::Failed(_)) => counts.replace += 1,
                (Action::Delete, Why::Replaced | Why::Failed(_)) => {}
                (Action::Create, _) => counts.create += 1,
                (Action::Update, _) => counts.update += 1,
                (Action::Await, _) => counts.wait += 1,
                (Action::Delete, _) => counts.delete += 1,
            }
        }
        counts
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub wait: usize,
    pub delete: usize,
}
