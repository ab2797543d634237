//! Which node a pod runs on, or why on none.

use serde_json::{Value, json};

use super::{nodes, with_condition};
use crate::kubernetes::json::{flag, list, map, name, namespace, set, stamp, text};
use crate::kubernetes::names::amount;
use crate::kubernetes::scene::Scene;
use crate::kubernetes::selector::matches;

/// CPU and memory that a pod asks for.
pub fn requests(pod: &Value) -> (f64, f64) {
    let sum = |name: &str| {
        let pointer = format!("/resources/requests/{name}");
        let all = list(pod, "/spec/containers").iter();
        all.filter_map(|one| one.pointer(&pointer).and_then(amount)).sum()
    };
    (sum("cpu"), sum("memory"))
}

/// Binds a pod to a node, or says why it cannot.
pub fn look(scene: &mut Scene<'_>, key: &str, pod: &Value) {
    let verdict = claims(scene, pod).map_or_else(|| choose(scene, pod), Err);
    let time = stamp(scene.now);
    match verdict {
        Ok(node) => {
            let message =
                format!("Successfully assigned {}/{} to {node}", namespace(pod), name(pod));
            scene.event(pod, "Normal", "Scheduled", &message);
            scene.change(key, |pod| {
                set(pod, "/spec/nodeName", node);
                let mut status = pod["status"].take();
                with_condition(&mut status, "PodScheduled", "True", ("", ""), &time);
                set(pod, "/status", status);
                set(pod, "/status/startTime", time);
            });
        }
        Err(why) => {
            scene.event(pod, "Warning", "FailedScheduling", &why);
            scene.change(key, |pod| {
                let mut status = pod["status"].take();
                with_condition(
                    &mut status,
                    "PodScheduled",
                    "False",
                    ("Unschedulable", &why),
                    &time,
                );
                set(pod, "/status", status);
            });
            super::autoscaler::consider(scene, key, pod);
        }
    }
}

/// Why the pod's claims keep it from being placed.
fn claims(scene: &Scene<'_>, pod: &Value) -> Option<String> {
    let space = namespace(pod);
    for volume in list(pod, "/spec/volumes") {
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        if claim.is_empty() {
            continue;
        }
        let Some(found) = scene.cluster.get(&format!("persistentvolumeclaims/{space}/{claim}"))
        else {
            return Some(format!(
                "0/{} nodes are available: persistentvolumeclaim \"{claim}\" not found. \
                 preemption: 0/{0} nodes are available: {0} Preemption is not helpful for \
                 scheduling.",
                scene.cluster.list("nodes", None).count()
            ));
        };
        let class = text(found, "/spec/storageClassName");
        let waits = scene
            .cluster
            .get(&format!("storageclasses//{class}"))
            .is_some_and(|one| text(one, "/volumeBindingMode") == "WaitForFirstConsumer");
        if text(found, "/status/phase") != "Bound" && !waits {
            let count = scene.cluster.list("nodes", None).count();
            return Some(format!(
                "0/{count} nodes are available: pod has unbound immediate PersistentVolumeClaims. \
                 preemption: 0/{count} nodes are available: {count} Preemption is not helpful for \
                 scheduling."
            ));
        }
    }
    None
}

fn choose(scene: &Scene<'_>, pod: &Value) -> Result<String, String> {
    let all: Vec<&Value> = scene.cluster.list("nodes", None).collect();
    let (cpu, memory) = requests(pod);
    let taken = nodes::taken(scene);
    let mut why: Vec<(&str, usize)> = Vec::new();
    let mut best: Option<(f64, &str)> = None;
    for node in &all {
        let (free_cpu, free_memory, count) = nodes::room(node, taken.get(name(node)));
        let obstacle = if flag(node, "/spec/unschedulable") {
            Some("node(s) were unschedulable")
        } else if !tolerated(pod, node) {
            Some("node(s) had untolerated taint(s)")
        } else if !selected(scene, pod, node) {
            Some("node(s) didn't match Pod's node affinity/selector")
        } else if cpu > free_cpu {
            Some("Insufficient cpu")
        } else if memory > free_memory {
            Some("Insufficient memory")
        } else if count == 0 {
            Some("Too many pods")
        } else {
            None
        };
        match obstacle {
            Some(obstacle) => match why.iter_mut().find(|(words, _)| *words == obstacle) {
                Some((_, times)) => *times += 1,
                None => why.push((obstacle, 1)),
            },
            None if best.is_none_or(|(free, _)| free_memory - memory > free) => {
                best = Some((free_memory - memory, name(node)));
            }
            None => {}
        }
    }
    if let Some((_, node)) = best {
        return Ok(node.to_owned());
    }
    if all.is_empty() {
        return Err("no nodes available to schedule pods".to_owned());
    }
    let said: Vec<String> = why.iter().map(|(words, times)| format!("{times} {words}")).collect();
    Err(format!("0/{} nodes are available: {}.", all.len(), said.join(", ")))
}

fn tolerated(pod: &Value, node: &Value) -> bool {
    let tolerations = list(pod, "/spec/tolerations");
    list(node, "/spec/taints")
        .iter()
        .filter(|taint| text(taint, "/effect") != "PreferNoSchedule")
        .all(|taint| {
            tolerations.iter().any(|one| {
                let key = text(one, "/key");
                let effect = text(one, "/effect");
                let any = text(one, "/operator") == "Exists";
                (key.is_empty() && any || key == text(taint, "/key"))
                    && (effect.is_empty() || effect == text(taint, "/effect"))
                    && (any || text(one, "/value") == text(taint, "/value"))
            })
        })
}

/// Node selectors, required affinities, and the zones of bound volumes.
fn selected(scene: &Scene<'_>, pod: &Value, node: &Value) -> bool {
    let labels = node.pointer("/metadata/labels").unwrap_or(&Value::Null);
    let plain = map(pod, "/spec/nodeSelector").all(|(key, value)| labels.get(key) == Some(value));
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let terms = list(pod, terms);
    let affine = terms.is_empty()
        || terms
            .iter()
            .any(|term| matches(&json!({"matchExpressions": term["matchExpressions"]}), labels));
    let zone = text(node, "/metadata/labels/topology.kubernetes.io~1zone");
    let near = list(pod, "/spec/volumes").iter().all(|volume| {
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        let place = volume_zone(scene, namespace(pod), claim);
        place.is_none_or(|place| place == zone)
    });
    plain && affine && near
}

fn volume_zone(scene: &Scene<'_>, space: &str, claim: &str) -> Option<String> {
    let claim = scene.cluster.get(&format!("persistentvolumeclaims/{space}/{claim}"))?;
    let volume = text(claim, "/spec/volumeName");
    let volume = scene.cluster.get(&format!("persistentvolumes//{volume}"))?;
    let id = text(volume, "/spec/csi/volumeHandle");
    Some(scene.world.get(id)?.text("availabilityZone").to_owned())
}
