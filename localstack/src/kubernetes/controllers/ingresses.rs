//! Ingresses of class `alb`: the AWS load balancer controller's work, when it runs.

use serde_json::{Value, json};

use super::balancers::{self, Wanted};
use super::{bind, condition, unbind};
use crate::kubernetes::json::{dying, list, name, namespace, set, text, uid};
use crate::kubernetes::scene::Scene;

const FINALIZER: &str = "ingress.k8s.aws/resources";

pub fn look(scene: &mut Scene<'_>, key: &str, ingress: &Value) {
    let later = scene.now + 10.0;
    let holds = list(ingress, "/metadata/finalizers").iter().any(|one| one == FINALIZER);
    if !alb(scene, ingress) || !running(scene) {
        // Without the controller nobody takes the finalizer off: the Ingress hangs.
        if dying(ingress) && holds {
            scene.cluster.wake(key, later);
        }
        return;
    }
    let about = format!("{}/{}", namespace(ingress), name(ingress));
    let tag = ("ingress.k8s.aws/stack".to_owned(), about.clone());
    if dying(ingress) {
        balancers::remove(scene, &tag);
        return unbind(scene, key, FINALIZER);
    }
    if !holds {
        bind(scene, key, FINALIZER);
    }
    let short = |text: &str, length: usize| {
        text.chars().filter(char::is_ascii_alphanumeric).take(length).collect::<String>()
    };
    let hash = short(uid(ingress), 10);
    let scheme = text(ingress, "/metadata/annotations/alb.ingress.kubernetes.io~1scheme");
    let base = format!("k8s-{}-{}-{hash}", short(namespace(ingress), 8), short(name(ingress), 8));
    let wanted = Wanted {
        name: base.clone(),
        kind: "application",
        internal: scheme != "internet-facing",
        ports: vec![80],
        tags: vec![
            ("elbv2.k8s.aws/cluster".to_owned(), scene.cluster.name.clone()),
            ("ingress.k8s.aws/resource".to_owned(), "LoadBalancer".to_owned()),
            tag,
        ],
        group: format!("{base}-sg"),
    };
    match balancers::ensure(scene, &wanted) {
        Ok(Some(host)) => {
            scene.change(key, |ingress| {
                set(ingress, "/status/loadBalancer/ingress", json!([{"hostname": host}]));
            });
            scene.event(ingress, "Normal", "SuccessfullyReconciled", "Successfully reconciled");
        }
        Ok(None) => scene.cluster.wake(key, later),
        Err(error) => {
            let message = format!("Failed deploy model due to {error}");
            scene.event(ingress, "Warning", "FailedDeployModel", &message);
            scene.cluster.wake(key, later);
        }
    }
}

fn alb(scene: &Scene<'_>, ingress: &Value) -> bool {
    let class = text(ingress, "/spec/ingressClassName");
    let old = text(ingress, "/metadata/annotations/kubernetes.io~1ingress.class");
    let object = scene.cluster.get(&format!("ingressclasses//{class}"));
    class == "alb"
        || old == "alb"
        || object.is_some_and(|one| text(one, "/spec/controller") == "ingress.k8s.aws/alb")
}

fn running(scene: &Scene<'_>) -> bool {
    let mut all = scene.cluster.list("deployments", None);
    all.any(|one| name(one) == "aws-load-balancer-controller" && condition(one, "Available"))
}
