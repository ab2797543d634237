//! What the server checks beyond types: required fields, ranges, what must fit together.

use serde_json::{Value, json};

use super::json::{list, map, name, number, text};
use super::kinds::Resource;
use super::names;
use super::pods::{check_spec, check_template};
use super::selector::matches;
use super::status::{Cause, Refusal};

/// Refuses what is wrong with an object that has been filled in.
pub fn check(resource: &Resource, object: &Value) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    match name(object) {
        "" => causes.push(Cause::required("metadata.name", "name or generateName is required")),
        name => causes.extend(names::check(resource, name)),
    }
    names::labels(object, "/metadata/labels", "metadata.labels", &mut causes);
    own(resource, object, &mut causes);
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(resource, name(object), &causes)) }
}

fn own(resource: &Resource, object: &Value, causes: &mut Vec<Cause>) {
    match resource.plural {
        "deployments" | "replicasets" | "statefulsets" | "daemonsets" => workload(object, causes),
        "jobs" => check_template(object, "/spec/template", &["OnFailure", "Never"], causes),
        "cronjobs" => {
            required(object, &["/spec/schedule"], causes);
            let at = "/spec/jobTemplate/spec/template";
            check_template(object, at, &["OnFailure", "Never"], causes);
        }
        "pods" => check_spec(object, "/spec", causes),
        "services" => service(object, causes),
        "ingresses" => ingress(object, causes),
        "horizontalpodautoscalers" => autoscaler(object, causes),
        "poddisruptionbudgets" => budget(object, causes),
        "persistentvolumeclaims" => claim(object, causes),
        "storageclasses" => required(object, &["/provisioner"], causes),
        "priorityclasses" => {}
        "roles" | "clusterroles" => rules(object, causes),
        "rolebindings" | "clusterrolebindings" => binding(object, causes),
        "configmaps" | "secrets" => keys(object, causes),
        _ => {}
    }
}

/// `/spec/ports/0/port` as `spec.ports[0].port`.
pub fn dotted(pointer: &str) -> String {
    let mut field = String::new();
    for part in pointer.split('/').skip(1) {
        if part.chars().all(|one| one.is_ascii_digit()) {
            field.push_str(&format!("[{part}]"));
        } else if field.is_empty() {
            field.push_str(part);
        } else {
            field.push_str(&format!(".{part}"));
        }
    }
    field
}

pub fn required(object: &Value, pointers: &[&str], causes: &mut Vec<Cause>) {
    let missing = |pointer: &&&str| match object.pointer(pointer) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    };
    causes.extend(pointers.iter().filter(missing).map(|one| Cause::required(dotted(one), "")));
}

pub fn at_least(object: &Value, pointer: &str, least: i64, causes: &mut Vec<Cause>) {
    if let Some(found) = number(object, pointer).filter(|found| *found < least) {
        let words = if least == 0 {
            "must be greater than or equal to 0".to_owned()
        } else {
            format!("must be greater than or equal to {least}")
        };
        causes.push(Cause::invalid(dotted(pointer), &found.into(), &words));
    }
}

fn workload(object: &Value, causes: &mut Vec<Cause>) {
    at_least(object, "/spec/replicas", 0, causes);
    let selector = object.pointer("/spec/selector").unwrap_or(&Value::Null);
    let empty = selector.as_object().is_none_or(serde_json::Map::is_empty);
    let labels = object.pointer("/spec/template/metadata/labels").unwrap_or(&Value::Null);
    if empty {
        causes.push(Cause::required("spec.selector", ""));
    }
    // No selector selects nothing.
    if empty || !matches(selector, labels) {
        let field = "spec.template.metadata.labels";
        causes.push(Cause::invalid(field, labels, "`selector` does not match template `labels`"));
    }
    check_template(object, "/spec/template", &["Always"], causes);
}

fn port(object: &Value, pointer: &str, causes: &mut Vec<Cause>) {
    match object.pointer(pointer).and_then(Value::as_i64) {
        Some(number) if !(1..=65_535).contains(&number) => {
            let words = "must be between 1 and 65535, inclusive";
            causes.push(Cause::invalid(dotted(pointer), &number.into(), words));
        }
        _ => {}
    }
}

fn service(object: &Value, causes: &mut Vec<Cause>) {
    let kind = text(object, "/spec/type");
    if !["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"].contains(&kind) {
        let known = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
        causes.push(Cause::unsupported("spec.type", &kind.into(), &known));
    }
    let ports = list(object, "/spec/ports");
    if ports.is_empty() && kind != "ExternalName" && text(object, "/spec/clusterIP") != "None" {
        causes.push(Cause::required("spec.ports", ""));
    }
    let mut seen: Vec<(Value, Value)> = Vec::new();
    for (at, one) in ports.iter().enumerate() {
        let place = |name: &str| format!("/spec/ports/{at}/{name}");
        if number(one, "/port").is_none_or(|port| !(1..=65_535).contains(&port)) {
            let words = "must be between 1 and 65535, inclusive";
            causes.push(Cause::invalid(dotted(&place("port")), &one["port"], words));
        }
        port(object, &place("targetPort"), causes);
        if ports.len() > 1 && text(one, "/name").is_empty() {
            causes.push(Cause::required(dotted(&place("name")), ""));
        }
        let name = text(one, "/name");
        if !name.is_empty() && !names::is_label(name) {
            causes.push(Cause::invalid(dotted(&place("name")), &name.into(), names::LABEL));
        }
        let node = number(one, "/nodePort").unwrap_or(0);
        if node != 0 && !(30_000..=32_767).contains(&node) {
            let words = "provided port is not in the valid range. The range of valid ports is \
                         30000-32767";
            causes.push(Cause::invalid(dotted(&place("nodePort")), &node.into(), words));
        }
        let key = (one["port"].clone(), one["protocol"].clone());
        if seen.contains(&key) {
            let message = format!("Duplicate value: {}", json!({"port": key.0, "protocol": key.1}));
            let field = format!("spec.ports[{at}]");
            causes.push(Cause { field, reason: "FieldValueDuplicate", message });
        }
        seen.push(key);
    }
}

fn ingress(object: &Value, causes: &mut Vec<Cause>) {
    if list(object, "/spec/rules").is_empty() && object.pointer("/spec/defaultBackend").is_none() {
        let words = "either `defaultBackend` or `rules` must be specified";
        causes.push(Cause::invalid("spec", &json!([]), words));
    }
    for (at, rule) in list(object, "/spec/rules").iter().enumerate() {
        for (number, path) in list(rule, "/http/paths").iter().enumerate() {
            let place = format!("/spec/rules/{at}/http/paths/{number}");
            let kind = text(path, "/pathType");
            if kind.is_empty() {
                let field = dotted(&format!("{place}/pathType"));
                causes.push(Cause::required(field, "pathType must be specified"));
            } else if !["Exact", "Prefix", "ImplementationSpecific"].contains(&kind) {
                let known = ["Exact", "ImplementationSpecific", "Prefix"];
                let field = dotted(&format!("{place}/pathType"));
                causes.push(Cause::unsupported(field, &kind.into(), &known));
            }
            if !text(path, "/path").starts_with('/') && kind != "ImplementationSpecific" {
                let words = "must be an absolute path";
                let field = dotted(&format!("{place}/path"));
                causes.push(Cause::invalid(field, &path["path"], words));
            }
            if path.pointer("/backend/service").is_some() {
                required(object, &[&format!("{place}/backend/service/name")], causes);
            } else if path.pointer("/backend/resource").is_none() {
                causes.push(Cause::required(dotted(&format!("{place}/backend")), ""));
            }
        }
    }
}

fn autoscaler(object: &Value, causes: &mut Vec<Cause>) {
    required(object, &["/spec/scaleTargetRef/kind", "/spec/scaleTargetRef/name"], causes);
    let least = number(object, "/spec/minReplicas").unwrap_or(1);
    let most = number(object, "/spec/maxReplicas").unwrap_or(0);
    if least < 1 {
        let words = "must be greater than or equal to 1";
        causes.push(Cause::invalid("spec.minReplicas", &least.into(), words));
    }
    if most < 1 {
        let words = "must be greater than 0";
        causes.push(Cause::invalid("spec.maxReplicas", &most.into(), words));
    }
    if most < least {
        let words = "must be greater than or equal to `minReplicas`";
        causes.push(Cause::invalid("spec.maxReplicas", &most.into(), words));
    }
}

fn budget(object: &Value, causes: &mut Vec<Cause>) {
    let has = |name: &str| object.pointer(name).is_some_and(|value| !value.is_null());
    if has("/spec/minAvailable") && has("/spec/maxUnavailable") {
        let words = "minAvailable and maxUnavailable cannot be both set";
        causes.push(Cause::invalid("spec", &object["spec"], words));
    }
}

fn claim(object: &Value, causes: &mut Vec<Cause>) {
    if list(object, "/spec/accessModes").is_empty() {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    required(object, &["/spec/resources/requests/storage"], causes);
    if let Some(size) = object.pointer("/spec/resources/requests/storage")
        && names::amount(size).is_none_or(|amount| amount <= 0.0)
    {
        let field = "spec.resources.requests.storage";
        causes.push(Cause::invalid(field, size, "must be greater than zero"));
    }
}

fn rules(object: &Value, causes: &mut Vec<Cause>) {
    for (at, rule) in list(object, "/rules").iter().enumerate() {
        if list(rule, "/verbs").is_empty() {
            let field = format!("rules[{at}].verbs");
            causes.push(Cause::required(field, "verbs must contain at least one value"));
        }
        let urls = !list(rule, "/nonResourceURLs").is_empty();
        if !urls && list(rule, "/resources").is_empty() {
            let words = "resource rules must supply at least one resource";
            causes.push(Cause::required(format!("rules[{at}].resources"), words));
        }
    }
}

fn binding(object: &Value, causes: &mut Vec<Cause>) {
    required(object, &["/roleRef/name"], causes);
    let kind = text(object, "/roleRef/kind");
    if !["Role", "ClusterRole"].contains(&kind) {
        let known = ["Role", "ClusterRole"];
        causes.push(Cause::unsupported("roleRef.kind", &kind.into(), &known));
    }
    for (at, subject) in list(object, "/subjects").iter().enumerate() {
        required(object, &[&format!("/subjects/{at}/name")], causes);
        if text(subject, "/kind") == "ServiceAccount" {
            required(object, &[&format!("/subjects/{at}/namespace")], causes);
        }
    }
}

fn keys(object: &Value, causes: &mut Vec<Cause>) {
    for place in ["data", "binaryData"] {
        for (key, _) in map(object, &format!("/{place}")) {
            let fine = |one: char| one.is_ascii_alphanumeric() || "-_.".contains(one);
            if key.is_empty() || !key.chars().all(fine) {
                let words = "a valid config key must consist of alphanumeric characters, '-', '_' \
                             or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used \
                             for validation is '[-._a-zA-Z0-9]+')";
                let field = format!("{place}[{key}]");
                causes.push(Cause::invalid(field, &key.as_str().into(), words));
            }
        }
    }
}
