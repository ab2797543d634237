//! What of a desired object differs from the live one: only fields that are desired count.

use serde_json::Value;

use crate::diff::{Forces, Reason};

/// Differences shown of one object; a person reads no more.
const MOST: usize = 40;

/// Every desired field whose live value is another. A string in which `opaque` finds a value that
/// is filled in later is not compared.
pub fn differences(desired: &Value, live: &Value, opaque: fn(&str) -> bool) -> Vec<Reason> {
    let mut found = Walk { opaque, reasons: Vec::new() };
    for (name, wanted) in desired.as_object().into_iter().flatten() {
        let now = live.get(name).unwrap_or(&Value::Null);
        match name.as_str() {
            "apiVersion" | "kind" | "status" => {}
            "metadata" => {
                for part in ["labels", "annotations"] {
                    // One without any has others' on it all the same: the address is one.
                    let Some(wanted) = wanted.get(part) else { continue };
                    found.value(part, wanted, now.get(part).unwrap_or(&Value::Null));
                }
            }
            _ => found.value(name, wanted, now),
        }
    }
    found.reasons.truncate(MOST);
    found.reasons
}

struct Walk {
    opaque: fn(&str) -> bool,
    reasons: Vec<Reason>,
}

impl Walk {
    fn value(&mut self, path: &str, desired: &Value, live: &Value) {
        match (desired, live) {
            (Value::Object(fields), _) if live.is_object() || !empty(desired) => {
                for (name, wanted) in fields {
                    let now = live.get(name).unwrap_or(&Value::Null);
                    self.value(&format!("{path}.{name}"), wanted, now);
                }
            }
            (Value::Array(wanted), Value::Array(now)) => self.list(path, wanted, now),
            (Value::String(text), _) if (self.opaque)(text) => {}
            _ if same(desired, live) => {}
            _ => self.reasons.push(Reason {
                attribute: path.to_owned(),
                from: live.clone(),
                to: Some(desired.clone()),
                forces_replacement: Forces::Update,
                held_by: None,
            }),
        }
    }

    /// Items with a name are compared with their namesakes: others may have added some.
    fn list(&mut self, path: &str, desired: &[Value], live: &[Value]) {
        let named = desired.iter().all(|item| item.get("name").is_some());
        if !named && desired.len() != live.len() {
            let (desired, live) = (Value::Array(desired.to_vec()), Value::Array(live.to_vec()));
            return self.reasons.push(Reason {
                attribute: path.to_owned(),
                from: live,
                to: Some(desired),
                forces_replacement: Forces::Update,
                held_by: None,
            });
        }
        for (at, wanted) in desired.iter().enumerate() {
            let (label, now) = match wanted.get("name").filter(|_| named) {
                Some(name) => {
                    let label = name.as_str().map_or_else(|| at.to_string(), str::to_owned);
                    (label, live.iter().find(|item| item.get("name") == Some(name)))
                }
                None => (at.to_string(), live.get(at)),
            };
            self.value(&format!("{path}[{label}]"), wanted, now.unwrap_or(&Value::Null));
        }
    }
}

/// What the API server leaves out when it is written.
fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(empty),
        Value::Object(fields) => fields.values().all(empty),
        Value::Number(number) => number.as_f64() == Some(0.0),
    }
}

fn same(desired: &Value, live: &Value) -> bool {
    desired == live
        || live.is_null() && empty(desired)
        || matches!((quantity(desired), quantity(live)), (Some(a), Some(b)) if a == b)
}

/// A Kubernetes quantity in thousandths: the API server rewrites `0.5` as `500m`.
fn quantity(value: &Value) -> Option<i128> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale: i128 = match &text[digits.len()..] {
        "m" => 1,
        "" => 1_000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        _ => return None,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let tens = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some(number.checked_mul(scale)? / tens)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(desired: Value, live: Value) -> Vec<String> {
        let opaque = |text: &str| text.contains("__edxaws_");
        differences(&desired, &live, opaque).into_iter().map(|one| one.attribute).collect()
    }

    #[test]
    fn what_the_server_adds_or_rewrites_is_no_difference() {
        let desired = json!({"spec": {
            "replicas": 2, "paused": false, "volumes": [],
            "containers": [{"name": "lms", "cpu": "0.5", "memory": "2Gi", "host": "__edxaws_x__"}],
        }});
        let live = json!({"spec": {
            "replicas": 2, "strategy": {"type": "RollingUpdate"},
            "containers": [
                {"name": "sidecar"},
                {"name": "lms", "cpu": "500m", "memory": "2048Mi", "host": "db.example"},
            ],
        }});
        assert_eq!(paths(desired, live), Vec::<String>::new());
    }

    #[test]
    fn a_difference_is_named_by_its_path() {
        let desired = json!({
            "metadata": {"labels": {"a": "1"}, "name": "x"},
            "spec": {"containers": [{"name": "lms", "image": "b", "args": ["x"]}]},
        });
        let live = json!({
            "metadata": {"labels": {"a": "2"}, "uid": "u"},
            "spec": {"containers": [{"name": "lms", "image": "a", "args": ["x", "y"]}]},
        });
        let expected = ["labels.a", "spec.containers[lms].args", "spec.containers[lms].image"];
        assert_eq!(paths(desired, live), expected);
    }

    #[test]
    fn quantities_are_numbers() {
        assert_eq!(quantity(&json!("1")), quantity(&json!("1000m")));
        assert_eq!(quantity(&json!("1.5Gi")), quantity(&json!("1536Mi")));
        assert_eq!(quantity(&json!("abc")), None);
        assert_eq!(quantity(&json!("lms")), None);
    }
}
