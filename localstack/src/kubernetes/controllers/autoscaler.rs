//! The Cluster Autoscaler, when a Deployment of this name runs: nodes for pods that find no room.

use serde_json::{Value, json};

use super::{aws, condition};
use crate::kubernetes::json::name;
use crate::kubernetes::scene::Scene;

/// Seconds a pod must have been waiting, and between two steps.
const PATIENCE: f64 = 10.0;

/// Looks at a pod that cannot be placed.
pub fn consider(scene: &mut Scene<'_>, key: &str, pod: &Value) {
    let runs = scene
        .cluster
        .list("deployments", None)
        .any(|one| name(one).contains("cluster-autoscaler") && condition(one, "Available"));
    let now = scene.now;
    let Some(since) = scene.cluster.note(key, "unplaced").and_then(Value::as_f64) else {
        scene.cluster.set_note(key, "unplaced", now);
        return scene.cluster.wake(key, now + PATIENCE);
    };
    scene.cluster.wake(key, now + PATIENCE);
    if !runs || now < since + PATIENCE || scene.cluster.note(key, "asked").is_some() {
        return;
    }
    match grow(scene) {
        Some(message) => {
            scene.event(pod, "Normal", "TriggeredScaleUp", &message);
            scene.cluster.set_note(key, "asked", now);
        }
        None => {
            let message = "pod didn't trigger scale-up: 1 max node group size reached";
            scene.event(pod, "Normal", "NotTriggerScaleUp", message);
        }
    }
}

/// One node more in the first group that has room.
fn grow(scene: &mut Scene<'_>) -> Option<String> {
    let tag = format!("k8s.io/cluster-autoscaler/{}", scene.cluster.name);
    let size = |thing: &crate::world::Thing, name: &str| {
        thing.attrs.get(name).and_then(Value::as_i64).unwrap_or(0)
    };
    let (group, desired, most) = scene
        .world
        .of_kind("auto_scaling_group")
        .filter(|one| one.tags.contains_key(&tag) && one.gone.is_none())
        .map(|one| {
            let name = one.text("AutoScalingGroupName").to_owned();
            (name, size(one, "DesiredCapacity"), size(one, "MaxSize"))
        })
        .find(|(_, desired, most)| desired < most)?;
    let params = json!({"AutoScalingGroupName": group, "DesiredCapacity": desired + 1});
    aws::call(scene, "autoscaling", "SetDesiredCapacity", params).ok()?;
    Some(format!("pod triggered scale-up: [{{{group} {desired}->{} (max: {most})}}]", desired + 1))
}
