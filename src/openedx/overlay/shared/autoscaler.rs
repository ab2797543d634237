//! The Cluster Autoscaler: nodes for pods that find no room, and fewer when they are empty.

use serde_json::{Value, json};

use super::super::{images, pod, probes, security, sizes};
use super::Surface;
use crate::profile::Settings;
use crate::stack::cluster::AUTOSCALER;

const NAME: &str = AUTOSCALER.1;
const NAMESPACE: &str = AUTOSCALER.0;
const HEALTH: u16 = 8085;

pub fn objects(settings: &Settings, surface: Surface<'_>) -> Vec<Value> {
    let mut all = vec![account()];
    all.extend(rights("ClusterRole", None, &everywhere()));
    all.extend(rights("Role", Some(NAMESPACE), &at_home()));
    all.push(deployment(settings, surface));
    all
}

fn labels() -> Value {
    json!({"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "edxaws"})
}

fn account() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels()},
    })
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

/// It simulates the scheduler, so it reads what the scheduler reads; it taints nodes and evicts pods.
fn everywhere() -> Value {
    const LOOK: &[&str] = &["get", "list", "watch"];
    json!([
        rule("", &["events", "endpoints"], &["create", "patch"]),
        rule("", &["pods/eviction"], &["create"]),
        rule("", &["pods/status"], &["update"]),
        rule("", &["nodes"], &["get", "list", "watch", "update"]),
        rule(
            "",
            &[
                "namespaces",
                "persistentvolumeclaims",
                "persistentvolumes",
                "pods",
                "replicationcontrollers",
                "services",
            ],
            LOOK,
        ),
        rule("apps", &["daemonsets", "replicasets", "statefulsets"], LOOK),
        rule("batch", &["cronjobs", "jobs"], LOOK),
        rule("coordination.k8s.io", &["leases"], &["create", "get", "list", "watch"]),
        rule("policy", &["poddisruptionbudgets"], LOOK),
        rule("resource.k8s.io", &["deviceclasses", "resourceclaims", "resourceslices"], LOOK,),
        rule(
            "storage.k8s.io",
            &[
                "csidrivers",
                "csinodes",
                "csistoragecapacities",
                "storageclasses",
                "volumeattachments",
            ],
            LOOK,
        ),
    ])
}

/// What it says about itself, and the lease by which one of several leads.
fn at_home() -> Value {
    let status = ["cluster-autoscaler-status"];
    json!([
        rule("", &["configmaps"], &["create", "list", "watch"]),
        {
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": status,
            "verbs": ["delete", "get", "update", "watch"],
        },
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "resourceNames": [NAME],
            "verbs": ["get", "update"],
        },
        rule("coordination.k8s.io", &["leases"], &["create"]),
    ])
}

/// A role and who has it.
fn rights(kind: &str, namespace: Option<&str>, rules: &Value) -> [Value; 2] {
    let mut metadata = json!({"name": NAME, "labels": labels()});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    let version = "rbac.authorization.k8s.io/v1";
    [
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "rules": rules}),
        json!({
            "apiVersion": version,
            "kind": format!("{kind}Binding"),
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
        }),
    ]
}

/// The version is Kubernetes's own: the two simulate the same scheduler.
fn deployment(settings: &Settings, surface: Surface<'_>) -> Value {
    let image = format!("registry.k8s.io/autoscaling/cluster-autoscaler:v{}.0", surface.version);
    let tags =
        format!("k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/{}", surface.cluster);
    let room = sizes::room(&settings.openedx, None, NAME);
    let mut container = json!({
        "name": NAME,
        "image": images::pinned(&image, &settings.openedx),
        "imagePullPolicy": "Always",
        "command": [
            "./cluster-autoscaler",
            "--balance-similar-node-groups",
            "--cloud-provider=aws",
            "--expander=least-waste",
            format!("--node-group-auto-discovery=asg:tag={tags}"),
            "--skip-nodes-with-local-storage=false",
            "--skip-nodes-with-system-pods=false",
        ],
        "env": [{"name": "AWS_REGION", "value": surface.region}],
        "ports": [{"name": "http", "containerPort": HEALTH, "protocol": "TCP"}],
        "resources": room.resources(),
    });
    let health = json!({"httpGet": {"path": "/health-check", "port": HEALTH}});
    pod::lay(&mut container, probes::of_store(&health));
    let mut spec = json!({
        "automountServiceAccountToken": true,
        "containers": [container],
        "priorityClassName": "system-cluster-critical",
        "serviceAccountName": NAME,
    });
    security::restrict(&mut spec, NAME);
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels()},
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "template": {"metadata": {"labels": labels()}, "spec": spec},
        },
    })
}
