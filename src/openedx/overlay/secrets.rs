//! What is secret leaves ConfigMaps, environments and arguments, and stands in Secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::pod;
use crate::openedx::values::{is_secret, token, tokens_in};
use crate::resources::kubernetes::wire::GENERATION_OF;

/// All objects, with nothing secret outside a Secret.
pub fn hidden(objects: Vec<Value>) -> Vec<Value> {
    let moved: BTreeSet<String> = objects
        .iter()
        .filter(|object| pod::kind(object) == "ConfigMap" && holds_secret(object))
        .map(|object| pod::name(object).to_owned())
        .collect();
    let mut all = Vec::with_capacity(objects.len());
    for mut object in objects {
        if pod::kind(&object) == "ConfigMap" && moved.contains(pod::name(&object)) {
            object = as_secret(object);
        } else if let Some(spec) = pod::spec_mut(&mut object) {
            follow(spec, &moved);
        }
        all.extend(environment(&mut object));
        mark_generation(&mut object);
        all.push(object);
    }
    all
}

fn holds_secret(value: &Value) -> bool {
    tokens_in(&value.to_string()).iter().any(|name| is_secret(name))
}

/// The text parts as `stringData`: what fills the placeholders in must be able to read them.
fn as_secret(mut config: Value) -> Value {
    config["kind"] = "Secret".into();
    config["type"] = "Opaque".into();
    if let Value::Object(fields) = &mut config {
        if let Some(data) = fields.remove("data") {
            fields.insert("stringData".to_owned(), data);
        }
        if let Some(binary) = fields.remove("binaryData") {
            fields.insert("data".to_owned(), binary);
        }
    }
    config
}

/// Points whatever reads one of the moved ConfigMaps at its Secret.
fn follow(spec: &mut Value, moved: &BTreeSet<String>) {
    let is_moved = |reference: &Value| {
        reference.get("name").and_then(Value::as_str).is_some_and(|name| moved.contains(name))
    };
    for volume in pod::items(spec, "volumes") {
        if volume.get("configMap").is_some_and(is_moved) {
            let mut source = volume["configMap"].take();
            rename(&mut source, "name", "secretName");
            rename(volume, "configMap", "secret");
            volume["secret"] = source;
        }
        let Some(projected) = volume.get_mut("projected") else { continue };
        for source in pod::items(projected, "sources") {
            if source.get("configMap").is_some_and(is_moved) {
                rename(source, "configMap", "secret");
            }
        }
    }
    pod::each_container(spec, |container| {
        for from in pod::items(container, "envFrom") {
            if from.get("configMapRef").is_some_and(is_moved) {
                rename(from, "configMapRef", "secretRef");
            }
        }
        for variable in pod::items(container, "env") {
            let Some(from) = variable.get_mut("valueFrom") else { continue };
            if from.get("configMapKeyRef").is_some_and(is_moved) {
                rename(from, "configMapKeyRef", "secretKeyRef");
            }
        }
    });
}

fn rename(value: &mut Value, from: &str, to: &str) {
    if let Value::Object(fields) = value
        && let Some(inner) = fields.remove(from)
    {
        fields.insert(to.to_owned(), inner);
    }
}

/// A Secret for what stands in the environment or in arguments of an object's pods, if anything does.
fn environment(object: &mut Value) -> Option<Value> {
    let (owner, namespace) =
        (pod::name(object).to_owned(), object["metadata"]["namespace"].clone());
    let labels = object["metadata"]["labels"].clone();
    let mut held = BTreeMap::new();
    let spec = pod::spec_mut(object)?;
    pod::each_container(spec, |container| take_out(container, &mut held));
    if held.is_empty() {
        return None;
    }
    let base = format!("{owner}-env");
    let name = format!("{base}-{}", digest(&json!(held)));
    pod::each_container(spec, |container| {
        for variable in pod::items(container, "env") {
            if let Some(reference) = variable.pointer_mut("/valueFrom/secretKeyRef")
                && reference["name"] == UNNAMED
            {
                reference["name"] = name.clone().into();
            }
        }
    });
    Some(secret(&name, &namespace, labels, &held))
}

/// Arguments name the variable, which Kubernetes puts in their place when the container starts.
fn take_out(container: &mut Value, held: &mut BTreeMap<String, String>) {
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for list in ["command", "args"] {
        for argument in pod::items(container, list) {
            let Value::String(text) = argument else { continue };
            for name in tokens_in(text).into_iter().filter(|name| is_secret(name)) {
                let variable = variable(&name);
                *text = text.replace(&token(&name), &format!("$({variable})"));
                wanted.insert(variable, token(&name));
            }
        }
    }
    let owner = pod::text(container, "/name").to_owned();
    let mut variables = Vec::new();
    let mut hide = |name: &str, value: String| {
        let key = format!("{owner}.{name}");
        let from = json!({"secretKeyRef": {"name": UNNAMED, "key": key}});
        held.insert(key, value);
        json!({"name": name, "valueFrom": from})
    };
    for (name, value) in wanted {
        variables.push(hide(&name, value));
    }
    let before = container.get("env").and_then(Value::as_array).cloned().unwrap_or_default();
    for one in before {
        let value = pod::text(&one, "/value");
        if tokens_in(value).iter().any(|name| is_secret(name)) {
            variables.push(hide(pod::text(&one, "/name"), value.to_owned()));
        } else {
            variables.push(one);
        }
    }
    if !variables.is_empty() {
        container["env"] = Value::Array(variables);
    }
}

/// `EDXAWS_MYSQL_ROOT_PASSWORD`.
pub fn variable(name: &str) -> String {
    format!("EDXAWS_{}", name.to_uppercase())
}

/// Stands for the Secret's name until its contents are known.
const UNNAMED: &str = "";

/// A Secret of texts.
pub fn secret(
    name: &str,
    namespace: &Value,
    labels: Value,
    texts: &BTreeMap<String, String>,
) -> Value {
    let mut secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "stringData": texts,
    });
    mark_generation(&mut secret);
    secret
}

/// Ten characters, none of which makes a word, as kustomize writes them.
pub fn digest(value: &Value) -> String {
    let hash = Sha256::digest(value.to_string());
    let hex: String = hash.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let letter = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(letter).collect()
}

const DIGITS: &str = "2456789bcdfghkmt";

/// `openedx-config` of `openedx-config-4875tk2f7f`.
pub fn generation_of(name: &str) -> Option<&str> {
    let (base, digest) = name.rsplit_once('-')?;
    let is_digest = digest.len() == 10 && digest.chars().all(|c| DIGITS.contains(c));
    (is_digest && !base.is_empty()).then_some(base)
}

fn mark_generation(object: &mut Value) {
    if !matches!(pod::kind(object), "ConfigMap" | "Secret") {
        return;
    }
    if let Some(base) = generation_of(pod::name(object)).map(str::to_owned) {
        let label = Map::from_iter([(GENERATION_OF.to_owned(), base.into())]);
        pod::lay(&mut object["metadata"]["labels"], label);
    }
}
