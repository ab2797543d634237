//! What answers people: the web server, LMS, Studio, their workers, the micro-frontends.

use serde_json::{Value, json};

use super::images::Images;

pub fn objects(images: &Images) -> Vec<Value> {
    let mut objects = vec![
        service("caddy", "ClusterIP", &json!([{"name": "http", "port": 80, "protocol": "TCP"}])),
        service("mfe", "NodePort", &port(8002)),
        deployment("caddy", &caddy(images)),
        deployment("mfe", &mfe(images)),
    ];
    for variant in ["lms", "cms"] {
        objects.push(service(variant, "ClusterIP", &port(8000)));
        objects.push(deployment(variant, &server(images, variant)));
        objects.push(deployment(&format!("{variant}-worker"), &worker(images, variant)));
    }
    objects
}

/// One port, as most Services have it. The protocol is never left out: server-side apply needs it.
pub fn port(port: u16) -> Value {
    json!([{"port": port, "protocol": "TCP"}])
}

pub fn service(name: &str, kind: &str, ports: &Value) -> Value {
    let label = json!({"app.kubernetes.io/name": name});
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": label},
        "spec": {"type": kind, "ports": ports, "selector": label},
    })
}

pub fn deployment(name: &str, pod: &Value) -> Value {
    let label = json!({"app.kubernetes.io/name": name});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "labels": label},
        "spec": {
            "selector": {"matchLabels": label},
            "template": {"metadata": {"labels": label}, "spec": pod},
        },
    })
}

fn caddy(images: &Images) -> Value {
    json!({
        "containers": [{
            "name": "caddy",
            "image": images.caddy,
            "env": [{"name": "default_site_port", "value": ":80"}],
            "ports": [{"containerPort": 80}],
            "volumeMounts": [{"name": "config", "mountPath": "/etc/caddy/"}],
        }],
        "volumes": [{"name": "config", "configMap": {"name": "caddy-config"}}],
    })
}

fn mfe(images: &Images) -> Value {
    json!({
        "containers": [{
            "name": "mfe",
            "image": images.mfe,
            "ports": [{"containerPort": 8002}],
            "volumeMounts": [{"name": "config", "mountPath": "/etc/caddy/"}],
        }],
        "volumes": [{"name": "config", "configMap": {"name": "mfe-caddy-config"}}],
    })
}

fn server(images: &Images, variant: &str) -> Value {
    let mut pod = django(images, variant, variant);
    let container = &mut pod["containers"][0];
    container["ports"] = json!([{"containerPort": 8000}]);
    container["resources"] = json!({"requests": {"memory": "2Gi"}});
    extend(&mut container["env"], json!({"name": "UWSGI_WORKERS", "value": "2"}));
    let file = "uwsgi.ini";
    let mount = json!({"name": "uwsgi-config", "mountPath": "/openedx/uwsgi.ini", "subPath": file});
    extend(&mut container["volumeMounts"], mount);
    let items = json!([{"key": file, "path": file}]);
    let map = json!({"name": "openedx-uwsgi-config", "items": items});
    extend(&mut pod["volumes"], json!({"name": "uwsgi-config", "configMap": map}));
    pod
}

fn worker(images: &Images, variant: &str) -> Value {
    let core = format!("edx.{variant}.core");
    let third = if variant == "lms" { "high_mem" } else { "low" };
    let mut pod = django(images, variant, &format!("{variant}-worker"));
    pod["containers"][0]["args"] = json!([
        "celery",
        format!("--app={variant}.celery"),
        "worker",
        "--loglevel=info",
        format!("--hostname={core}.default.%h"),
        format!("--queues={core}.default,{core}.high,{core}.{third}"),
        "--max-tasks-per-child=100",
        "--prefetch-multiplier=1",
        "--without-gossip",
        "--without-mingle",
    ]);
    pod
}

/// A pod of the platform's own image with its settings in place.
pub fn django(images: &Images, variant: &str, container: &str) -> Value {
    let volume = |(name, map): (&str, &str)| json!({"name": name, "configMap": {"name": map}});
    let volumes = [
        ("settings-lms", "openedx-settings-lms"),
        ("settings-cms", "openedx-settings-cms"),
        ("config", "openedx-config"),
    ];
    json!({
        "securityContext": {"runAsUser": 1000, "runAsGroup": 1000},
        "containers": [{
            "name": container,
            "image": images.openedx,
            "env": [
                {"name": "SERVICE_VARIANT", "value": variant},
                {"name": "DJANGO_SETTINGS_MODULE",
                 "value": format!("{variant}.envs.tutor.production")},
            ],
            "securityContext": {"allowPrivilegeEscalation": false},
            "volumeMounts": [
                {"name": "settings-lms", "mountPath": "/openedx/edx-platform/lms/envs/tutor/"},
                {"name": "settings-cms", "mountPath": "/openedx/edx-platform/cms/envs/tutor/"},
                {"name": "config", "mountPath": "/openedx/config"},
            ],
        }],
        "volumes": volumes.map(volume),
    })
}

fn extend(list: &mut Value, item: Value) {
    if let Some(list) = list.as_array_mut() {
        list.push(item);
    }
}
