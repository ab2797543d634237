//! What stands in a cluster from its first moment.

use serde_json::{Value, json};

use super::scene::Scene;

/// Fills a new cluster.
pub fn plant(scene: &mut Scene<'_>) {
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        scene.make(json!({"kind": "Namespace", "metadata": {"name": name}}));
        furnish(scene, name);
    }
    everything().into_iter().for_each(|object| drop(scene.make(object)));
}

/// What every namespace gets from the controllers.
pub fn furnish(scene: &mut Scene<'_>, namespace: &str) {
    scene.make(json!({"kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": namespace}}));
    let authority = super::authority(scene.world).unwrap_or_default();
    scene.make(json!({"kind": "ConfigMap",
        "metadata": {"name": "kube-root-ca.crt", "namespace": namespace},
        "data": {"ca.crt": authority}}));
}

fn everything() -> Vec<Value> {
    let role = |name: &str, verbs: Value| {
        json!({"kind": "ClusterRole", "metadata": {"name": name,
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": verbs}]})
    };
    let class = |name: &str, value: i64| {
        json!({"kind": "PriorityClass", "metadata": {"name": name}, "value": value,
            "description": "Used for system critical pods."})
    };
    vec![
        json!({"kind": "Service", "metadata": {"name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"}},
            "spec": {"clusterIP": "172.20.0.1",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP"}]}}),
        role("cluster-admin", json!(["*"])),
        role("admin", json!(["*"])),
        role("edit", json!(["create", "delete", "get", "list", "patch", "update", "watch"])),
        role("view", json!(["get", "list", "watch"])),
        json!({"kind": "ClusterRoleBinding", "metadata": {"name": "cluster-admin"},
            "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "Group", "name": "system:masters"}]}),
        class("system-cluster-critical", 2_000_000_000),
        class("system-node-critical", 2_000_001_000),
        // EKS's own class; since 1.30 it is not the default one.
        json!({"kind": "StorageClass", "metadata": {"name": "gp2"},
            "provisioner": "kubernetes.io/aws-ebs", "parameters": {"type": "gp2", "fsType": "ext4"},
            "volumeBindingMode": "WaitForFirstConsumer"}),
    ]
}
