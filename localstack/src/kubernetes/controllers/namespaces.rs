//! Namespaces: what they get at birth, and how they end with all that is in them.

use serde_json::Value;

use crate::kubernetes::json::{dying, name, namespace};
use crate::kubernetes::scene::Scene;
use crate::kubernetes::seed;

/// Seconds from the delete to the end, measured on a real server.
const END: (f64, f64, f64) = (7.0, 8.0, 10.0);

pub fn look(scene: &mut Scene<'_>, key: &str, object: &Value) {
    let space = name(object);
    if !dying(object) {
        return seed::furnish(scene, space);
    }
    let Some(at) = scene.cluster.note(key, "end").and_then(Value::as_f64) else {
        let at = scene.now + scene.cluster.drawn(key, END);
        scene.cluster.set_note(key, "end", at);
        empty(scene, space);
        return scene.cluster.wake(key, at);
    };
    let left = empty(scene, space);
    if scene.now >= at && left == 0 {
        scene.erase(key);
    } else {
        let later = (scene.now + 1.0).max(at);
        scene.cluster.wake(key, later);
    }
}

/// Deletes what is in a namespace; how much is left.
fn empty(scene: &mut Scene<'_>, space: &str) -> usize {
    let inside = |scene: &Scene<'_>| -> Vec<String> {
        let all = scene.cluster.all().filter(|(_, object)| namespace(object) == space);
        all.map(|(key, _)| key.to_owned()).collect()
    };
    inside(scene).iter().for_each(|key| scene.delete(key));
    inside(scene).len()
}
