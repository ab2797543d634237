//! A pod's life: placed, volumes, images, running, ready; or why not; and its end.

use serde_json::{Value, json};

use super::containers::{self, Plan};
use super::{scheduler, volumes, with_condition};
use crate::kubernetes::json::{dying, flag, list, name, namespace, number, set, stamp, text};
use crate::kubernetes::misbehave::Trouble;
use crate::kubernetes::scene::Scene;

/// Whether it has ended for good.
pub fn over(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

pub fn ready(pod: &Value) -> bool {
    !dying(pod) && super::condition(pod, "Ready")
}

pub fn look(scene: &mut Scene<'_>, key: &str, pod: &Value) {
    if dying(pod) {
        return end(scene, key, pod);
    }
    if over(pod) {
        return;
    }
    if text(pod, "/spec/nodeName").is_empty() {
        return scheduler::look(scene, key, pod);
    }
    let plan = scene
        .cluster
        .note(key, "plan")
        .and_then(|plan| serde_json::from_value::<Plan>(plan.clone()).ok());
    match plan {
        None => prepare(scene, key, pod),
        Some(plan) => containers::look(scene, key, pod, plan),
    }
}

/// What a pod needs before its containers can start: claims, configuration, images.
fn prepare(scene: &mut Scene<'_>, key: &str, pod: &Value) {
    let later = |scene: &mut Scene<'_>, seconds: f64| {
        let at = scene.now + seconds;
        scene.cluster.wake(key, at);
    };
    if !volumes::ready(scene, pod) {
        return waiting(scene, key, "ContainerCreating", "");
    }
    if let Some((reason, message)) = missing(scene, pod) {
        let event = if reason == "ContainerCreating" { "FailedMount" } else { "Failed" };
        scene.event(pod, "Warning", event, &message);
        waiting(scene, key, reason, &message);
        return later(scene, 10.0);
    }
    let trouble = scene.cluster.trouble(namespace(pod), name(pod)).map(|one| one.trouble.clone());
    if trouble == Some(Trouble::ImagePull) {
        return unpullable(scene, key, pod);
    }
    if let Some(at) = scene.cluster.note(key, "pulled").and_then(Value::as_f64) {
        if scene.now >= at {
            return containers::start(scene, key, pod, trouble);
        }
        return scene.cluster.wake(key, at);
    }
    let took = pull(scene, pod);
    waiting(scene, key, "ContainerCreating", "");
    let at = scene.now + took;
    scene.cluster.set_note(key, "pulled", at);
    scene.cluster.wake(key, at);
}

/// How long its images take; a node pulls each once, one after the other.
fn pull(scene: &mut Scene<'_>, pod: &Value) -> f64 {
    let node = text(pod, "/spec/nodeName").to_owned();
    let mut there = scene.now + 0.8;
    for one in list(pod, "/spec/initContainers").iter().chain(list(pod, "/spec/containers")) {
        let image = text(one, "/image");
        let known = format!("{node} {image}");
        if let Some(since) = scene.cluster.images.get(&known) {
            there = there.max(*since);
            continue;
        }
        // The platform's own image holds more than a gigabyte.
        let range = if image.contains("openedx") { (25.0, 35.0, 50.0) } else { (2.0, 5.0, 12.0) };
        let took = scene.cluster.drawn(image, range) * scene.world.pace;
        let message = format!("Successfully pulled image \"{image}\" in {took:.1}s");
        scene.event(pod, "Normal", "Pulled", &message);
        there += took;
        scene.cluster.images.insert(known, there);
    }
    there - scene.now
}

fn unpullable(scene: &mut Scene<'_>, key: &str, pod: &Value) {
    let image = text(pod, "/spec/containers/0/image").to_owned();
    let tried = scene.cluster.note(key, "tried").is_some();
    let (reason, message) = if tried {
        ("ImagePullBackOff", format!("Back-off pulling image \"{image}\""))
    } else {
        let message = format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": not found"
        );
        ("ErrImagePull", message)
    };
    scene.event(pod, "Warning", "Failed", &message);
    waiting(scene, key, reason, &message);
    scene.cluster.set_note(key, "tried", true);
    let at = scene.now + if tried { 20.0 } else { 5.0 };
    scene.cluster.wake(key, at);
}

/// A ConfigMap or Secret that the pod cannot do without and that is not there.
fn missing(scene: &Scene<'_>, pod: &Value) -> Option<(&'static str, String)> {
    let space = namespace(pod);
    let absent = |plural: &str, name: &str| {
        !name.is_empty() && scene.cluster.get(&format!("{plural}/{space}/{name}")).is_none()
    };
    for volume in list(pod, "/spec/volumes") {
        for (source, plural, pointer) in
            [("configMap", "configmaps", "/name"), ("secret", "secrets", "/secretName")]
        {
            let Some(source) = volume.get(source) else { continue };
            let name = text(source, pointer);
            if absent(plural, name) && !flag(source, "/optional") {
                let kind = plural.trim_end_matches('s');
                let message = format!(
                    "MountVolume.SetUp failed for volume \"{}\" : {kind} \"{name}\" not found",
                    text(volume, "/name")
                );
                return Some(("ContainerCreating", message));
            }
        }
    }
    for one in list(pod, "/spec/containers").iter().chain(list(pod, "/spec/initContainers")) {
        let envs = list(one, "/env").iter().filter_map(|env| env.get("valueFrom"));
        for source in list(one, "/envFrom").iter().chain(envs) {
            for (field, plural) in [
                ("configMapRef", "configmaps"),
                ("configMapKeyRef", "configmaps"),
                ("secretRef", "secrets"),
                ("secretKeyRef", "secrets"),
            ] {
                let Some(source) = source.get(field) else { continue };
                let name = text(source, "/name");
                if absent(plural, name) && !flag(source, "/optional") {
                    let message = format!("{} \"{name}\" not found", plural.trim_end_matches('s'));
                    return Some(("CreateContainerConfigError", message));
                }
            }
        }
    }
    None
}

/// Every container waits, for one reason.
pub fn waiting(scene: &mut Scene<'_>, key: &str, reason: &str, message: &str) {
    let time = stamp(scene.now);
    scene.change(key, |pod| {
        let statuses: Vec<Value> = list(pod, "/spec/containers")
            .iter()
            .map(|one| {
                let mut state = json!({"waiting": {"reason": reason}});
                if !message.is_empty() {
                    state["waiting"]["message"] = message.into();
                }
                json!({"name": one["name"], "image": one["image"], "imageID": "", "ready": false,
                    "started": false, "restartCount": 0, "lastState": {}, "state": state})
            })
            .collect();
        set(pod, "/status/containerStatuses", statuses);
        let mut status = pod["status"].take();
        let why = ("ContainersNotReady", "containers are not ready");
        with_condition(&mut status, "Initialized", "True", ("", ""), &time);
        with_condition(&mut status, "ContainersReady", "False", why, &time);
        with_condition(&mut status, "Ready", "False", why, &time);
        set(pod, "/status", status);
    });
}

/// Containers get a moment to end; a pod that runs nowhere goes at once.
fn end(scene: &mut Scene<'_>, key: &str, pod: &Value) {
    let grace = number(pod, "/metadata/deletionGracePeriodSeconds").unwrap_or(0) as f64;
    let runs = text(pod, "/status/phase") == "Running";
    let Some(at) = scene.cluster.note(key, "ending").and_then(Value::as_f64) else {
        let took = if runs { scene.cluster.drawn(key, (0.5, 1.5, 4.0)).min(grace) } else { 0.1 };
        let at = scene.now + took;
        scene.cluster.set_note(key, "ending", at);
        return scene.cluster.wake(key, at);
    };
    // Whoever touches it meanwhile has it looked at too early.
    if scene.now < at {
        return scene.cluster.wake(key, at);
    }
    if list(pod, "/metadata/finalizers").is_empty() {
        scene.erase(key);
        volumes::detach_idle(scene);
    }
}
