//! The order in which kustomize prints objects.

use serde_json::Value;

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// What others need first, then by group, version, kind, namespace and name.
pub fn sort(objects: &mut [Value]) {
    objects.sort_by_cached_key(|object| {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        // The core group has no name and stands behind the others.
        let (group, version) = version.rsplit_once('/').unwrap_or(("~", version));
        let identity = [group, version, kind, text("/metadata/namespace"), text("/metadata/name")];
        (rank(kind), identity.map(str::to_owned))
    });
}

fn rank(kind: &str) -> usize {
    let at = |list: &[&str]| list.iter().position(|known| *known == kind);
    at(FIRST).or_else(|| at(LAST).map(|position| FIRST.len() + 1 + position)).unwrap_or(FIRST.len())
}
