//! The web server of all platforms: the one that the load balancer's port leads to.
//!
//! A port of the nodes belongs to one Service, and every platform has a Caddy of its own. This one
//! sends each host to its platform's, and answers 200 to whoever asks for no host of theirs, as the
//! load balancer's health checks do: what one platform does must not take the nodes away from the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{WEB, images, pod, probes, scaling, secrets, security, sizes};
use crate::openedx::Rendered;
use crate::profile::Settings;
use crate::resources::kubernetes::wire::GENERATION_OF;
use crate::stack::network::NODE_PORT;

const NAME: &str = "web";
const PORT: u16 = 8080;
const IMAGE: &str = "docker.io/caddy:2.11.7";

pub fn objects(settings: &Settings, platforms: &BTreeMap<String, Rendered>) -> Vec<Value> {
    let config = config(platforms);
    let room = sizes::room(&settings.openedx, None, NAME);
    let deployment = deployment(settings, pod::name(&config), &room);
    let mut all = vec![namespace(), config, service(), deployment];
    all.extend(scaling::of(&all[3], &room));
    all
}

fn labels() -> Value {
    json!({"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "edxaws"})
}

fn namespace() -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": WEB, "labels": labels()}})
}

fn config(platforms: &BTreeMap<String, Rendered>) -> Value {
    let data = json!({"Caddyfile": caddyfile(platforms)});
    let base = "web-config";
    let mut labels = labels();
    labels[GENERATION_OF] = base.into();
    let name = format!("{base}-{}", secrets::digest(&data));
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": WEB, "labels": labels},
        "data": data,
    })
}

/// The balancer ends TLS and says so in headers, which are trusted because nobody else reaches the
/// nodes' port.
fn caddyfile(platforms: &BTreeMap<String, Rendered>) -> String {
    let mut text = format!(
        "{{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n\tservers {{\n\
         \t\ttrusted_proxies static private_ranges\n\t}}\n}}\n\n:{PORT} {{\n"
    );
    for (platform, rendered) in platforms {
        let mut hosts = rendered.hosts.clone();
        hosts.sort();
        hosts.dedup();
        let _ = write!(
            text,
            "\t@{platform} host {}\n\thandle @{platform} {{\n\
             \t\treverse_proxy caddy.{platform}.svc.cluster.local:80\n\t}}\n",
            hosts.join(" ")
        );
    }
    text.push_str("\thandle {\n\t\trespond \"edxaws\" 200\n\t}\n}\n");
    text
}

fn service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": WEB, "labels": labels()},
        "spec": {
            "type": "NodePort",
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [{
                "name": "http",
                "port": 80,
                "targetPort": PORT,
                "nodePort": NODE_PORT,
                "protocol": "TCP",
            }],
        },
    })
}

fn deployment(settings: &Settings, config: &str, room: &sizes::Room) -> Value {
    let selector = json!({"app.kubernetes.io/name": NAME});
    let mut container = json!({
        "name": NAME,
        "image": images::pinned(IMAGE, &settings.openedx),
        "imagePullPolicy": "Always",
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "resources": room.resources(),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/caddy", "readOnly": true}],
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "10"]}}},
    });
    let answers = json!({"httpGet": {"path": "/", "port": PORT}});
    pod::lay(&mut container, probes::of_store(&answers));
    let mut spec = json!({
        "containers": [container],
        "terminationGracePeriodSeconds": 30,
        "volumes": [{"name": "config", "configMap": {"name": config}}],
        "topologySpreadConstraints": scaling::spread(&selector),
    });
    security::restrict(&mut spec, NAME);
    let mut deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": WEB, "labels": labels()},
        "spec": {
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": selector},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
            },
            "template": {"metadata": {"labels": labels()}, "spec": spec},
        },
    });
    if !room.scales() {
        deployment["spec"]["replicas"] = room.min.into();
    }
    deployment
}
