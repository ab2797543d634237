//! How EKS spells tags, ownership, missing answers and health.

use std::collections::HashMap;

use super::Cluster;
use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Diff, Facts, Found, Ref, Result};

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> HashMap<String, String> {
    scope.tags(claim).into_iter().collect()
}

/// A live object recognized by its tags; none when they say it is somebody else's.
pub fn found<L>(
    scope: &Scope,
    tags: Option<&HashMap<String, String>>,
    live: L,
) -> Option<Found<L>> {
    let tags = tags?;
    let ours = tags.get(tags::STACK).is_some_and(|stack| *stack == scope.stack.name);
    ours.then(|| Found::tagged(tags.iter().map(|(k, v)| (k.as_str(), v.as_str())), live))
}

/// Absent instead of an error where EKS says that the object, or its cluster, is not there.
pub fn present<T, E: Into<Failure>>(answer: Result<T, E>) -> Result<Option<T>> {
    match answer.map_err(Into::into) {
        Ok(found) => Ok(Some(found)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A change that may have been made already: EKS refuses one that changes nothing.
pub fn already<T, E: Into<Failure>>(answer: Result<T, E>) -> Result<()> {
    match answer.map_err(Into::into) {
        Err(failure) if verdict(&failure) != Verdict::Exists => Err(failure),
        _ => Ok(()),
    }
}

/// What lives in a cluster goes with it: one of the same name that is made anew holds none of it.
pub fn in_cluster(diff: &mut Diff, facts: &Facts, cluster: &Ref<Cluster>, live: &str) {
    let name = facts.map(cluster, |cluster| cluster.name);
    diff.fixed_fact("cluster", name, &live.to_owned());
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("eks", action, format!("the answer holds no {what}"))
}

pub fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// In one order, so that AWS's does not matter.
pub fn sorted<S: AsRef<str>>(values: &[S]) -> Vec<String> {
    let mut all: Vec<String> = values.iter().map(|value| value.as_ref().to_owned()).collect();
    all.sort();
    all
}

/// `35` of the Kubernetes version `1.35`; zero when it is none.
pub fn minor(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or_default()
}

/// A status word with what AWS says is wrong.
pub fn explained(status: &str, issues: &[String]) -> String {
    if issues.is_empty() { status.to_owned() } else { format!("{status}: {}", issues.join("; ")) }
}

/// One health issue in a line.
pub fn issue(code: Option<&str>, message: Option<&str>) -> String {
    format!("{} ({})", message.unwrap_or("no message"), code.unwrap_or("no code"))
}
