//! StatefulSets: pods with names and claims of their own, one after the other.

use serde_json::{Value, json};

use super::{key_of, owned, pods, replicasets};
use crate::kubernetes::json::{dying, list, name, namespace, number, set, text};
use crate::kubernetes::letters_of;
use crate::kubernetes::scene::Scene;

const HASH: &str = "/metadata/labels/controller-revision-hash";

pub fn look(scene: &mut Scene<'_>, key: &str, object: &Value) {
    if dying(object) {
        return;
    }
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let hash =
        format!("{}-{}", name(object), letters_of(&object["spec"]["template"].to_string(), 10));
    let all = owned(scene, object, Some("pods"));
    let parallel = text(object, "/spec/podManagementPolicy") == "Parallel";
    for ordinal in 0..wanted {
        let pod_name = format!("{}-{ordinal}", name(object));
        match all.iter().find(|pod| name(pod) == pod_name) {
            None => {
                make(scene, object, &pod_name, ordinal, &hash);
                if !parallel {
                    break;
                }
            }
            Some(pod) if !pods::ready(pod) && !parallel => break,
            Some(_) => {}
        }
    }
    let ordinal = |pod: &Value| name(pod).rsplit('-').next().and_then(|n| n.parse::<i64>().ok());
    let extra = all.iter().filter(|pod| ordinal(pod).is_some_and(|n| n >= wanted) && !dying(pod));
    if let Some(last) = extra.max_by_key(|pod| ordinal(pod)) {
        scene.delete(&key_of(last));
    } else if all.len() as i64 == wanted && all.iter().all(pods::ready) {
        // One after the other, the last first.
        let stale = all.iter().filter(|pod| text(pod, HASH) != hash);
        if let Some(last) = stale.max_by_key(|pod| ordinal(pod)) {
            scene.delete(&key_of(last));
        }
    }
    report(scene, key, object, &hash);
}

fn make(scene: &mut Scene<'_>, object: &Value, pod: &str, ordinal: i64, hash: &str) {
    let mut volumes = Vec::new();
    for template in list(object, "/spec/volumeClaimTemplates") {
        let volume = name(template);
        let claim = format!("{volume}-{pod}");
        let mut made = template.clone();
        set(&mut made, "/metadata/name", claim.as_str());
        set(&mut made, "/metadata/namespace", namespace(object));
        let labels = object["spec"]["selector"]["matchLabels"].clone();
        set(&mut made, "/metadata/labels", labels);
        crate::kubernetes::json::remove(&mut made, "/status");
        scene.make(made);
        volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim}}));
    }
    let extra = json!({
        "metadata": {"labels": {"controller-revision-hash": hash,
            "apps.kubernetes.io/pod-index": ordinal.to_string(),
            "statefulset.kubernetes.io/pod-name": pod}},
        "spec": {"hostname": pod, "subdomain": object["spec"]["serviceName"], "volumes": volumes}});
    if let Err(why) = replicasets::make_pod(scene, object, "/spec/template", pod, extra) {
        scene.event(object, "Warning", "FailedCreate", &why);
        let later = scene.now + 5.0;
        scene.cluster.wake(&key_of(object), later);
    }
}

fn report(scene: &mut Scene<'_>, key: &str, object: &Value, hash: &str) {
    let all = owned(scene, object, Some("pods"));
    let ready = all.iter().filter(|pod| pods::ready(pod)).count();
    let updated = all.iter().filter(|pod| text(pod, HASH) == hash).count();
    let done = updated as i64 == number(object, "/spec/replicas").unwrap_or(1);
    scene.change(key, |object| {
        let before = text(object, "/status/currentRevision").to_owned();
        let current = if done || before.is_empty() { hash.to_owned() } else { before };
        set(object, "/status", json!({"observedGeneration": object["metadata"]["generation"],
            "replicas": all.len(), "readyReplicas": ready, "availableReplicas": ready,
            "updatedReplicas": updated, "currentReplicas": if done { updated } else { all.len() - updated },
            "currentRevision": current, "updateRevision": hash, "collisionCount": 0}));
    });
}
