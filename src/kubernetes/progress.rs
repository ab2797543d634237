//! How far an object has come: `kubectl rollout status`'s test, and its like for Jobs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The annotation of a workload that only helps others: nobody waits for its pods.
pub const UNAWAITED: &str = "edxaws.io/unawaited";

/// Where an object stands, read out of its status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
pub enum Progress {
    Done,
    Waiting(String),
    Failed(String),
}

/// Kinds without a status of interest are done as soon as they are there.
pub fn progress(object: &Value) -> Progress {
    match object.get("kind").and_then(Value::as_str).unwrap_or_default() {
        _ if object.pointer("/metadata/deletionTimestamp").is_some() => {
            Progress::Waiting("being deleted".to_owned())
        }
        _ if annotation(object, UNAWAITED).is_some() => Progress::Done,
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "Job" => job(object),
        "HorizontalPodAutoscaler" => autoscaler(object),
        "Namespace" => phase(object, "Active"),
        "CustomResourceDefinition" => condition_holds(object, "Established"),
        "APIService" => condition_holds(object, "Available"),
        _ => Progress::Done,
    }
}

/// How many of a workload's pods are ready, and of how many.
pub fn pods(object: &Value) -> Option<String> {
    let (ready, all) = match object.get("kind").and_then(Value::as_str)? {
        "Deployment" | "StatefulSet" => (number(object, "/status/readyReplicas"), wanted(object)),
        "DaemonSet" => (
            number(object, "/status/numberReady"),
            number(object, "/status/desiredNumberScheduled"),
        ),
        _ => return None,
    };
    Some(format!("{ready} of {all} pods"))
}

fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.pointer("/metadata/annotations")?.get(name)
}

fn number(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or(0)
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let all = object.pointer("/status/conditions").and_then(Value::as_array)?;
    all.iter().find(|one| one["type"] == kind)
}

fn said(condition: &Value) -> String {
    let text = |name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}: {}", text("reason"), text("message"))
}

/// The controller has not read the newest spec: nothing in the status counts yet.
fn unobserved(object: &Value) -> bool {
    number(object, "/status/observedGeneration") < number(object, "/metadata/generation")
}

fn wanted(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn deployment(object: &Value) -> Progress {
    if unobserved(object) {
        return Progress::Waiting("the new spec is not observed yet".to_owned());
    }
    if let Some(stalled) = condition(object, "Progressing").filter(|one| one["status"] == "False") {
        return Progress::Failed(said(stalled));
    }
    let wanted = wanted(object);
    let updated = number(object, "/status/updatedReplicas");
    let total = number(object, "/status/replicas");
    let available = number(object, "/status/availableReplicas");
    if updated < wanted {
        Progress::Waiting(format!("{updated} of {wanted} pods are updated"))
    } else if total > updated {
        Progress::Waiting(format!("{} old pods are still there", total - updated))
    } else if available < updated {
        Progress::Waiting(format!("{available} of {updated} pods are available"))
    } else {
        Progress::Done
    }
}

fn stateful_set(object: &Value) -> Progress {
    if unobserved(object) {
        return Progress::Waiting("the new spec is not observed yet".to_owned());
    }
    let (wanted, ready) = (wanted(object), number(object, "/status/readyReplicas"));
    if ready < wanted {
        return Progress::Waiting(format!("{ready} of {wanted} pods are ready"));
    }
    let revision = |name: &str| object.pointer(&format!("/status/{name}")).cloned();
    if revision("updateRevision") != revision("currentRevision") {
        let updated = number(object, "/status/updatedReplicas");
        return Progress::Waiting(format!("{updated} of {wanted} pods are updated"));
    }
    Progress::Done
}

fn daemon_set(object: &Value) -> Progress {
    let wanted = number(object, "/status/desiredNumberScheduled");
    let updated = number(object, "/status/updatedNumberScheduled");
    let available = number(object, "/status/numberAvailable");
    if unobserved(object) {
        Progress::Waiting("the new spec is not observed yet".to_owned())
    } else if updated.min(available) < wanted {
        Progress::Waiting(format!("{} of {wanted} pods are available", updated.min(available)))
    } else {
        Progress::Done
    }
}

fn job(object: &Value) -> Progress {
    let holds = |kind: &str| condition(object, kind).filter(|one| one["status"] == "True");
    if let Some(failed) = holds("Failed") {
        return Progress::Failed(said(failed));
    }
    if holds("Complete").is_some() {
        return Progress::Done;
    }
    let (active, failed) = (number(object, "/status/active"), number(object, "/status/failed"));
    Progress::Waiting(match (active, failed) {
        (0, 0) => "no pod has started yet".to_owned(),
        (_, 0) => "running".to_owned(),
        (_, failed) => format!("running, after {failed} failed tries"),
    })
}

/// A Deployment starts with one pod; its autoscaler is of use once it has seen to the others.
fn autoscaler(object: &Value) -> Progress {
    let wanted = object.pointer("/spec/minReplicas").and_then(Value::as_i64).unwrap_or(1);
    match number(object, "/status/currentReplicas") {
        current if current < wanted => {
            Progress::Waiting(format!("{current} of at least {wanted} pods are there"))
        }
        _ => Progress::Done,
    }
}

fn phase(object: &Value, good: &str) -> Progress {
    match object.pointer("/status/phase").and_then(Value::as_str) {
        Some(phase) if phase != good => Progress::Waiting(phase.to_owned()),
        _ => Progress::Done,
    }
}

fn condition_holds(object: &Value, kind: &str) -> Progress {
    match condition(object, kind) {
        Some(one) if one["status"] == "True" => Progress::Done,
        Some(one) => Progress::Waiting(said(one)),
        None => Progress::Waiting(format!("not {} yet", kind.to_lowercase())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rollout(observed: i64, updated: i64, total: i64, available: i64) -> Progress {
        progress(&json!({
            "kind": "Deployment",
            "metadata": {"generation": 2},
            "spec": {"replicas": 2},
            "status": {
                "observedGeneration": observed, "updatedReplicas": updated,
                "replicas": total, "availableReplicas": available,
            },
        }))
    }

    #[test]
    fn a_rollout_is_done_only_when_the_new_spec_is_all_there_is() {
        assert_eq!(rollout(2, 2, 2, 2), Progress::Done);
        for (observed, updated, total, available) in
            [(1, 2, 2, 2), (2, 1, 2, 2), (2, 2, 3, 3), (2, 2, 2, 1)]
        {
            let state = rollout(observed, updated, total, available);
            assert!(matches!(state, Progress::Waiting(_)), "{state:?}");
        }
    }

    #[test]
    fn a_stalled_rollout_has_failed_with_its_reason() {
        let stalled = json!({
            "kind": "Deployment", "metadata": {"generation": 1}, "spec": {},
            "status": {"observedGeneration": 1, "conditions": [{
                "type": "Progressing", "status": "False",
                "reason": "ProgressDeadlineExceeded", "message": "timed out",
            }]},
        });
        let why = "ProgressDeadlineExceeded: timed out".to_owned();
        assert_eq!(progress(&stalled), Progress::Failed(why));
    }

    #[test]
    fn a_job_ends_by_its_conditions_alone() {
        let job = |conditions: Value| {
            progress(&json!({"kind": "Job", "status": {"active": 1, "conditions": conditions}}))
        };
        assert_eq!(job(json!([{"type": "Complete", "status": "True"}])), Progress::Done);
        assert_eq!(job(json!([])), Progress::Waiting("running".to_owned()));
        let failed = json!([{
            "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "m",
        }]);
        assert_eq!(job(failed), Progress::Failed("BackoffLimitExceeded: m".to_owned()));
    }
}
