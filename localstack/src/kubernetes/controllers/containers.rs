//! Containers of a placed pod: when they start, are ready, end or crash. No container really runs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{pods, with_condition};
use crate::kubernetes::json::{list, name, namespace, number, set, stamp, text};
use crate::kubernetes::misbehave::Trouble;
use crate::kubernetes::scene::Scene;

/// What will become of the containers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    started: f64,
    /// When the readiness probes pass; never, when it is none.
    ready: Option<f64>,
    /// When they end, with which code.
    ends: Option<(f64, i64)>,
    restarts: i64,
    /// When a crashed container is started again.
    again: Option<f64>,
}

/// Seconds until a container that says nothing about itself is up.
const STARTUP: (f64, f64, f64) = (0.5, 1.5, 3.0);

/// How long the pod of a Job works.
const WORK: (f64, f64, f64) = (4.0, 12.0, 40.0);

pub fn start(scene: &mut Scene<'_>, key: &str, pod: &Value, trouble: Option<Trouble>) {
    begin(scene, key, pod, trouble, 0);
}

fn begin(scene: &mut Scene<'_>, key: &str, pod: &Value, trouble: Option<Trouble>, restarts: i64) {
    let now = scene.now;
    let pace = scene.world.pace;
    let slow = match &trouble {
        Some(Trouble::Slow { seconds }) => *seconds,
        _ => 0.0,
    };
    let once = text(pod, "/spec/restartPolicy") != "Always";
    let started = now;
    let up = scene.cluster.drawn(key, STARTUP) * pace + slow;
    let mut plan =
        Plan { started, ready: Some(now + up + probes(pod)), ends: None, restarts, again: None };
    let mut lines: Vec<String> = Vec::new();
    match trouble {
        Some(Trouble::CrashLoop { log }) => {
            (plan.ready, plan.ends) = (None, Some((now + 3.0, 1)));
            lines = log;
        }
        Some(Trouble::NeverReady) => plan.ready = None,
        _ if once => {
            let owner = owner_job(pod);
            let fails = |trouble: &Trouble| matches!(trouble, Trouble::JobFails { .. });
            let took = scene.cluster.drawn(key, WORK) * pace + slow;
            plan.ready = Some(now + 0.5);
            let code = match scene.cluster.struck(namespace(pod), &owner, fails) {
                Some(Trouble::JobFails { log }) => {
                    lines = log;
                    1
                }
                _ => {
                    lines.push(format!("{owner}: done"));
                    0
                }
            };
            plan.ends = Some((now + took, code));
        }
        _ => {}
    }
    scene.event(pod, "Normal", "Started", "Started container");
    scene.cluster.set_note(key, "log", lines);
    apply(scene, key, plan);
}

/// The Job a pod works for, or its own name.
fn owner_job(pod: &Value) -> String {
    let owner = list(pod, "/metadata/ownerReferences").first();
    owner.map_or_else(|| name(pod), |owner| text(owner, "/name")).to_owned()
}

/// What readiness and startup probes add.
fn probes(pod: &Value) -> f64 {
    let delay = |one: &Value, probe: &str| match one.get(probe) {
        None => 0.0,
        Some(probe) => {
            let wait = number(probe, "/initialDelaySeconds").unwrap_or(0);
            (wait + number(probe, "/periodSeconds").unwrap_or(10) / 2) as f64
        }
    };
    list(pod, "/spec/containers")
        .iter()
        .map(|one| delay(one, "startupProbe") + delay(one, "readinessProbe"))
        .fold(0.0, f64::max)
}

/// Looks at the plan: what is due is shown.
pub fn look(scene: &mut Scene<'_>, key: &str, pod: &Value, mut plan: Plan) {
    let now = scene.now;
    if let Some(again) = plan.again {
        if now >= again {
            let trouble = scene.cluster.trouble(namespace(pod), name(pod));
            let trouble = trouble.map(|one| one.trouble.clone());
            return begin(scene, key, pod, trouble, plan.restarts);
        }
        return scene.cluster.wake(key, again);
    }
    let restarts = text(pod, "/spec/restartPolicy") == "Always"
        || text(pod, "/spec/restartPolicy") == "OnFailure"
            && plan.ends.is_some_and(|(_, code)| code != 0);
    if let Some((at, code)) = plan.ends
        && now >= at
        && restarts
    {
        plan.restarts += 1;
        // 10 s, doubled with every crash, at most five minutes.
        let doubled = 2_f64.powi(i32::try_from(plan.restarts).unwrap_or(5).min(6) - 1);
        plan.again = Some(now + (10.0 * doubled).min(300.0));
        let message =
            format!("Back-off restarting failed container in pod {} (exit code {code})", name(pod));
        scene.event(pod, "Warning", "BackOff", &message);
    }
    apply(scene, key, plan);
}

fn apply(scene: &mut Scene<'_>, key: &str, plan: Plan) {
    let now = scene.now;
    let next = [plan.ready, plan.ends.map(|(at, _)| at), plan.again];
    let next = next.into_iter().flatten().filter(|at| *at > now).min_by(f64::total_cmp);
    if let Ok(note) = serde_json::to_value(&plan) {
        scene.cluster.set_note(key, "plan", note);
    }
    scene.change(key, |pod| show(pod, &plan, now));
    if let Some(at) = next {
        scene.cluster.wake(key, at);
    }
}

fn show(pod: &mut Value, plan: &Plan, now: f64) {
    let time = stamp(now);
    let ended = plan.ends.filter(|(at, _)| now >= *at);
    let ready = plan.ready.is_some_and(|at| now >= at) && ended.is_none();
    let terminated = |code: i64, at: f64| {
        json!({"terminated": {"exitCode": code, "reason": if code == 0 { "Completed" } else { "Error" },
            "startedAt": stamp(plan.started), "finishedAt": stamp(at)}})
    };
    let state = match (plan.again, ended) {
        (Some(_), _) => json!({"waiting": {"reason": "CrashLoopBackOff",
            "message": format!("back-off restarting failed container in pod {}", name(pod))}}),
        (None, Some((at, code))) => terminated(code, at),
        (None, None) => json!({"running": {"startedAt": stamp(plan.started)}}),
    };
    let last = match (plan.restarts > 0, plan.ends) {
        (true, Some((at, code))) => terminated(code, at.min(now)),
        _ => json!({}),
    };
    let statuses: Vec<Value> = list(pod, "/spec/containers")
        .iter()
        .map(|one| {
            json!({"name": one["name"], "image": one["image"], "imageID": one["image"],
                "containerID": "none://sandbox", "ready": ready, "started": ended.is_none(),
                "restartCount": plan.restarts, "lastState": last, "state": state})
        })
        .collect();
    let init: Vec<Value> = list(pod, "/spec/initContainers")
        .iter()
        .map(|one| {
            json!({"name": one["name"], "image": one["image"], "imageID": one["image"],
                "ready": true, "restartCount": 0, "lastState": {}, "state": terminated(0, plan.started)})
        })
        .collect();
    set(pod, "/status/containerStatuses", statuses);
    if !init.is_empty() {
        set(pod, "/status/initContainerStatuses", init);
    }
    let phase = match (plan.again, ended) {
        (None, Some((_, 0))) => "Succeeded",
        (None, Some(_)) => "Failed",
        _ => "Running",
    };
    set(pod, "/status/phase", phase);
    address(pod);
    let mut status = pod["status"].take();
    let (truth, why) = match (ready, phase) {
        (true, _) => ("True", ("", "")),
        (false, "Succeeded") => ("False", ("PodCompleted", "")),
        _ => ("False", ("ContainersNotReady", "containers are not ready")),
    };
    with_condition(&mut status, "Initialized", "True", ("", ""), &time);
    with_condition(&mut status, "ContainersReady", truth, why, &time);
    with_condition(&mut status, "Ready", truth, why, &time);
    set(pod, "/status", status);
}

/// An address from the pod's own name: nobody reaches it.
fn address(pod: &mut Value) {
    let bytes = crate::kubernetes::letters_of(crate::kubernetes::json::uid(pod), 2).into_bytes();
    let octet = |at: usize| bytes.get(at).copied().unwrap_or(1);
    let address = format!("10.0.{}.{}", octet(0), octet(1));
    set(pod, "/status/podIP", address.clone());
    set(pod, "/status/podIPs", json!([{"ip": address}]));
}

/// Whether a pod is one that its controller counts on.
pub fn counts(pod: &Value) -> bool {
    !pods::over(pod) && !crate::kubernetes::json::dying(pod)
}
