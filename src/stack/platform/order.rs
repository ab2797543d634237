//! Which objects come before which, what a pod reads, and what nodes are called.

use std::collections::BTreeSet;

use serde_json::Value;

use super::text;
use crate::openedx::overlay::{generation_of, is_store};

/// In the order in which they are applied. The initialisation's Jobs run before `App`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Namespace,
    Account,
    Config,
    Claim,
    Service,
    /// What keeps data.
    Store,
    App,
    /// Autoscalers, budgets, policies, and what only a plugin knows.
    Rest,
}

pub fn phase(object: &Value) -> Phase {
    match text(object, "/kind").as_str() {
        "Namespace" => Phase::Namespace,
        "ServiceAccount" | "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding"
        | "PriorityClass" | "LimitRange" | "ResourceQuota" => Phase::Account,
        "ConfigMap" | "Secret" => Phase::Config,
        "PersistentVolumeClaim" | "PersistentVolume" => Phase::Claim,
        "Service" | "Endpoints" => Phase::Service,
        "Deployment" | "StatefulSet" | "DaemonSet" if is_store(object) => Phase::Store,
        "Deployment" | "StatefulSet" | "DaemonSet" => Phase::App,
        _ => Phase::Rest,
    }
}

/// `main-lms`, `main-service-lms`; every generation of a hashed object has the same.
pub fn address_name(owner: &str, object: &Value) -> String {
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    let kind = kind.to_lowercase();
    let name = match kind.as_str() {
        "configmap" | "secret" => generation_of(&name).unwrap_or(&name),
        _ => name.as_str(),
    };
    let whole = match kind.as_str() {
        "deployment" => format!("{owner}-{name}"),
        "namespace" => format!("{owner}-namespace"),
        _ => format!("{owner}-{kind}-{name}"),
    };
    whole.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-")
}

/// Kinds and names of what the pods of a workload or a Job read.
pub fn reads(object: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    collect(object, &mut found);
    found
}

/// Where an object is named by name, and of which kind it then is.
const NAMED: &[(&str, &str, &str)] = &[
    ("configMap", "name", "ConfigMap"),
    ("configMapKeyRef", "name", "ConfigMap"),
    ("configMapRef", "name", "ConfigMap"),
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
    ("secret", "name", "Secret"),
    ("secret", "secretName", "Secret"),
    ("secretKeyRef", "name", "Secret"),
    ("secretRef", "name", "Secret"),
];

fn collect(value: &Value, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let named = NAMED.iter().filter(|(field, _, _)| field == key);
                for (_, name, kind) in named {
                    if let Some(name) = inner.get(name).and_then(Value::as_str) {
                        found.insert(((*kind).to_owned(), name.to_owned()));
                    }
                }
                collect(inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
