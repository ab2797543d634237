//! Autoscalers: they follow the load that a test or the sandbox sets, within their bounds.

use serde_json::{Value, json};

use super::with_condition;
use crate::kubernetes::json::{dying, list, name, namespace, number, set, stamp, text};
use crate::kubernetes::kinds;
use crate::kubernetes::scene::Scene;
use crate::world::Stage;

/// Seconds between looks.
const PERIOD: f64 = 15.0;

/// Seconds for which fewer replicas must have been enough.
const CALM: f64 = 300.0;

pub fn look(scene: &mut Scene<'_>, key: &str, scaler: &Value) {
    if dying(scaler) {
        return;
    }
    // Without a load nothing changes by itself.
    if scene.cluster.loads.contains_key(&format!("{}/{}", namespace(scaler), name(scaler))) {
        let later = scene.now + PERIOD;
        scene.cluster.wake(key, later);
    }
    let target = target(scene, scaler);
    let Some((target_key, current)) = target else {
        let message = "the HPA controller was unable to get the target's current scale";
        return report(scene, key, (0, 0), &[("AbleToScale", "False", "FailedGetScale", message)]);
    };
    // Below the least or above the most it needs no measure to know what is wanted.
    if within(scaler, current) == current && !metrics(scene) {
        let later = scene.now + PERIOD;
        scene.cluster.wake(key, later);
        let message = "the HPA was unable to compute the replica count: unable to get metrics for \
                       resource cpu: no metrics returned from resource metrics API";
        let conditions = [
            (
                "AbleToScale",
                "True",
                "SucceededGetScale",
                "the HPA controller was able to get the target's current scale",
            ),
            ("ScalingActive", "False", "FailedGetResourceMetric", message),
        ];
        return report(scene, key, (current, current), &conditions);
    }
    let wanted = wanted(scene, key, scaler, current);
    if wanted != current {
        scene.change(&target_key, |object| {
            set(object, "/spec/replicas", wanted);
            let generation = number(object, "/metadata/generation").unwrap_or(1);
            set(object, "/metadata/generation", generation + 1);
        });
        let message =
            format!("New size: {wanted}; reason: cpu resource utilization (percentage of request)");
        scene.event(scaler, "Normal", "SuccessfulRescale", &message);
    }
    let conditions = [
        ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
        (
            "ScalingActive",
            "True",
            "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)",
        ),
        (
            "ScalingLimited",
            "False",
            "DesiredWithinRange",
            "the desired count is within the acceptable range",
        ),
    ];
    report(scene, key, (current, wanted), &conditions);
}

fn target(scene: &Scene<'_>, scaler: &Value) -> Option<(String, i64)> {
    let resource = kinds::of_kind(text(scaler, "/spec/scaleTargetRef/kind"))?;
    let key = resource.key(namespace(scaler), text(scaler, "/spec/scaleTargetRef/name"));
    let found = scene.cluster.get(&key)?;
    Some((key, number(found, "/spec/replicas").unwrap_or(1)))
}

/// metrics-server, as add-on or Deployment.
fn metrics(scene: &Scene<'_>) -> bool {
    let id = format!("eks_addon/{}/metrics-server", scene.cluster.name);
    scene.world.get(&id).is_some_and(|addon| addon.stage(scene.now) != Stage::Creating)
        || scene.cluster.get("deployments/kube-system/metrics-server").is_some()
}

/// The count within the scaler's bounds that is nearest.
fn within(scaler: &Value, count: i64) -> i64 {
    let least = number(scaler, "/spec/minReplicas").unwrap_or(1);
    let most = number(scaler, "/spec/maxReplicas").unwrap_or(least);
    count.clamp(least, most.max(least))
}

fn wanted(scene: &mut Scene<'_>, key: &str, scaler: &Value, current: i64) -> i64 {
    let aim = list(scaler, "/spec/metrics").iter();
    let aim = aim.filter_map(|one| number(one, "/resource/target/averageUtilization")).next();
    let about = format!("{}/{}", namespace(scaler), name(scaler));
    let load = scene.cluster.loads.get(&about).copied();
    let exact = match (load, aim) {
        (Some(load), Some(aim)) if aim > 0 => (current * load + aim - 1) / aim,
        _ => current,
    };
    let exact = within(scaler, exact);
    if exact >= current {
        scene.cluster.set_note(key, "calm", Value::Null);
        return exact;
    }
    if within(scaler, current) != current {
        return exact;
    }
    let now = scene.now;
    let since = scene.cluster.note(key, "calm").and_then(Value::as_f64);
    if since.is_none() {
        scene.cluster.set_note(key, "calm", now);
    }
    if since.is_some_and(|since| now >= since + CALM) { exact } else { current }
}

fn report(
    scene: &mut Scene<'_>,
    key: &str,
    (current, wanted): (i64, i64),
    conditions: &[(&str, &str, &str, &str)],
) {
    let time = stamp(scene.now);
    scene.change(key, |scaler| {
        let mut status = json!({"conditions": list(scaler, "/status/conditions"),
            "currentReplicas": current, "desiredReplicas": wanted});
        for (kind, truth, reason, message) in conditions {
            with_condition(&mut status, kind, truth, (reason, message), &time);
        }
        set(scaler, "/status", status);
    });
}
