//! Taking live objects that carry our tags into a state that does not know them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::survey::Survey;
use crate::address::Address;
use crate::graph::Graph;
use crate::resources::kind;
use crate::state::{Illegal, State, Transition};

/// Records every sighting of the graph that has no record; returns what was adopted. The next `up`
/// compares each with the profile.
pub fn adopt(
    graph: &Graph,
    state: &mut State,
    survey: &Survey,
    fresh: impl Fn() -> String,
    at: Timestamp,
) -> Result<Vec<Address>, Illegal> {
    let mut adopted = Vec::new();
    for node in graph.nodes() {
        let Some(sighting) = survey.sightings.get(&node.address) else { continue };
        if state.records.contains_key(&node.address) {
            continue;
        }
        let token = sighting.token.clone().unwrap_or_else(&fresh);
        let (desired, needs) = (node.desired.clone(), node.needs.clone());
        let live = sighting.live.clone();
        take(state, &node.address, Transition::Claim { token, desired, needs, at })?;
        take(state, &node.address, Transition::Made { live, at })?;
        adopted.push(node.address.clone());
    }
    Ok(adopted)
}

/// Records every stray (our tags, but no address of its own left) under its address and token, so
/// that a destroy removes it; returns what was adopted.
pub fn adopt_strays(
    graph: &Graph,
    state: &mut State,
    survey: &Survey,
    at: Timestamp,
) -> Result<Vec<Address>, Illegal> {
    let mut adopted = Vec::new();
    for stray in &survey.strays {
        let (Some(theirs), Some(token)) = (&stray.address, &stray.token) else { continue };
        let Some(desired) = like(graph, state, theirs) else { continue };
        let short = token.get(..8).unwrap_or(token);
        let address = Address::new(stray.kind, &format!("{}~{short}", theirs.name()));
        if state.records.contains_key(&address) {
            continue;
        }
        let (token, needs) = (token.clone(), BTreeSet::new());
        take(state, &address, Transition::Claim { token, desired, needs, at })?;
        take(state, &address, Transition::Made { live: stray.live.clone(), at })?;
        adopted.push(address);
    }
    Ok(adopted)
}

/// The state keeps of it what it keeps of everything of its kind.
fn take(state: &mut State, address: &Address, step: Transition) -> Result<(), Illegal> {
    let kind = kind(address.kind());
    let kept = |values| match kind {
        Some(kind) => kind.recorded(values),
        None => values,
    };
    state.apply(address, step.map_values(kept))
}

/// Desired values a stray of this address may have had: its own address's, else any of its kind's.
/// A delete looks at the live values; these only say how careful it has to be.
fn like(graph: &Graph, state: &State, address: &Address) -> Option<Value> {
    let same_kind = |other: &&Address| other.kind() == address.kind();
    let node = graph.get(address).or_else(|| graph.nodes().find(|node| same_kind(&&node.address)));
    let record = || state.records.iter().find(|(other, _)| same_kind(other));
    node.map(|node| node.desired.clone())
        .or_else(|| record().map(|(_, record)| record.desired.clone()))
}
