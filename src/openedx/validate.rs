//! Whether objects are what Kubernetes takes: each through its own type and back.
//!
//! Finds unknown kinds, unknown fields and wrong types. Blind to required fields that are missing,
//! and to unknown fields that hold an empty map.

use std::fmt;

use k8s_openapi::api::{
    apps, autoscaling, batch, core, networking, policy, rbac, scheduling, storage,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// `Deployment lms`.
    pub object: String,
    /// `spec.template.spec.containers[0].prots`; empty for the object as a whole.
    pub path: String,
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}: {}", self.object, self.message),
            path => write!(f, "{}: `{path}` {}", self.object, self.message),
        }
    }
}

/// Everything wrong with all of them.
pub fn validate(objects: &[Value]) -> Vec<Flaw> {
    objects.iter().flat_map(flaws).collect()
}

fn flaws(object: &Value) -> Vec<Flaw> {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
    let (version, kind) = (text("/apiVersion"), text("/kind"));
    let name = text("/metadata/name").unwrap_or("without a name");
    let called = format!("{} {name}", kind.unwrap_or("object"));
    let flaw = |path: String, message: String| Flaw { object: called.clone(), path, message };
    let (Some(version), Some(kind)) = (version, kind) else {
        return vec![flaw(String::new(), "has no `apiVersion` or no `kind`".to_owned())];
    };
    let back = match trip(version, kind, object) {
        None => return vec![flaw(String::new(), format!("no kind `{kind}` in `{version}`"))],
        Some(Err(message)) => {
            let path = culprit(version, kind, object).unwrap_or_default();
            return vec![flaw(path, message)];
        }
        Some(Ok(back)) => back,
    };
    let mut lost = Vec::new();
    compare(object, &back, String::new(), &mut lost);
    lost.into_iter()
        .map(|path| flaw(path, "is no field that Kubernetes knows".to_owned()))
        .collect()
}

/// The object as its type writes it again; `None` for a type that is not known.
fn trip(version: &str, kind: &str, object: &Value) -> Option<Result<Value, String>> {
    macro_rules! types {
        ($($version:literal $kind:literal $type:ty;)*) => {
            match (version, kind) {
                $(($version, $kind) => Some(there_and_back::<$type>(object)),)*
                _ => None,
            }
        };
    }
    types! {
        "apps/v1" "DaemonSet" apps::v1::DaemonSet;
        "apps/v1" "Deployment" apps::v1::Deployment;
        "apps/v1" "StatefulSet" apps::v1::StatefulSet;
        "autoscaling/v2" "HorizontalPodAutoscaler" autoscaling::v2::HorizontalPodAutoscaler;
        "batch/v1" "CronJob" batch::v1::CronJob;
        "batch/v1" "Job" batch::v1::Job;
        "networking.k8s.io/v1" "Ingress" networking::v1::Ingress;
        "networking.k8s.io/v1" "NetworkPolicy" networking::v1::NetworkPolicy;
        "policy/v1" "PodDisruptionBudget" policy::v1::PodDisruptionBudget;
        "rbac.authorization.k8s.io/v1" "ClusterRole" rbac::v1::ClusterRole;
        "rbac.authorization.k8s.io/v1" "ClusterRoleBinding" rbac::v1::ClusterRoleBinding;
        "rbac.authorization.k8s.io/v1" "Role" rbac::v1::Role;
        "rbac.authorization.k8s.io/v1" "RoleBinding" rbac::v1::RoleBinding;
        "scheduling.k8s.io/v1" "PriorityClass" scheduling::v1::PriorityClass;
        "storage.k8s.io/v1" "StorageClass" storage::v1::StorageClass;
        "v1" "ConfigMap" core::v1::ConfigMap;
        "v1" "Endpoints" core::v1::Endpoints;
        "v1" "LimitRange" core::v1::LimitRange;
        "v1" "Namespace" core::v1::Namespace;
        "v1" "PersistentVolume" core::v1::PersistentVolume;
        "v1" "PersistentVolumeClaim" core::v1::PersistentVolumeClaim;
        "v1" "Pod" core::v1::Pod;
        "v1" "ResourceQuota" core::v1::ResourceQuota;
        "v1" "Secret" core::v1::Secret;
        "v1" "Service" core::v1::Service;
        "v1" "ServiceAccount" core::v1::ServiceAccount;
    }
}

fn there_and_back<T: DeserializeOwned + Serialize>(object: &Value) -> Result<Value, String> {
    let typed = T::deserialize(object).map_err(|error| error.to_string())?;
    serde_json::to_value(typed).map_err(|error| error.to_string())
}

/// The field of a wrong type: the one without which the object would do. The parser's own message
/// does not say where.
fn culprit(version: &str, kind: &str, object: &Value) -> Option<String> {
    let mut paths = Vec::new();
    leaves(object, "", String::new(), &mut paths);
    let mended = |pointer: &str| {
        let mut without = object.clone();
        *without.pointer_mut(pointer)? = Value::Null;
        trip(version, kind, &without)?.ok()
    };
    paths.into_iter().find(|(pointer, _)| mended(pointer).is_some()).map(|(_, path)| path)
}

/// Everything that is neither map nor list, and then the maps and lists: as JSON pointer and as path.
fn leaves(value: &Value, pointer: &str, path: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                leaves(inner, &pointer, below(&path, name), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                leaves(inner, &format!("{pointer}/{index}"), format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
    found.push((pointer.to_owned(), path));
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Paths of what is in `written` and not in `back`. Nulls and what is empty may go.
fn compare(written: &Value, back: &Value, path: String, lost: &mut Vec<String>) {
    match (written, back) {
        (Value::Object(fields), Value::Object(kept)) => {
            for (name, value) in fields {
                let path = below(&path, name);
                match kept.get(name) {
                    Some(other) => compare(value, other, path, lost),
                    None if is_empty(value) => {}
                    None => lost.push(path),
                }
            }
        }
        (Value::Array(items), Value::Array(kept)) if items.len() == kept.len() => {
            for (index, (item, other)) in items.iter().zip(kept).enumerate() {
                compare(item, other, format!("{path}[{index}]"), lost);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(container: &Value) -> Value {
        let labels = json!({"app": "lms"});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "lms"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        })
    }

    fn said(object: Value) -> Vec<String> {
        validate(&[object]).iter().map(Flaw::to_string).collect()
    }

    #[test]
    fn a_sound_object_has_no_flaw() {
        let container = json!({"name": "lms", "image": "x", "env": [], "args": null,
            "ports": [{"containerPort": 8000}], "resources": {"requests": {"memory": "2Gi"}}});
        assert_eq!(said(deployment(&container)), [""; 0]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let unknown = json!({"name": "lms", "prots": [{"containerPort": 8000}]});
        assert_eq!(
            said(deployment(&unknown)),
            [
                "Deployment lms: `spec.template.spec.containers[0].prots` is no field that Kubernetes knows"
            ]
        );
        let wrong = json!({"name": "lms", "ports": [{"containerPort": "8000"}]});
        let messages = said(deployment(&wrong));
        let path = "Deployment lms: `spec.template.spec.containers[0].ports[0].containerPort` ";
        assert!(messages[0].starts_with(path), "{messages:?}");
        assert!(messages[0].contains("invalid type: string"), "{messages:?}");
        let kind = json!({"apiVersion": "v1", "kind": "Deploy", "metadata": {"name": "x"}});
        assert_eq!(said(kind), ["Deploy x: no kind `Deploy` in `v1`"]);
        assert_eq!(said(json!({})), ["object without a name: has no `apiVersion` or no `kind`"]);
    }
}
