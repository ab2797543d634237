//! What changes all objects: namespace, labels, annotations, names of ConfigMaps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::kustomization::Labels;
use super::{KustomizeError, Result};

/// Kinds without a namespace that may come with a platform.
const CLUSTER_WIDE: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// Workloads whose pods come from `spec.template`.
const TEMPLATED: &[&str] =
    &["DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Workloads whose selector is made when there is none.
const SELECTING: &[&str] = &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"];

pub fn namespace(objects: &mut [Value], namespace: &str) {
    let is_account = |object: &&Value| object["kind"] == "ServiceAccount";
    let accounts: BTreeSet<String> = objects.iter().filter(is_account).filter_map(name).collect();
    for object in objects {
        let kind = kind(object);
        if kind == "Namespace" {
            object["metadata"]["name"] = namespace.into();
        } else if !CLUSTER_WIDE.contains(&kind.as_str()) {
            object["metadata"]["namespace"] = namespace.into();
        }
        if kind.ends_with("RoleBinding") {
            for subject in object["subjects"].as_array_mut().into_iter().flatten() {
                let name = subject["name"].as_str().unwrap_or_default();
                let account = subject["kind"] == "ServiceAccount" && accounts.contains(name);
                // Of whatever kind: so does kustomize.
                if account || name == "default" {
                    subject["namespace"] = namespace.into();
                }
            }
        }
    }
}

fn name(object: &Value) -> Option<String> {
    object["metadata"]["name"].as_str().map(str::to_owned)
}

fn kind(object: &Value) -> String {
    object["kind"].as_str().unwrap_or_default().to_owned()
}

pub fn annotations(objects: &mut [Value], pairs: &BTreeMap<String, String>) {
    for object in objects.iter_mut().filter(|_| !pairs.is_empty()) {
        for path in metadata_of(&kind(object), Templates::Included) {
            put(object, &[path, &["annotations"]].concat(), pairs, Missing::Make);
        }
    }
}

pub fn labels(objects: &mut [Value], wanted: &Labels) -> Result<()> {
    let Some(pairs) = wanted.pairs.as_ref().filter(|pairs| !pairs.is_empty()) else {
        return Ok(());
    };
    let templates = match wanted.include_selectors || wanted.include_templates {
        true => Templates::Included,
        false => Templates::LeftAlone,
    };
    for object in objects {
        let kind = kind(object);
        for path in metadata_of(&kind, templates) {
            put(object, &[path, &["labels"]].concat(), pairs, Missing::Make);
        }
        if matches!(templates, Templates::Included) {
            for claim in
                object.pointer_mut("/spec/volumeClaimTemplates").into_iter().flat_map(items)
            {
                put(claim, &["metadata", "labels"], pairs, Missing::Make);
            }
        }
        if wanted.include_selectors {
            selectors(object, &kind, pairs)?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Templates {
    Included,
    LeftAlone,
}

/// Where a kind has metadata: its own, and that of what it makes.
fn metadata_of(kind: &str, templates: Templates) -> Vec<&'static [&'static str]> {
    let mut paths: Vec<&'static [&'static str]> = vec![&["metadata"]];
    match (templates, kind) {
        (Templates::LeftAlone, _) => {}
        (Templates::Included, "CronJob") => {
            paths.push(&["spec", "jobTemplate", "metadata"]);
            paths.push(&["spec", "jobTemplate", "spec", "template", "metadata"]);
        }
        (Templates::Included, kind) if TEMPLATED.contains(&kind) => {
            paths.push(&["spec", "template", "metadata"]);
        }
        (Templates::Included, _) => {}
    }
    paths
}

#[derive(Clone, Copy)]
enum Missing {
    Make,
    Skip,
}

fn selectors(object: &mut Value, kind: &str, pairs: &BTreeMap<String, String>) -> Result<()> {
    match kind {
        "Service" | "ReplicationController" => {
            put(object, &["spec", "selector"], pairs, Missing::Make)
        }
        "NetworkPolicy" => {
            if object
                .pointer("/spec/ingress")
                .or(object.pointer("/spec/egress"))
                .is_some_and(narrow)
            {
                let message = "labels in the peers of a NetworkPolicy are not known here";
                return Err(KustomizeError::unknown(message));
            }
            put(object, &["spec", "podSelector", "matchLabels"], pairs, Missing::Skip);
        }
        kind if SELECTING.contains(&kind) => {
            put(object, &["spec", "selector", "matchLabels"], pairs, Missing::Make);
        }
        _ => {
            put(object, &["spec", "selector", "matchLabels"], pairs, Missing::Skip);
            let inner = ["spec", "jobTemplate", "spec", "selector", "matchLabels"];
            put(object, &inner, pairs, Missing::Skip);
        }
    }
    for pod in ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
        if let Some(pod) = object.pointer_mut(pod) {
            neighbours(pod, pairs);
        }
    }
    Ok(())
}

/// Whether the peers of a policy are chosen by labels.
fn narrow(rules: &Value) -> bool {
    rules.to_string().contains("\"matchLabels\"")
}

/// Selectors by which pods keep near to or away from their like.
fn neighbours(pod: &mut Value, pairs: &BTreeMap<String, String>) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    for affinity in ["podAffinity", "podAntiAffinity"] {
        for term in
            pod.pointer_mut(&format!("/affinity/{affinity}/{required}")).into_iter().flat_map(items)
        {
            put(term, &["labelSelector", "matchLabels"], pairs, Missing::Skip);
        }
        for term in pod
            .pointer_mut(&format!("/affinity/{affinity}/{preferred}"))
            .into_iter()
            .flat_map(items)
        {
            let path = ["podAffinityTerm", "labelSelector", "matchLabels"];
            put(term, &path, pairs, Missing::Skip);
        }
    }
    for constraint in pod.get_mut("topologySpreadConstraints").into_iter().flat_map(items) {
        put(constraint, &["labelSelector", "matchLabels"], pairs, Missing::Skip);
    }
}

fn items(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_array_mut().into_iter().flatten()
}

/// Adds the pairs to the map at the path.
fn put(object: &mut Value, path: &[&str], pairs: &BTreeMap<String, String>, missing: Missing) {
    let mut here = object;
    for step in path {
        let Some(fields) = here.as_object_mut() else { return };
        let there = fields.get(*step).is_some_and(|value| !value.is_null());
        match missing {
            Missing::Skip if !there => return,
            _ if !there => fields.insert((*step).to_owned(), Value::Object(Map::new())),
            _ => None,
        };
        here = &mut fields[*step];
    }
    if let Some(fields) = here.as_object_mut() {
        fields.extend(pairs.iter().map(|(key, value)| (key.clone(), json!(value))));
    }
}

/// Volumes and environments that name a ConfigMap follow its new name.
pub fn refer(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let names =
                    matches!(key.as_str(), "configMap" | "configMapRef" | "configMapKeyRef");
                if names && inner.get("name").is_some_and(|name| name == from) {
                    inner["name"] = to.into();
                }
                refer(inner, from, to);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| refer(inner, from, to)),
        _ => {}
    }
}
