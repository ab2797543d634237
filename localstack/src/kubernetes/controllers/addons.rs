//! What EKS add-ons (and the parts a cluster brings itself) put into `kube-system`.

use serde_json::{Value, json};

use crate::kubernetes::json::{name, namespace, text};
use crate::kubernetes::scene::Scene;
use crate::world::Stage;

/// Add-on, kind, name of the object, replicas.
const PARTS: &[(&str, &str, &str, i64)] = &[
    ("vpc-cni", "DaemonSet", "aws-node", 0),
    ("kube-proxy", "DaemonSet", "kube-proxy", 0),
    ("coredns", "Deployment", "coredns", 2),
    ("aws-ebs-csi-driver", "Deployment", "ebs-csi-controller", 2),
    ("aws-ebs-csi-driver", "DaemonSet", "ebs-csi-node", 0),
    ("eks-pod-identity-agent", "DaemonSet", "eks-pod-identity-agent", 0),
    ("metrics-server", "Deployment", "metrics-server", 2),
];

/// What a cluster has without add-ons, unless it was told not to.
const OWN: [&str; 3] = ["vpc-cni", "kube-proxy", "coredns"];

pub fn sync(scene: &mut Scene<'_>) {
    let cluster = format!("eks_cluster/{}", scene.cluster.name);
    let alone = scene
        .world
        .get(&cluster)
        .is_some_and(|one| one.attrs.get("$selfManaged") == Some(&Value::Bool(true)));
    for (addon, kind, part, replicas) in PARTS {
        let id = format!("eks_addon/{}/{addon}", scene.cluster.name);
        let stage = scene.world.get(&id).map(|one| one.stage(scene.now));
        let wanted = match stage {
            Some(Stage::Active | Stage::Changing) => true,
            Some(_) => false,
            None => alone && OWN.contains(addon),
        };
        let plural = format!("{}s", kind.to_lowercase());
        let key = format!("{plural}/kube-system/{part}");
        let there = scene.cluster.get(&key).is_some_and(|one| ours(one, addon));
        if wanted && scene.cluster.get(&key).is_none() {
            make(scene, addon, kind, part, *replicas);
        } else if !wanted && there {
            scene.delete(&key);
        }
    }
}

/// What a client has put there under the same name is none of the add-on's business.
fn ours(object: &Value, addon: &str) -> bool {
    namespace(object) == "kube-system"
        && text(object, "/metadata/labels/eks.amazonaws.com~1component") == addon
        && !name(object).is_empty()
}

fn make(scene: &mut Scene<'_>, addon: &str, kind: &str, part: &str, replicas: i64) {
    let labels = json!({"app.kubernetes.io/name": part, "k8s-app": part,
        "eks.amazonaws.com/component": addon});
    scene.make(json!({"kind": "ServiceAccount",
        "metadata": {"name": part, "namespace": "kube-system"}}));
    let image =
        format!("602401143452.dkr.ecr.{}.amazonaws.com/eks/{part}:addon", scene.cluster.region);
    let mut spec = json!({
        "selector": {"matchLabels": {"k8s-app": part}},
        "template": {"metadata": {"labels": labels}, "spec": {
            "serviceAccountName": part, "priorityClassName": "system-cluster-critical",
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"},
                {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}],
            "containers": [{"name": part, "image": image,
                "resources": {"requests": {"cpu": "25m", "memory": "64Mi"}}}]}}});
    if replicas > 0 {
        spec["replicas"] = replicas.into();
    }
    scene.make(json!({"kind": kind, "metadata": {"name": part, "namespace": "kube-system",
        "labels": labels}, "spec": spec}));
}
