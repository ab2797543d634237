//! The controllers: they work on the world's clock, one look at a time, in the order things are due.

mod addons;
mod autoscaler;
mod aws;
mod balancers;
mod budgets;
mod claims;
mod containers;
mod daemonsets;
mod deployments;
mod hpa;
mod ingresses;
mod jobs;
mod namespaces;
mod nodes;
mod pods;
mod replicasets;
mod scheduler;
mod services;
mod statefulsets;
mod volumes;

use serde_json::{Value, json};

use super::json::{dying, list, name, namespace, set, text, uid};
use super::kinds;
use super::scene::Scene;

/// More looks than this without an end mean that two controllers undo each other's work.
const MOST: usize = 100_000;

/// Of a world that nobody has looked at for long only the last hour is gone through.
const LONGEST: f64 = 3_600.0;

/// Catches up to now.
pub fn work(scene: &mut Scene<'_>) {
    let end = scene.now;
    let quiet = scene.cluster.quiet;
    if quiet.is_some_and(|(at, until)| at == scene.world.generation && end < until) {
        scene.cluster.cursor = end;
        return;
    }
    for _ in 0..MOST {
        let cursor = scene.cluster.cursor;
        let due = scene.cluster.next_due().filter(|(at, _)| *at <= end);
        let milestone = nodes::milestone(scene, cursor, end);
        let at = match (&due, milestone) {
            (Some((at, _)), Some(other)) if other <= *at => other,
            (None, Some(other)) => other,
            (Some((at, _)), _) => *at,
            (None, None) => break,
        };
        scene.now = at.max(cursor).max(end - LONGEST);
        scene.cluster.cursor = scene.now;
        scene.world.tick(scene.now);
        if milestone.is_some_and(|other| other <= at) {
            nodes::sync(scene);
            addons::sync(scene);
        } else if let Some((_, key)) = due {
            scene.cluster.looked_at(&key);
            look(scene, &key);
        }
    }
    scene.now = end;
    scene.cluster.cursor = end;
    scene.world.tick(end);
    nodes::sync(scene);
    addons::sync(scene);
    let due = scene.cluster.next_due().map_or(f64::INFINITY, |(at, _)| at);
    let milestone = nodes::milestone(scene, end, f64::INFINITY).unwrap_or(f64::INFINITY);
    scene.cluster.quiet = Some((scene.world.generation, due.min(milestone)));
}

fn look(scene: &mut Scene<'_>, key: &str) {
    let Some(object) = scene.cluster.get(key).cloned() else { return };
    match key.split('/').next().unwrap_or_default() {
        "namespaces" => namespaces::look(scene, key, &object),
        "deployments" => deployments::look(scene, key, &object),
        "replicasets" => replicasets::look(scene, key, &object),
        "statefulsets" => statefulsets::look(scene, key, &object),
        "daemonsets" => daemonsets::look(scene, key, &object),
        "jobs" => jobs::look(scene, key, &object),
        "pods" => pods::look(scene, key, &object),
        "persistentvolumeclaims" => claims::look(scene, key, &object),
        "persistentvolumes" => volumes::look(scene, key, &object),
        "horizontalpodautoscalers" => hpa::look(scene, key, &object),
        "poddisruptionbudgets" => budgets::look(scene, key, &object),
        "services" => services::look(scene, key, &object),
        "ingresses" => ingresses::look(scene, key, &object),
        "nodes" => nodes::look(scene, key, &object),
        "customresourcedefinitions" => established(scene, key),
        _ => {}
    }
    finish_foreground(scene, key);
}

fn established(scene: &mut Scene<'_>, key: &str) {
    scene.change(key, |object| {
        let condition = |kind: &str, reason: &str| {
            json!({"type": kind, "status": "True", "reason": reason, "message": reason,
                "lastTransitionTime": object["metadata"]["creationTimestamp"]})
        };
        let conditions = json!([
            condition("NamesAccepted", "NoConflicts"),
            condition("Established", "InitialNamesAccepted")
        ]);
        let names = object["spec"]["names"].clone();
        let version = object["spec"]["versions"][0]["name"].clone();
        set(
            object,
            "/status",
            json!({"conditions": conditions, "acceptedNames": names,
            "storedVersions": [version]}),
        );
    });
}

/// An object deleted in the foreground goes once nothing it owns is left.
fn finish_foreground(scene: &mut Scene<'_>, key: &str) {
    let Some(object) = scene.cluster.get(key).cloned() else { return };
    let mut finalizers = list(&object, "/metadata/finalizers").to_vec();
    if !dying(&object) || !finalizers.iter().any(|one| one == "foregroundDeletion") {
        return;
    }
    let owned = owned(scene, &object, None);
    if !owned.is_empty() {
        owned.iter().for_each(|one| scene.delete(&key_of(one)));
        let later = scene.now + 1.0;
        scene.cluster.wake(key, later);
        return;
    }
    finalizers.retain(|one| one != "foregroundDeletion");
    release(scene, key, finalizers);
}

/// Writes what finalizers are left; without any, a dying object goes.
pub fn release(scene: &mut Scene<'_>, key: &str, finalizers: Vec<Value>) {
    let last = finalizers.is_empty() && scene.cluster.get(key).is_some_and(dying);
    scene.change(key, |object| set(object, "/metadata/finalizers", finalizers));
    if last {
        scene.erase(key);
    }
}

/// Takes one finalizer off.
pub fn unbind(scene: &mut Scene<'_>, key: &str, finalizer: &str) {
    let Some(object) = scene.cluster.get(key) else { return };
    let mut all = list(object, "/metadata/finalizers").to_vec();
    all.retain(|one| one != finalizer);
    release(scene, key, all);
}

/// Puts one finalizer on.
pub fn bind(scene: &mut Scene<'_>, key: &str, finalizer: &str) {
    scene.change(key, |object| {
        let mut all = list(object, "/metadata/finalizers").to_vec();
        if !all.iter().any(|one| one == finalizer) {
            all.push(finalizer.into());
            set(object, "/metadata/finalizers", all);
        }
    });
}

pub fn key_of(object: &Value) -> String {
    kinds::of_kind(text(object, "/kind"))
        .map(|resource| resource.key(namespace(object), name(object)))
        .unwrap_or_default()
}

/// The objects that belong to an owner, of one resource or all.
pub fn owned(scene: &Scene<'_>, owner: &Value, plural: Option<&str>) -> Vec<Value> {
    let uid = uid(owner);
    let belongs = |object: &&Value| {
        list(object, "/metadata/ownerReferences").iter().any(|one| text(one, "/uid") == uid)
    };
    match plural {
        Some(plural) => {
            let space = namespace(owner);
            scene.cluster.list(plural, Some(space)).filter(belongs).cloned().collect()
        }
        None => scene.cluster.all().map(|(_, one)| one).filter(belongs).cloned().collect(),
    }
}

/// The reference by which an owner's objects name it.
pub fn reference(owner: &Value) -> Value {
    json!([{"apiVersion": owner["apiVersion"], "kind": owner["kind"],
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true}])
}

/// Whether a condition of an object holds.
pub fn condition(object: &Value, kind: &str) -> bool {
    let mut all = list(object, "/status/conditions").iter();
    all.any(|one| text(one, "/type") == kind && text(one, "/status") == "True")
}

/// One condition of a status; the moment changes with its truth only.
pub fn with_condition(
    status: &mut Value,
    kind: &str,
    truth: &str,
    (reason, message): (&str, &str),
    time: &str,
) {
    let mut all = list(status, "/conditions").to_vec();
    let before = all.iter().find(|one| text(one, "/type") == kind);
    let same = before.filter(|one| text(one, "/status") == truth);
    let since = same.map_or(time, |one| text(one, "/lastTransitionTime")).to_owned();
    let mut new = json!({"type": kind, "status": truth, "lastTransitionTime": since});
    if !reason.is_empty() {
        new["reason"] = reason.into();
    }
    if !message.is_empty() {
        new["message"] = message.into();
    }
    match all.iter_mut().find(|one| text(one, "/type") == kind) {
        Some(one) => *one = new,
        None => all.push(new),
    }
    set(status, "/conditions", all);
}

pub fn owned_by_daemon(pod: &Value) -> bool {
    list(pod, "/metadata/ownerReferences").iter().any(|one| text(one, "/kind") == "DaemonSet")
}
