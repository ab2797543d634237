//! Which steps of a plan wait for which; pure.

use std::collections::{BTreeMap, BTreeSet};

use super::error::PlanError;
use super::plan::{Action, Step};
use crate::address::Address;
use crate::graph::topological;
use crate::resources::kind;
use crate::state::State;

/// Making waits for upstream; deleting waits for whatever stood on the resource to be deleted, or
/// changes away from it. Where the change itself cannot come before the delete (what it is about to
/// stand on is replaced, and so waits for the delete), the delete does not wait for it.
pub fn links(state: &State, steps: &[Step]) -> Result<Vec<BTreeSet<usize>>, PlanError> {
    let Links { mut needs, courtesies } = Links::of(state, steps);
    while let Err(cycle) = topological(&needs) {
        let mut pairs = cycle.windows(2).map(|pair| (pair[0], pair[1]));
        let Some((step, other)) = pairs.find(|pair| courtesies.contains(pair)) else {
            let name = |&step: &usize| steps[step].address.clone();
            return Err(PlanError::Records(cycle.iter().map(name).collect()));
        };
        needs.entry(step).or_default().remove(&other);
    }
    Ok(needs.into_values().collect())
}

struct Links {
    /// By step, the steps before it.
    needs: BTreeMap<usize, BTreeSet<usize>>,
    /// Those among them that let a change come before the delete of what it changes away from.
    courtesies: BTreeSet<(usize, usize)>,
}

impl Links {
    fn of(state: &State, steps: &[Step]) -> Self {
        let index = |wanted: fn(Action) -> bool| -> BTreeMap<&Address, usize> {
            let fits = steps.iter().enumerate().filter(|(_, step)| wanted(step.action));
            fits.map(|(at, step)| (&step.address, at)).collect()
        };
        let makes = index(|action| action != Action::Delete);
        let deletes = index(|action| action == Action::Delete);
        let dependents = dependents(state);
        let mut links = Self { needs: BTreeMap::new(), courtesies: BTreeSet::new() };
        for (at, step) in steps.iter().enumerate() {
            let needs = links.needs.entry(at).or_default();
            if step.action != Action::Delete {
                needs.extend(step.upstream.iter().filter_map(|up| makes.get(up)));
                needs.extend(deletes.get(&step.address));
                continue;
            }
            let returns = makes.contains_key(&step.address);
            for address in dependents.get(&step.address).into_iter().flatten() {
                if let Some(delete) = deletes.get(address) {
                    needs.insert(*delete);
                } else if let (Some(change), false) = (makes.get(address), returns) {
                    needs.insert(*change);
                    links.courtesies.insert((at, *change));
                }
            }
        }
        links
    }
}

/// By address, what is recorded as standing on it, and has to go before it does.
fn dependents(state: &State) -> BTreeMap<&Address, Vec<&Address>> {
    let mut dependents: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    for (address, record) in &state.records {
        let outlives = |upstream: &Address| {
            kind(address.kind()).is_some_and(|kind| kind.outlives(upstream.kind()))
        };
        for upstream in record.needs.iter().filter(|upstream| !outlives(upstream)) {
            dependents.entry(upstream).or_default().push(address);
        }
    }
    dependents
}
