//! What a kubelet reports of a pod next.

use edxaws_localstack::kubernetes::Trouble;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::SPEED;

pub fn owned_by_job(pod: &Value) -> bool {
    pod.pointer("/metadata/ownerReferences/0/kind").is_some_and(|kind| kind == "Job")
}

/// The new status; `None` when nothing has changed.
pub fn next(pod: &Value, trouble: Option<&Trouble>, now: Timestamp) -> Option<Value> {
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return None;
    }
    let (phase, containers) = match (trouble, owned_by_job(pod)) {
        (Some(Trouble::ImagePull), _) => ("Pending", waiting("ImagePullBackOff", "no such image")),
        (Some(Trouble::CrashLoop { .. }), _) => {
            ("Running", waiting("CrashLoopBackOff", "back-off restarting failed container"))
        }
        (Some(Trouble::JobFails { .. }), true) => ("Failed", ended(1)),
        (Some(Trouble::NeverReady), _) => ("Running", running(now)),
        (Some(Trouble::Slow { seconds }), true) if younger(pod, *seconds, now) => {
            ("Running", running(now))
        }
        (_, true) if phase == "Running" => ("Succeeded", ended(0)),
        _ => ("Running", running(now)),
    };
    let ready = phase == "Running"
        && containers.get("running").is_some()
        && !matches!(trouble, Some(Trouble::NeverReady));
    let crashing = matches!(trouble, Some(Trouble::CrashLoop { .. }));
    let status = status(pod, phase, &containers, ready, crashing, now);
    differs(pod, &status).then_some(status)
}

fn waiting(reason: &str, message: &str) -> Value {
    json!({"waiting": {"reason": reason, "message": message}})
}

fn running(now: Timestamp) -> Value {
    json!({"running": {"startedAt": now.to_string()}})
}

fn ended(code: i64) -> Value {
    let reason = if code == 0 { "Completed" } else { "Error" };
    json!({"terminated": {"exitCode": code, "reason": reason}})
}

fn younger(pod: &Value, seconds: f64, now: Timestamp) -> bool {
    let made = pod["metadata"]["creationTimestamp"].as_str().unwrap_or_default();
    let made: Timestamp = made.parse().unwrap();
    now.duration_since(made).as_secs_f64() < seconds / SPEED
}

fn status(
    pod: &Value,
    phase: &str,
    state: &Value,
    ready: bool,
    crashing: bool,
    now: Timestamp,
) -> Value {
    let holds = |kind: &str, value: bool| {
        json!({"type": kind, "status": if value { "True" } else { "False" },
            "lastTransitionTime": now.to_string()})
    };
    let restarts = restarts(pod) + i64::from(crashing);
    let of = |list: &str, state: &Value, ready: bool| -> Vec<Value> {
        let all = pod["spec"][list].as_array().into_iter().flatten();
        all.map(|one| {
            json!({"name": one["name"], "image": one["image"], "imageID": "", "ready": ready,
                "restartCount": restarts, "state": state})
        })
        .collect()
    };
    json!({
        "phase": phase, "hostIP": "127.0.0.1", "podIP": "127.0.0.1", "startTime": now.to_string(),
        "conditions": [holds("PodScheduled", true), holds("Initialized", true),
            holds("ContainersReady", ready), holds("Ready", ready)],
        "initContainerStatuses": of("initContainers", &ended(0), true),
        "containerStatuses": of("containers", state, ready),
    })
}

fn restarts(pod: &Value) -> i64 {
    let count = pod.pointer("/status/containerStatuses/0/restartCount");
    count.and_then(Value::as_i64).unwrap_or(0)
}

/// Moments and restarts aside, or the same would be reported for ever: a crash loop is enough of one
/// after a few restarts.
fn differs(pod: &Value, status: &Value) -> bool {
    let told = |status: &Value| {
        let state = status.pointer("/containerStatuses/0/state").cloned().unwrap_or_default();
        let state = state.as_object().and_then(|state| state.keys().next().cloned());
        let reason = status.pointer("/containerStatuses/0/state/waiting/reason").cloned();
        let ready = status.pointer("/containerStatuses/0/ready").cloned();
        (status["phase"].clone(), state, reason, ready)
    };
    let crashing = told(status).2 == Some("CrashLoopBackOff".into()) && restarts(pod) < 5;
    crashing || told(&pod["status"]) != told(status)
}
