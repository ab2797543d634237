//! Services: their endpoints, and the load balancers of those that want one.

use serde_json::{Value, json};

use super::balancers::{self, Wanted};
use super::{bind, pods, reference, unbind};
use crate::kubernetes::json::{dying, list, map, name, namespace, number, set, text, uid};
use crate::kubernetes::scene::Scene;

const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";

pub fn look(scene: &mut Scene<'_>, key: &str, service: &Value) {
    let wants = text(service, "/spec/type") == "LoadBalancer";
    let holds = list(service, "/metadata/finalizers").iter().any(|one| one == FINALIZER);
    if dying(service) || holds && !wants {
        if holds {
            balancers::remove(scene, &tag(service));
            unbind(scene, key, FINALIZER);
        }
        return;
    }
    endpoints(scene, service);
    if !wants {
        return;
    }
    if !holds {
        bind(scene, key, FINALIZER);
        scene.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    }
    balance(scene, key, service);
}

/// The tag by which the controller finds its balancer again.
fn tag(service: &Value) -> (String, String) {
    let about = format!("{}/{}", namespace(service), name(service));
    ("kubernetes.io/service-name".to_owned(), about)
}

fn balance(scene: &mut Scene<'_>, key: &str, service: &Value) {
    let mark = "/metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-";
    let internal = text(service, &format!("{mark}internal")) == "true"
        || text(service, &format!("{mark}scheme")) == "internal";
    let ports: Vec<i64> =
        list(service, "/spec/ports").iter().filter_map(|port| number(port, "/port")).collect();
    let (tag, about) = tag(service);
    // The in-tree controller names its balancers after the Service's uid.
    let id: String = uid(service).chars().filter(|one| *one != '-').take(31).collect();
    let wanted = Wanted {
        name: format!("a{id}"),
        kind: "network",
        internal,
        ports,
        tags: vec![
            (format!("kubernetes.io/cluster/{}", scene.cluster.name), "owned".to_owned()),
            (tag, about),
        ],
        group: format!("k8s-elb-a{id}"),
    };
    match balancers::ensure(scene, &wanted) {
        Ok(Some(host)) => {
            scene.change(key, |service| {
                let ingress = json!([{"hostname": host}]);
                set(service, "/status/loadBalancer/ingress", ingress);
            });
            scene.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
        }
        Ok(None) => {
            let later = scene.now + 5.0;
            scene.cluster.wake(key, later);
        }
        Err(error) => {
            let message =
                format!("Error syncing load balancer: failed to ensure load balancer: {error}");
            scene.event(service, "Warning", "SyncLoadBalancerFailed", &message);
            let later = scene.now + 30.0;
            scene.cluster.wake(key, later);
        }
    }
}

fn endpoints(scene: &mut Scene<'_>, service: &Value) {
    let selector: Vec<(String, Value)> =
        map(service, "/spec/selector").map(|(key, value)| (key.clone(), value.clone())).collect();
    if selector.is_empty() {
        return;
    }
    let chosen = |pod: &&Value| {
        let labels = &pod["metadata"]["labels"];
        selector.iter().all(|(key, value)| labels.get(key) == Some(value)) && !pods::over(pod)
    };
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for pod in scene.cluster.list("pods", Some(namespace(service))).filter(chosen) {
        let address = json!({"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"],
            "targetRef": {"kind": "Pod", "name": name(pod), "namespace": namespace(pod),
                "uid": uid(pod)}});
        if text(pod, "/status/podIP").is_empty() || dying(pod) {
            continue;
        }
        if pods::ready(pod) { up.push(address) } else { down.push(address) }
    }
    let ports: Vec<Value> = list(service, "/spec/ports")
        .iter()
        .map(|port| {
            let number = port["targetPort"].as_i64().or(port["port"].as_i64());
            let mut shape = json!({"port": number, "protocol": port["protocol"]});
            if let Some(name) = port.get("name") {
                shape["name"] = name.clone();
            }
            shape
        })
        .collect();
    let mut subset = json!({"ports": ports});
    if !up.is_empty() {
        subset["addresses"] = up.into();
    }
    if !down.is_empty() {
        subset["notReadyAddresses"] = down.into();
    }
    let empty = subset.get("addresses").is_none() && subset.get("notReadyAddresses").is_none();
    let subsets = if empty { json!([]) } else { json!([subset]) };
    let key = format!("endpoints/{}/{}", namespace(service), name(service));
    if scene.cluster.get(&key).is_none() {
        scene.make(json!({"kind": "Endpoints", "metadata": {"name": name(service),
            "namespace": namespace(service), "ownerReferences": reference(service)}}));
    }
    scene.change(&key, |endpoints| set(endpoints, "/subsets", subsets));
}
