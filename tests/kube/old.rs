//! What a server before 1.23 does not know, translated or left out, each by name.

use edxaws::address::Address;
use edxaws::graph::{Graph, Node};
use edxaws::resources::kubernetes::wire::Manifest;
use edxaws::resources::kubernetes::{KubernetesJob, KubernetesObject, KubernetesWorkload};
use serde_json::Value;

/// Kinds that had another version, with the same fields.
const VERSIONS: &[(&str, &str)] =
    &[("autoscaling/v2", "autoscaling/v2beta2"), ("policy/v1", "policy/v1beta1")];
/// Fields that were not there yet.
const FIELDS: &[(&str, &str, &str)] = &[
    // kind, path, since
    ("PodDisruptionBudget", "/spec/unhealthyPodEvictionPolicy", "1.26"),
];

/// The same graph for a server of that age.
pub fn translated(graph: Graph) -> Graph {
    let mut old = graph.clone();
    for node in graph.nodes().filter(|node| node.address.kind().starts_with("kubernetes_")) {
        let mut manifest: Manifest = serde_json::from_value(node.desired.clone()).unwrap();
        if translate(&mut manifest.body) {
            replace(&mut old, node, manifest);
        }
    }
    old
}

fn translate(body: &mut Value) -> bool {
    let kind = body["kind"].as_str().unwrap_or_default().to_owned();
    let before = body.clone();
    for (new, old) in VERSIONS {
        if body["apiVersion"] == *new {
            body["apiVersion"] = (*old).into();
        }
    }
    for (_, path, _) in FIELDS.iter().filter(|(of, ..)| *of == kind) {
        let (parent, field) = path.rsplit_once('/').unwrap();
        if let Some(Value::Object(fields)) = body.pointer_mut(parent) {
            fields.remove(field);
        }
    }
    *body != before
}

fn replace(graph: &mut Graph, node: &Node, manifest: Manifest) {
    let Manifest { cluster, fills, body, versions, .. } = manifest;
    let manifest = Manifest::new(cluster, body, fills).unwrap().following(versions);
    let name = node.address.name();
    graph.part(node.part);
    let address: Address = match node.address.kind() {
        "kubernetes_object" => graph.add(name, KubernetesObject::new(manifest)).address,
        "kubernetes_workload" => graph.add(name, KubernetesWorkload::new(manifest)).address,
        "kubernetes_job" => graph.add(name, KubernetesJob::new(manifest)).address,
        other => panic!("`{other}` is not translated"),
    };
    graph.follows(&address, node.needs.iter().cloned());
}
