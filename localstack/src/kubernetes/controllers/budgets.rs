//! Disruption budgets: how many pods may go at the moment.

use serde_json::{Value, json};

use super::deployments::part;
use super::pods;
use crate::kubernetes::json::{dying, namespace, set};
use crate::kubernetes::scene::Scene;
use crate::kubernetes::selector::matches;

pub fn look(scene: &mut Scene<'_>, key: &str, budget: &Value) {
    if dying(budget) {
        return;
    }
    let selector = budget.pointer("/spec/selector").unwrap_or(&Value::Null);
    let guarded: Vec<&Value> = scene
        .cluster
        .list("pods", Some(namespace(budget)))
        .filter(|pod| matches(selector, &pod["metadata"]["labels"]) && !pods::over(pod))
        .collect();
    let expected = guarded.len() as i64;
    let healthy = guarded.iter().filter(|pod| pods::ready(pod)).count() as i64;
    let desired = match budget.pointer("/spec/minAvailable") {
        Some(least) => part(Some(least), expected, f64::ceil),
        None => expected - part(budget.pointer("/spec/maxUnavailable"), expected, f64::ceil),
    };
    let allowed = (healthy - desired).max(0);
    scene.change(key, |budget| {
        let generation = budget["metadata"]["generation"].clone();
        set(
            budget,
            "/status",
            json!({"currentHealthy": healthy, "desiredHealthy": desired,
            "disruptionsAllowed": allowed, "expectedPods": expected,
            "observedGeneration": generation}),
        );
    });
}
