//! One resource's record and the pure function that is the only way it changes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::resource::Claim;

/// How far a resource has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A create may have been sent; its answer is not recorded.
    Claimed,
    /// It exists and is not known to be ready and as desired.
    Made,
    /// It exists, is ready, and was as desired when last seen.
    Ready,
    /// A delete may have been sent.
    Leaving,
}

/// What is remembered of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub phase: Phase,
    pub token: String,
    /// When the phase began.
    pub since: Timestamp,
    /// How long the create took until ready, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<u64>,
    pub needs: BTreeSet<Address>,
    /// The desired values as last applied.
    pub desired: Value,
    /// The live values as last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Value>,
}

impl Record {
    pub fn claim(&self, address: &Address) -> Claim {
        Claim { address: address.clone(), token: self.token.clone() }
    }
}

/// One thing that happened to a resource.
#[derive(Debug, Clone)]
pub enum Transition {
    /// A create is about to be sent.
    Claim { token: String, desired: Value, needs: BTreeSet<Address>, at: Timestamp },
    /// The create was definitely refused: nothing exists.
    Refused,
    /// It exists.
    Made { live: Value, at: Timestamp },
    /// New desired values are about to be sent.
    Changing { desired: Value, needs: BTreeSet<Address>, at: Timestamp },
    /// It is ready and as desired, and stands on nothing but what it needs.
    Ready { live: Value, needs: BTreeSet<Address>, at: Timestamp },
    /// It was seen again; nothing else changed.
    Seen { live: Value },
    /// A delete is about to be sent.
    Leave { at: Timestamp },
    /// It is not there any more, or the user takes it out of edxaws's hands.
    Gone,
}

impl Transition {
    /// The same transition with its desired or live values changed.
    pub fn map_values(mut self, change: impl Fn(Value) -> Value) -> Self {
        match &mut self {
            Self::Claim { desired: values, .. }
            | Self::Changing { desired: values, .. }
            | Self::Made { live: values, .. }
            | Self::Ready { live: values, .. }
            | Self::Seen { live: values } => *values = change(values.take()),
            Self::Refused | Self::Leave { .. } | Self::Gone => {}
        }
        self
    }
}

/// A transition that must not happen from where the record stands: a bug, never the user's doing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` cannot go from {from} by {step}")]
pub struct Illegal {
    pub address: Address,
    pub from: String,
    pub step: String,
}

/// Where `record` stands after `step`.
pub fn advance(
    address: &Address,
    record: Option<Record>,
    step: Transition,
) -> Result<Option<Record>, Illegal> {
    use Phase::{Claimed, Leaving, Made, Ready};
    let from = record.as_ref().map(|record| record.phase);
    let illegal = |step: &Transition| Illegal {
        address: address.clone(),
        from: from.map_or("nothing".to_owned(), |phase| format!("{phase:?}")),
        step: name(step).to_owned(),
    };
    let next = match (record, step) {
        (None, Transition::Gone | Transition::Refused) => None,
        // Over a record whose object somebody deleted, a new claim begins a new life.
        (_, Transition::Claim { token, desired, needs, at }) if from != Some(Leaving) => {
            let (took, live) = (None, None);
            Some(Record { phase: Claimed, token, since: at, took, needs, desired, live })
        }
        (Some(r), Transition::Refused) if r.phase == Claimed => None,
        (Some(r), Transition::Made { live, at }) if r.phase == Claimed => {
            // `since` stays: the time until ready counts from the claim.
            Some(Record { phase: Made, live: Some(live), since: r.since.min(at), ..r })
        }
        (Some(r), Transition::Made { live, .. }) if r.phase == Made => {
            Some(Record { live: Some(live), ..r })
        }
        (Some(r), Transition::Changing { desired, needs, at })
            if matches!(r.phase, Made | Ready) =>
        {
            let since = if r.phase == Ready { at } else { r.since };
            // Until the change is done, it still stands on what it stood on before.
            let needs = r.needs.union(&needs).cloned().collect();
            Some(Record { phase: Made, desired, needs, since, ..r })
        }
        (Some(r), Transition::Ready { live, needs, at }) if r.phase == Made => {
            let took = r.took.or_else(|| u64::try_from(r.since.duration_until(at).as_secs()).ok());
            Some(Record { phase: Ready, live: Some(live), needs, since: at, took, ..r })
        }
        (Some(r), Transition::Seen { live }) if r.phase != Claimed => {
            Some(Record { live: Some(live), ..r })
        }
        (Some(r), Transition::Leave { at }) => Some(Record { phase: Leaving, since: at, ..r }),
        (Some(_), Transition::Gone) => None,
        (_, step) => return Err(illegal(&step)),
    };
    Ok(next)
}

fn name(step: &Transition) -> &'static str {
    match step {
        Transition::Claim { .. } => "claim",
        Transition::Refused => "refused",
        Transition::Made { .. } => "made",
        Transition::Changing { .. } => "changing",
        Transition::Ready { .. } => "ready",
        Transition::Seen { .. } => "seen",
        Transition::Leave { .. } => "leave",
        Transition::Gone => "gone",
    }
}
