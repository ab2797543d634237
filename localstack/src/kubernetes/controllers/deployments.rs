//! Deployments roll from one ReplicaSet to the next, within their bounds and their deadline.

use serde_json::{Value, json};

use super::{key_of, owned, reference, with_condition};
use crate::kubernetes::json::{dying, flag, list, name, namespace, number, set, stamp, text};
use crate::kubernetes::letters_of;
use crate::kubernetes::scene::Scene;

pub fn look(scene: &mut Scene<'_>, key: &str, deployment: &Value) {
    if dying(deployment) {
        return;
    }
    let current = current(scene, deployment);
    let mut old: Vec<Value> = owned(scene, deployment, Some("replicasets"));
    old.retain(|one| name(one) != name(&current));
    if !flag(deployment, "/spec/paused") {
        if text(deployment, "/spec/strategy/type") == "Recreate" {
            recreate(scene, deployment, &current, &old);
        } else {
            roll(scene, deployment, &current, &old);
        }
    }
    tidy(scene, deployment, &old);
    report(scene, key, &current);
}

/// The ReplicaSet of the present template; made when there is none.
fn current(scene: &mut Scene<'_>, deployment: &Value) -> Value {
    let template = &deployment["spec"]["template"];
    let hash = letters_of(&template.to_string(), 10);
    let set_name = format!("{}-{hash}", name(deployment));
    let all = owned(scene, deployment, Some("replicasets"));
    let newest = all.iter().map(revision).max().unwrap_or(0);
    let key = format!("replicasets/{}/{set_name}", namespace(deployment));
    if let Some(found) = scene.cluster.get(&key).cloned() {
        if revision(&found) < newest {
            scene.change(&key, |one| set_revision(one, newest + 1));
        }
        mark(scene, deployment, revision(&found).max(newest));
        return scene.cluster.get(&key).cloned().unwrap_or(found);
    }
    let mut labels = template["metadata"]["labels"].clone();
    labels["pod-template-hash"] = hash.clone().into();
    let mut pods = template.clone();
    set(&mut pods, "/metadata/labels", labels.clone());
    let mut selector = deployment["spec"]["selector"].clone();
    set(&mut selector, "/matchLabels/pod-template-hash", hash);
    let mut made = json!({"kind": "ReplicaSet",
        "metadata": {"name": set_name, "namespace": namespace(deployment), "labels": labels,
            "ownerReferences": reference(deployment)},
        "spec": {"replicas": 0, "selector": selector, "template": pods}});
    set_revision(&mut made, newest + 1);
    mark(scene, deployment, newest + 1);
    progressed(scene, deployment);
    scene.make(made.clone()).unwrap_or(made)
}

const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";

fn revision(object: &Value) -> i64 {
    text(object, REVISION).parse().unwrap_or(0)
}

fn set_revision(object: &mut Value, revision: i64) {
    set(object, REVISION, revision.to_string());
}

fn mark(scene: &mut Scene<'_>, deployment: &Value, newest: i64) {
    scene.change(&key_of(deployment), |one| set_revision(one, newest));
}

fn replicas(set: &Value) -> i64 {
    number(set, "/spec/replicas").unwrap_or(0)
}

/// Pods that work; those that were told to go do not count, though the status may still say so.
fn available(set: &Value) -> i64 {
    number(set, "/status/availableReplicas").unwrap_or(0).min(replicas(set))
}

fn resize(scene: &mut Scene<'_>, one: &Value, size: i64) {
    if replicas(one) != size {
        scene.change(&key_of(one), |one| {
            set(one, "/spec/replicas", size);
            let generation = number(one, "/metadata/generation").unwrap_or(1);
            set(one, "/metadata/generation", generation + 1);
        });
    }
}

fn recreate(scene: &mut Scene<'_>, deployment: &Value, current: &Value, old: &[Value]) {
    old.iter().for_each(|one| resize(scene, one, 0));
    let left = old.iter().any(|one| !owned(scene, one, Some("pods")).is_empty());
    if left {
        let later = scene.now + 1.0;
        return scene.cluster.wake(&key_of(deployment), later);
    }
    resize(scene, current, wanted(deployment));
}

fn wanted(deployment: &Value) -> i64 {
    number(deployment, "/spec/replicas").unwrap_or(1)
}

/// A number or a percentage of the replicas.
pub fn part(value: Option<&Value>, whole: i64, round: fn(f64) -> f64) -> i64 {
    match value {
        Some(Value::String(text)) => {
            let percent: f64 = text.trim_end_matches('%').parse().unwrap_or(0.0);
            round(whole as f64 * percent / 100.0) as i64
        }
        Some(other) => other.as_i64().unwrap_or(0),
        None => 0,
    }
}

fn roll(scene: &mut Scene<'_>, deployment: &Value, current: &Value, old: &[Value]) {
    let wanted = wanted(deployment);
    let rolling = |name: &str| deployment.pointer(&format!("/spec/strategy/rollingUpdate/{name}"));
    let surge = part(rolling("maxSurge"), wanted, f64::ceil);
    let mut lacking = part(rolling("maxUnavailable"), wanted, f64::floor);
    if surge == 0 && lacking == 0 {
        lacking = 1;
    }
    let others: i64 = old.iter().map(replicas).sum();
    let room = (wanted + surge - others).max(replicas(current).min(wanted));
    let new = wanted.min(room);
    resize(scene, current, new);
    if others == 0 {
        return;
    }
    // Pods of old sets that do not work are no loss.
    let mut spare = others + new - (wanted - lacking) - (new - available(current)).max(0);
    for one in old {
        let broken = (replicas(one) - available(one)).max(0).min(spare.max(0));
        if broken > 0 {
            resize(scene, one, replicas(one) - broken);
        }
        spare -= broken;
    }
    let mut free =
        (old.iter().map(available).sum::<i64>() + available(current)) - (wanted - lacking);
    for one in old {
        let now = scene.cluster.get(&key_of(one)).cloned().unwrap_or_else(|| one.clone());
        let fewer = replicas(&now).min(free.max(0));
        resize(scene, &now, replicas(&now) - fewer);
        free -= fewer;
    }
}

/// Old empty sets are kept for rollbacks, as many as the history holds.
fn tidy(scene: &mut Scene<'_>, deployment: &Value, old: &[Value]) {
    let limit = number(deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
    let limit = usize::try_from(limit).unwrap_or(0);
    let mut empty: Vec<&Value> = old
        .iter()
        .filter(|one| replicas(one) == 0 && number(one, "/status/replicas").unwrap_or(0) == 0)
        .collect();
    empty.sort_by_key(|one| std::cmp::Reverse(revision(one)));
    for one in empty.iter().skip(limit) {
        scene.delete(&key_of(one));
    }
}

fn progressed(scene: &mut Scene<'_>, deployment: &Value) {
    let now = scene.now;
    scene.cluster.set_note(&key_of(deployment), "progress", now);
}

fn report(scene: &mut Scene<'_>, key: &str, current: &Value) {
    let Some(deployment) = scene.cluster.get(key).cloned() else { return };
    let all = owned(scene, &deployment, Some("replicasets"));
    let sum = |pointer: &str| -> i64 { all.iter().filter_map(|one| number(one, pointer)).sum() };
    let (total, ready) = (sum("/status/replicas"), sum("/status/readyReplicas"));
    let present = all.iter().find(|one| name(one) == name(current)).unwrap_or(current);
    let updated = number(present, "/status/replicas").unwrap_or(0);
    let wanted = wanted(&deployment);
    let figures = json!([total, ready, updated, available(present)]);
    if scene.cluster.note(key, "figures") != Some(&figures) {
        scene.cluster.set_note(key, "figures", figures);
        progressed(scene, &deployment);
    }
    let complete = updated == wanted && total == wanted && available(present) == wanted;
    let since = scene.cluster.note(key, "progress").and_then(Value::as_f64).unwrap_or(scene.now);
    let deadline =
        since + number(&deployment, "/spec/progressDeadlineSeconds").unwrap_or(600) as f64;
    let late = scene.now >= deadline && !complete;
    if !complete && !late {
        scene.cluster.wake(key, deadline);
    }
    let lacking =
        part(deployment.pointer("/spec/strategy/rollingUpdate/maxUnavailable"), wanted, f64::floor);
    let enough = ready >= wanted - lacking;
    let refused = all.iter().find_map(|one| failed_create(scene, one));
    let time = stamp(scene.now);
    let who = name(current).to_owned();
    scene.change(key, |deployment| {
        let mut status = json!({"conditions": list(deployment, "/status/conditions"),
            "observedGeneration": deployment["metadata"]["generation"]});
        let figures = [
            ("replicas", total),
            ("updatedReplicas", updated),
            ("readyReplicas", ready),
            ("availableReplicas", ready),
            ("unavailableReplicas", (wanted.max(total) - ready).max(0)),
        ];
        for (name, figure) in figures.iter().filter(|(_, figure)| *figure > 0) {
            status[*name] = (*figure).into();
        }
        let (truth, why) = if enough {
            ("True", ("MinimumReplicasAvailable", "Deployment has minimum availability."))
        } else {
            (
                "False",
                ("MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
            )
        };
        with_condition(&mut status, "Available", truth, why, &time);
        let (truth, reason, words) = if complete {
            ("True", "NewReplicaSetAvailable", "has successfully progressed.")
        } else if late {
            ("False", "ProgressDeadlineExceeded", "has timed out progressing.")
        } else {
            ("True", "ReplicaSetUpdated", "is progressing.")
        };
        let message = format!("ReplicaSet \"{who}\" {words}");
        with_condition(&mut status, "Progressing", truth, (reason, &message), &time);
        if let Some(message) = refused {
            with_condition(
                &mut status,
                "ReplicaFailure",
                "True",
                ("FailedCreate", &message),
                &time,
            );
        } else {
            let mut all = list(&status, "/conditions").to_vec();
            all.retain(|one| text(one, "/type") != "ReplicaFailure");
            set(&mut status, "/conditions", all);
        }
        set(deployment, "/status", status);
    });
}

/// Why a set cannot make its pods.
fn failed_create(scene: &Scene<'_>, one: &Value) -> Option<String> {
    if number(one, "/status/replicas").unwrap_or(0) >= replicas(one) {
        return None;
    }
    let uid = crate::kubernetes::json::uid(one);
    let mut events = scene.cluster.list("events", Some(namespace(one)));
    let event = events.find(|event| {
        text(event, "/involvedObject/uid") == uid && text(event, "/reason") == "FailedCreate"
    })?;
    Some(text(event, "/message").to_owned())
}
