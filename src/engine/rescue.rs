//! Taking live objects that carry our tags into a state that does not know them.

use jiff::Timestamp;

use super::survey::Survey;
use crate::address::Address;
use crate::graph::Graph;
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
        state.apply(&node.address, Transition::Claim { token, desired, needs, at })?;
        state.apply(&node.address, Transition::Made { live: sighting.live.clone(), at })?;
        adopted.push(node.address.clone());
    }
    Ok(adopted)
}
