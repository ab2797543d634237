//! What must hold of a pod's specification, wherever it stands.

use serde_json::Value;

use super::json::{list, map, number, text};
use super::names;
use super::status::Cause;
use super::validate::{at_least, dotted};

/// A pod template: its labels, its specification, and how its pods may restart.
pub fn check_template(object: &Value, at: &str, policies: &[&str], causes: &mut Vec<Cause>) {
    let labels = format!("{at}/metadata/labels");
    names::labels(object, &labels, &dotted(&labels), causes);
    let place = format!("{at}/spec/restartPolicy");
    let policy = text(object, &place);
    if !policies.contains(&policy) && object.pointer(&format!("{at}/spec")).is_some() {
        let cause = if policies.len() > 1 && policy == "Always" {
            Cause::required(dotted(&place), "valid values: \"OnFailure\", \"Never\"")
        } else {
            Cause::unsupported(dotted(&place), &policy.into(), policies)
        };
        causes.push(cause);
    }
    check_spec(object, &format!("{at}/spec"), causes);
}

pub fn check_spec(object: &Value, at: &str, causes: &mut Vec<Cause>) {
    let spec = object.pointer(at).unwrap_or(&Value::Null);
    if list(spec, "/containers").is_empty() {
        causes.push(Cause::required(dotted(&format!("{at}/containers")), ""));
    }
    at_least(object, &format!("{at}/terminationGracePeriodSeconds"), 0, causes);
    let mut seen: Vec<&str> = Vec::new();
    for kind in ["initContainers", "containers"] {
        for (number, one) in list(spec, &format!("/{kind}")).iter().enumerate() {
            let place = format!("{at}/{kind}/{number}");
            container(object, spec, one, &place, causes);
            let name = text(one, "/name");
            if seen.contains(&name) && !name.is_empty() {
                causes.push(duplicate(&format!("{place}/name"), name));
            }
            seen.push(name);
        }
    }
    let mut volumes: Vec<&str> = Vec::new();
    for (number, volume) in list(spec, "/volumes").iter().enumerate() {
        let place = format!("{at}/volumes/{number}");
        name_of(volume, &format!("{place}/name"), causes);
        let name = text(volume, "/name");
        if volumes.contains(&name) {
            causes.push(duplicate(&format!("{place}/name"), name));
        }
        volumes.push(name);
        let sources = volume.as_object().map_or(0, |all| all.len().saturating_sub(1));
        if sources > 1 {
            let words = "may not specify more than 1 volume type";
            causes.push(Cause::forbidden(dotted(&place), words));
        }
    }
}

fn duplicate(place: &str, name: &str) -> Cause {
    let message = format!("Duplicate value: \"{name}\"");
    Cause { field: dotted(place), reason: "FieldValueDuplicate", message }
}

fn name_of(one: &Value, place: &str, causes: &mut Vec<Cause>) {
    match text(one, "/name") {
        "" => causes.push(Cause::required(dotted(place), "")),
        name if !names::is_label(name) => {
            causes.push(Cause::invalid(dotted(place), &name.into(), names::LABEL));
        }
        _ => {}
    }
}

fn container(object: &Value, spec: &Value, one: &Value, at: &str, causes: &mut Vec<Cause>) {
    name_of(one, &format!("{at}/name"), causes);
    if text(one, "/image").is_empty() {
        causes.push(Cause::required(dotted(&format!("{at}/image")), ""));
    }
    let policy = text(one, "/imagePullPolicy");
    if !["", "Always", "IfNotPresent", "Never"].contains(&policy) {
        let known = ["Always", "IfNotPresent", "Never"];
        let field = dotted(&format!("{at}/imagePullPolicy"));
        causes.push(Cause::unsupported(field, &policy.into(), &known));
    }
    ports(one, at, causes);
    mounts(spec, one, at, causes);
    resources(one, at, causes);
    for (number, env) in list(one, "/env").iter().enumerate() {
        if text(env, "/name").is_empty() {
            causes.push(Cause::required(dotted(&format!("{at}/env/{number}/name")), ""));
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe_of(object, one, &format!("{at}/{probe}"), probe, causes);
    }
}

fn ports(one: &Value, at: &str, causes: &mut Vec<Cause>) {
    for (at_port, port) in list(one, "/ports").iter().enumerate() {
        let place = format!("{at}/ports/{at_port}");
        let found = number(port, "/containerPort");
        if found.is_none() {
            causes.push(Cause::required(dotted(&format!("{place}/containerPort")), ""));
        } else if found.is_some_and(|number| !(1..=65_535).contains(&number)) {
            let words = "must be between 1 and 65535, inclusive";
            let field = dotted(&format!("{place}/containerPort"));
            causes.push(Cause::invalid(field, &port["containerPort"], words));
        }
        let protocol = text(port, "/protocol");
        if !["TCP", "UDP", "SCTP"].contains(&protocol) {
            let known = ["SCTP", "TCP", "UDP"];
            let field = dotted(&format!("{place}/protocol"));
            causes.push(Cause::unsupported(field, &protocol.into(), &known));
        }
    }
}

fn mounts(spec: &Value, one: &Value, at: &str, causes: &mut Vec<Cause>) {
    let mut paths: Vec<&str> = Vec::new();
    for (number, mount) in list(one, "/volumeMounts").iter().enumerate() {
        let place = format!("{at}/volumeMounts/{number}");
        let name = text(mount, "/name");
        let known = list(spec, "/volumes").iter().any(|volume| text(volume, "/name") == name);
        if !known {
            let message = format!("Not found: \"{name}\"");
            let field = dotted(&format!("{place}/name"));
            causes.push(Cause { field, reason: "FieldValueNotFound", message });
        }
        let path = text(mount, "/mountPath");
        if path.is_empty() {
            causes.push(Cause::required(dotted(&format!("{place}/mountPath")), ""));
        } else if paths.contains(&path) {
            let words = "must be unique";
            let field = dotted(&format!("{place}/mountPath"));
            causes.push(Cause::invalid(field, &path.into(), words));
        }
        paths.push(path);
    }
}

fn resources(one: &Value, at: &str, causes: &mut Vec<Cause>) {
    for kind in ["limits", "requests"] {
        for (name, value) in map(one, &format!("/resources/{kind}")) {
            if names::amount(value).is_none() {
                let words = "quantities must match the regular expression \
                             '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
                let field = dotted(&format!("{at}/resources/{kind}[{name}]"));
                causes.push(Cause::invalid(field, value, words));
            }
        }
    }
    for (name, request) in map(one, "/resources/requests") {
        let limit = one["resources"]["limits"].get(name);
        let over = limit.and_then(names::amount) < names::amount(request);
        if let Some(limit) = limit.filter(|_| over) {
            let limit = limit.as_str().unwrap_or_default();
            let words = format!("must be less than or equal to {name} limit of {limit}");
            let field = dotted(&format!("{at}/resources/requests"));
            causes.push(Cause::invalid(field, request, &words));
        }
    }
}

fn probe_of(object: &Value, one: &Value, at: &str, probe: &str, causes: &mut Vec<Cause>) {
    let Some(found) = one.get(probe) else { return };
    const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];
    let handlers = HANDLERS.iter().filter(|name| found.get(**name).is_some()).count();
    if handlers == 0 {
        causes.push(Cause::required(dotted(at), "must specify a handler type"));
    } else if handlers > 1 {
        let words = "may not specify more than 1 handler type";
        causes.push(Cause::forbidden(dotted(at), words));
    }
    for name in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"] {
        at_least(object, &format!("{at}/{name}"), 0, causes);
    }
    if probe != "readinessProbe" && number(found, "/successThreshold").unwrap_or(1) != 1 {
        let field = dotted(&format!("{at}/successThreshold"));
        causes.push(Cause::invalid(field, &found["successThreshold"], "must be 1"));
    }
}
