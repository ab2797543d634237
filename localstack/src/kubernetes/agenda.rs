//! Which object is looked at next, and when.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Moments by key, and in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, f64>", into = "BTreeMap<String, f64>")]
pub struct Agenda {
    at: BTreeMap<String, f64>,
    order: BTreeSet<(Moment, String)>,
}

/// Seconds as a number that can be ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moment(f64);

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Agenda {
    /// At the latest then.
    pub fn add(&mut self, key: &str, at: f64) {
        let due = self.at.get(key).map_or(at, |due| due.min(at));
        self.remove(key);
        self.at.insert(key.to_owned(), due);
        self.order.insert((Moment(due), key.to_owned()));
    }

    pub fn remove(&mut self, key: &str) {
        if let Some((key, at)) = self.at.remove_entry(key) {
            self.order.remove(&(Moment(at), key));
        }
    }

    /// The earliest; of several, the first by name.
    pub fn next(&self) -> Option<(f64, &str)> {
        self.order.first().map(|(Moment(at), key)| (*at, key.as_str()))
    }
}

impl From<BTreeMap<String, f64>> for Agenda {
    fn from(at: BTreeMap<String, f64>) -> Self {
        let order = at.iter().map(|(key, at)| (Moment(*at), key.clone())).collect();
        Self { at, order }
    }
}

impl From<Agenda> for BTreeMap<String, f64> {
    fn from(agenda: Agenda) -> Self {
        agenda.at
    }
}
