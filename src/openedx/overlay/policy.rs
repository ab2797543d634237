//! Who may talk to the pods of a platform: themselves, and the web server of all platforms.

use serde_json::{Value, json};

use super::{WEB, pod};
use crate::openedx::Inputs;

/// Policies for the platform's namespace, unless something rendered brings its own.
pub fn network(inputs: &Inputs, objects: &[Value]) -> Vec<Value> {
    if objects.iter().any(|object| pod::kind(object) == "NetworkPolicy") {
        return Vec::new();
    }
    let web = objects.iter().find(|one| pod::is_workload(one) && pod::name(one) == "caddy");
    let from_web = web.map(|caddy| {
        let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": WEB}});
        let (name, selector) = ("edxaws-from-web", caddy["spec"]["selector"].clone());
        policy(inputs, name, &selector, &json!({"namespaceSelector": namespace}))
    });
    let inside = policy(inputs, "edxaws-inside", &json!({}), &json!({"podSelector": {}}));
    std::iter::once(inside).chain(from_web).collect()
}

fn policy(inputs: &Inputs, name: &str, selector: &Value, from: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": inputs.namespace},
        "spec": {
            "podSelector": selector,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [from]}],
        },
    })
}
