//! Ways into objects as JSON: names, pods, containers.

use serde_json::{Map, Value, json};

pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

pub fn is_workload(object: &Value) -> bool {
    matches!(kind(object), "Deployment" | "StatefulSet" | "DaemonSet")
}

/// Where an object of this kind describes its pods.
fn template(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicaSet" => "/spec/template",
        "CronJob" => "/spec/jobTemplate/spec/template",
        "Pod" => "",
        _ => return None,
    })
}

pub fn spec(object: &Value) -> Option<&Value> {
    object.pointer(&format!("{}/spec", template(kind(object))?))
}

pub fn spec_mut(object: &mut Value) -> Option<&mut Value> {
    let pointer = format!("{}/spec", template(kind(object))?);
    object.pointer_mut(&pointer)
}

pub fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainers", "containers"];
    lists.into_iter().filter_map(|list| spec.get(list)?.as_array()).flatten()
}

/// Every container of a pod, those that run before the others included.
pub fn each_container(spec: &mut Value, mut change: impl FnMut(&mut Value)) {
    for list in ["initContainers", "containers"] {
        let Some(Value::Array(all)) = spec.get_mut(list) else { continue };
        all.iter_mut().for_each(&mut change);
    }
}

/// The items of the list at a key, if there is one.
pub fn items<'a>(value: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Adds to the list at a key.
pub fn push(value: &mut Value, key: &str, item: Value) {
    match value.get_mut(key) {
        Some(Value::Array(items)) => items.push(item),
        _ => value[key] = json!([item]),
    }
}

/// Sets what is not set yet.
pub fn default(value: &mut Value, key: &str, to: Value) {
    if value.get(key).is_none_or(Value::is_null) {
        value[key] = to;
    }
}

/// `over` laid over what is there, key by key.
pub fn lay(value: &mut Value, over: Map<String, Value>) {
    if !value.is_object() {
        *value = json!({});
    }
    for (key, wanted) in over {
        value[key.as_str()] = wanted;
    }
}
