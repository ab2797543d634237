//! Which fields of an object others hold: what an apply of ours would stumble over; pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::FIELD_MANAGER;

/// By the path of a field, as differences name it, who holds it beside or instead of us. What a
/// controller reports in `status`, and what an autoscaler sets, is no matter of ours.
pub fn held(object: &Value) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    for entry in entries.into_iter().flatten() {
        let manager = entry["manager"].as_str().unwrap_or_default();
        if manager != FIELD_MANAGER && entry["subresource"] != "status" {
            walk(&mut fields, manager, "", &entry["fieldsV1"]);
        }
    }
    fields
}

/// Whose field this is, or one around it.
pub fn holder<'a>(held: &'a BTreeMap<String, String>, attribute: &str) -> Option<&'a str> {
    let around = |path: &str| {
        let rest = attribute.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    held.iter().find(|(path, _)| around(path)).map(|(_, manager)| manager.as_str())
}

/// `f:NAME` is a field, `k:{KEYS}` an item of a list, `v:VALUE` an item of a set, `.` the thing itself.
fn walk(fields: &mut BTreeMap<String, String>, manager: &str, path: &str, set: &Value) {
    let inner = set.as_object().into_iter().flatten().filter(|(name, _)| *name != ".");
    let mut leaf = true;
    for (name, below) in inner {
        leaf = false;
        match name.split_once(':') {
            // Names are compared without their `metadata`.
            Some(("f", "metadata")) if path.is_empty() => walk(fields, manager, "", below),
            Some(("f", field)) if path.is_empty() => walk(fields, manager, field, below),
            Some(("f", field)) => walk(fields, manager, &format!("{path}.{field}"), below),
            Some(("k", keys)) => match named(keys) {
                Some(item) => walk(fields, manager, &format!("{path}[{item}]"), below),
                // Differences count such items, and nobody else does: the list stands for them.
                None => drop(fields.insert(path.to_owned(), manager.to_owned())),
            },
            _ => drop(fields.insert(path.to_owned(), manager.to_owned())),
        }
    }
    if leaf && !path.is_empty() {
        fields.insert(path.to_owned(), manager.to_owned());
    }
}

/// The name of a list's item that has one.
fn named(keys: &str) -> Option<String> {
    let keys: Value = serde_json::from_str(keys).ok()?;
    keys.get("name")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> Value {
        let theirs = json!({
            "f:metadata": {"f:labels": {".": {}, "f:team": {}}},
            "f:spec": {
                "f:replicas": {},
                "f:template": {"f:spec": {"f:containers": {
                    "k:{\"name\":\"mfe\"}": {
                        ".": {},
                        "f:image": {},
                        "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}}},
                    },
                }}},
            },
        });
        let status = json!({"f:status": {"f:replicas": {}}});
        json!({"metadata": {"managedFields": [
            {"manager": FIELD_MANAGER, "fieldsV1": {"f:spec": {"f:paused": {}}}},
            {"manager": "theirs", "operation": "Apply", "fieldsV1": theirs},
            {"manager": "controller", "subresource": "status", "fieldsV1": status},
        ]}})
    }

    #[test]
    fn fields_of_others_are_named_as_differences_are() {
        let held = held(&deployment());
        let image = "spec.template.spec.containers[mfe].image";
        let ports = "spec.template.spec.containers[mfe].ports";
        let paths: Vec<&str> = held.keys().map(String::as_str).collect();
        assert_eq!(paths, ["labels.team", "spec.replicas", image, ports]);
        assert_eq!(holder(&held, image), Some("theirs"));
        assert_eq!(holder(&held, &format!("{ports}[0].name")), Some("theirs"));
        for free in ["spec.paused", "status.replicas", "spec.replicasets", "labels"] {
            assert_eq!(holder(&held, free), None, "{free}");
        }
    }
}
