//! What a plan from a file must be before it is carried out: its steps can be put into an order.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Plan;
use super::run::RunError;
use crate::graph::topological;

impl Plan {
    /// Refuses steps that wait for steps that do not exist, or for each other: they would never
    /// begin. A plan that edxaws has made and nobody has edited has none.
    pub fn check(&self) -> Result<(), RunError> {
        let needs: BTreeMap<usize, BTreeSet<usize>> =
            self.steps.iter().map(|step| step.needs.clone()).enumerate().collect();
        let step = |at: &usize| self.steps.get(*at).map(|step| step.address.clone());
        let lost =
            self.steps.iter().find(|step| step.needs.iter().any(|at| !needs.contains_key(at)));
        if let Some(step) = lost {
            return Err(RunError::Unordered(vec![step.address.clone()]));
        }
        topological(&needs)
            .map(|_| ())
            .map_err(|cycle| RunError::Unordered(cycle.iter().filter_map(step).collect()))
    }
}
