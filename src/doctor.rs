//! Preflight: what would fail later, found before the first change, each finding with a hint.

mod capacity;
mod permissions;

use crate::aws::{Failure, Scope};
use crate::graph::Graph;
use crate::profile::Settings;
use crate::stack::Surroundings;
use crate::state::State;

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub check: &'static str,
    pub grade: Grade,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Fine,
    /// It could not be checked, or deserves a look.
    Unsure,
    Bad,
}

impl Finding {
    pub(crate) fn fine(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, grade: Grade::Fine, message: message.into(), hint: None }
    }

    pub(crate) fn bad(
        check: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let (message, hint) = (message.into(), Some(hint.into()));
        Self { check, grade: Grade::Bad, message, hint }
    }

    /// A check that AWS did not let us make.
    pub(crate) fn unchecked(check: &'static str, failure: &Failure) -> Self {
        let message = format!("not checked: {failure}");
        Self { check, grade: Grade::Unsure, message, hint: crate::engine::hint(failure) }
    }
}

/// What the checks look at.
pub struct Patient<'a> {
    pub scope: &'a Scope,
    pub settings: &'a Settings,
    pub place: &'a Surroundings,
    pub graph: &'a Graph,
    pub state: &'a State,
    pub caller: &'a str,
}

/// All checks, in the order a person would ask.
pub async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![whereabouts(patient), zones(patient)];
    findings.push(capacity::kubernetes_version(patient).await);
    findings.push(capacity::database_class(patient).await);
    findings.extend(capacity::quotas(patient).await);
    findings.extend(permissions::bucket_names(patient).await);
    findings.push(permissions::parent_zone(patient).await);
    findings.push(permissions::dry_run(patient).await);
    findings.push(permissions::simulate(patient).await);
    findings
}

fn whereabouts(patient: &Patient<'_>) -> Finding {
    let stack = &patient.scope.stack;
    let message = format!(
        "{} in account {}, region {}, with {} resources recorded",
        patient.caller,
        stack.account,
        stack.region,
        patient.state.records.len()
    );
    Finding::fine("caller", message)
}

fn zones(patient: &Patient<'_>) -> Finding {
    let zones = patient.place.zones.join(", ");
    Finding::fine("zones", format!("{zones} offer every node group an instance type"))
}
