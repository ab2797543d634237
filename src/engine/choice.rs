//! Which resources a command is about: `--target`, `--exclude`, and what may be lost.

use std::collections::{BTreeMap, BTreeSet};

use super::error::PlanError;
use crate::address::Address;
use crate::graph::Node;
use crate::state::State;

/// What a user may ask for beyond the profile.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    pub delete_data: Select,
    pub lift_protection: Select,
    /// Only these and what they need (for `destroy`: what needs them).
    pub targets: Vec<Address>,
    /// All but these and what needs them; they are not even looked for.
    pub excludes: Vec<Address>,
}

/// Whether an option was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Select {
    #[default]
    No,
    Yes,
}

pub(super) fn chosen_up(
    order: &[&Node],
    state: &State,
    choice: &Choice,
) -> Result<BTreeSet<Address>, PlanError> {
    let needs: BTreeMap<&Address, &BTreeSet<Address>> =
        order.iter().map(|node| (&node.address, &node.needs)).collect();
    let unknown = |address: &&Address| !needs.contains_key(address);
    let mut left = choice.excludes.iter().filter(|one| !state.records.contains_key(*one));
    if let Some(address) = choice.targets.iter().find(unknown).or_else(|| left.find(unknown)) {
        return Err(PlanError::NoSuchAddress(address.clone()));
    }
    let mut chosen: BTreeSet<Address> = needs.keys().map(|&address| address.clone()).collect();
    if !choice.targets.is_empty() {
        chosen = closure(&choice.targets, |address| needs.get(address).copied().cloned());
    }
    // In order, so that one pass carries an exclusion to everything behind it.
    let mut excluded: BTreeSet<Address> = choice.excludes.iter().cloned().collect();
    for node in order {
        if node.needs.iter().any(|up| excluded.contains(up)) {
            excluded.insert(node.address.clone());
        }
    }
    chosen.retain(|address| !excluded.contains(address));
    Ok(chosen)
}

pub(super) fn chosen_destroy(
    state: &State,
    choice: &Choice,
) -> Result<BTreeSet<Address>, PlanError> {
    let dependents = |address: &Address| {
        let behind = state.records.iter().filter(|(_, record)| record.needs.contains(address));
        Some(behind.map(|(address, _)| address.clone()).collect())
    };
    for address in &choice.targets {
        if !state.records.contains_key(address) {
            return Err(PlanError::NoSuchAddress(address.clone()));
        }
    }
    let mut chosen: BTreeSet<Address> = state.records.keys().cloned().collect();
    if !choice.targets.is_empty() {
        chosen = closure(&choice.targets, dependents);
    }
    let kept = kept(state, choice);
    chosen.retain(|address| !kept.contains(address));
    Ok(chosen)
}

/// What no run may remove: the excluded resources and what they stand on.
pub(super) fn kept(state: &State, choice: &Choice) -> BTreeSet<Address> {
    closure(&choice.excludes, |address| {
        state.records.get(address).map(|record| record.needs.clone())
    })
}

pub(super) fn closure(
    start: &[Address],
    next: impl Fn(&Address) -> Option<BTreeSet<Address>>,
) -> BTreeSet<Address> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<Address> = start.to_vec();
    while let Some(address) = open.pop() {
        if reached.insert(address.clone()) {
            open.extend(next(&address).unwrap_or_default());
        }
    }
    reached
}
