//! How long things take: as shipped, and as the user's own runs have shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::Action;
use crate::kind::Kind;

/// Runs that are remembered of each kind.
const REMEMBERED: usize = 16;
/// Fewer say nothing about the next one.
const ENOUGH: usize = 3;

/// Least, usual, most, in AWS seconds.
pub type Range = (u32, u32, u32);

/// What earlier runs took, by kind and action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Durations {
    schema: u32,
    created: BTreeMap<String, Vec<u32>>,
    deleted: BTreeMap<String, Vec<u32>>,
}

impl Default for Durations {
    fn default() -> Self {
        Self { schema: Self::SCHEMA, created: BTreeMap::new(), deleted: BTreeMap::new() }
    }
}

impl Durations {
    pub const SCHEMA: u32 = 1;

    /// Remembers that a step took `seconds`; updates and waits for others' work teach nothing.
    pub fn learn(&mut self, kind: &str, action: Action, seconds: u64) {
        let taught = match action {
            Action::Create => &mut self.created,
            Action::Delete => &mut self.deleted,
            Action::Update | Action::Await => return,
        };
        let samples = taught.entry(kind.to_owned()).or_default();
        samples.push(u32::try_from(seconds).unwrap_or(u32::MAX));
        let surplus = samples.len().saturating_sub(REMEMBERED);
        samples.drain(..surplus);
    }

    pub fn create(&self, kind: &dyn Kind) -> Range {
        learned(self.created.get(kind.name())).unwrap_or(kind.times().create)
    }

    pub fn delete(&self, kind: &dyn Kind) -> Range {
        learned(self.deleted.get(kind.name())).unwrap_or(kind.times().delete)
    }

    /// How long a step usually takes.
    pub fn usual(&self, kind: &dyn Kind, action: Action) -> u64 {
        u64::from(match action {
            Action::Create | Action::Await => self.create(kind).1,
            Action::Update => kind.times().create.1 / 3,
            Action::Delete => self.delete(kind).1,
        })
    }
}

/// A little wider than what was seen: the next one may be outside.
fn learned(samples: Option<&Vec<u32>>) -> Option<Range> {
    let mut sorted = samples.filter(|samples| samples.len() >= ENOUGH)?.clone();
    sorted.sort_unstable();
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    let usual = *sorted.get(sorted.len() / 2)?;
    Some((least - least / 10, usual, most + most / 10 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::kind;

    #[test]
    fn a_few_runs_replace_what_was_shipped() {
        let cluster = kind("eks_cluster").unwrap();
        let mut durations = Durations::default();
        let shipped = cluster.times().create;
        for seconds in [420, 400] {
            durations.learn("eks_cluster", Action::Create, seconds);
        }
        assert_eq!(durations.create(cluster), shipped, "two runs are no habit");
        durations.learn("eks_cluster", Action::Create, 440);
        assert_eq!(durations.create(cluster), (360, 420, 485));
        assert_eq!(durations.delete(cluster), cluster.times().delete);
        for _ in 0..50 {
            durations.learn("eks_cluster", Action::Create, 100);
        }
        assert_eq!(durations.create(cluster), (90, 100, 111), "old runs are forgotten");
        durations.learn("eks_cluster", Action::Update, 5);
        assert_eq!(durations.create(cluster), (90, 100, 111));
    }
}
