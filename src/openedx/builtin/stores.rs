//! What keeps things in the cluster: search always, the others where AWS does not keep them.

use serde_json::{Value, json};

use super::images::Images;
use super::web::{deployment, port, service};
use crate::openedx::inputs::{Cache, Inputs, Mail, Mongodb};
use crate::openedx::values;

pub fn objects(inputs: &Inputs, images: &Images) -> Vec<Value> {
    let mut objects = store("meilisearch", 7700, "5Gi", meilisearch(images));
    if let Mongodb::InCluster { username, password, .. } = &inputs.mongodb {
        objects.extend(store("mongodb", 27017, "5Gi", mongodb(images, username, password)));
    }
    if inputs.cache == Cache::InCluster {
        objects.extend(store("redis", 6379, "1Gi", redis(images)));
    }
    if inputs.mail == Mail::InCluster {
        objects.push(service("smtp", "ClusterIP", &port(8025)));
        objects.push(deployment("smtp", &smtp(images, inputs)));
    }
    objects
}

/// Service, volume and one pod, which must be gone before another takes its volume.
fn store(name: &str, number: u16, size: &str, pod: Value) -> Vec<Value> {
    let mut pod = pod;
    pod["volumes"] = match pod["volumes"].take() {
        Value::Array(mut others) => {
            others.push(claimed(name));
            Value::Array(others)
        }
        _ => json!([claimed(name)]),
    };
    let mut deployment = deployment(name, &pod);
    deployment["spec"]["strategy"] = json!({"type": "Recreate"});
    let label = json!({
        "app.kubernetes.io/component": "volume", "app.kubernetes.io/name": name,
    });
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": label},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    });
    vec![service(name, "ClusterIP", &port(number)), claim, deployment]
}

fn claimed(name: &str) -> Value {
    json!({"name": "data", "persistentVolumeClaim": {"claimName": name}})
}

/// Runs as `user`, to whom the volume belongs.
fn pod(user: u32, container: Value) -> Value {
    let mut container = container;
    container["securityContext"] = json!({"allowPrivilegeEscalation": false});
    json!({
        "securityContext": {
            "runAsUser": user, "runAsGroup": user, "fsGroup": user,
            "fsGroupChangePolicy": "OnRootMismatch",
        },
        "containers": [container],
    })
}

fn meilisearch(images: &Images) -> Value {
    let key = values::token(values::MEILISEARCH_MASTER_KEY);
    pod(
        1000,
        json!({
            "name": "meilisearch",
            "image": images.meilisearch,
            "env": [{"name": "MEILI_MASTER_KEY", "value": key}],
            "ports": [{"containerPort": 7700}],
            "volumeMounts": [{"name": "data", "mountPath": "/meili_data"}],
        }),
    )
}

fn mongodb(images: &Images, username: &str, password: &str) -> Value {
    pod(
        999,
        json!({
            "name": "mongodb",
            "image": images.mongodb,
            "args": ["mongod", "--storageEngine", "wiredTiger"],
            "env": [
                {"name": "MONGO_INITDB_ROOT_USERNAME", "value": username},
                {"name": "MONGO_INITDB_ROOT_PASSWORD", "value": password},
            ],
            "ports": [{"containerPort": 27017}],
            "volumeMounts": [{"name": "data", "mountPath": "/data/db"}],
        }),
    )
}

fn redis(images: &Images) -> Value {
    let mut pod = pod(
        1000,
        json!({
            "name": "redis",
            "image": images.redis,
            "args": ["redis-server", "/openedx/redis/config/redis.conf"],
            "workingDir": "/openedx/redis/data",
            "ports": [{"containerPort": 6379}],
            "volumeMounts": [
                {"name": "config", "mountPath": "/openedx/redis/config"},
                {"name": "data", "mountPath": "/openedx/redis/data"},
            ],
        }),
    );
    pod["volumes"] = json!([{"name": "config", "configMap": {"name": "redis-config"}}]);
    pod
}

fn smtp(images: &Images, inputs: &Inputs) -> Value {
    json!({
        "securityContext": {"runAsUser": 100, "runAsGroup": 101},
        "containers": [{
            "name": "smtp",
            "image": images.smtp,
            "env": [{"name": "HOSTNAME", "value": inputs.lms_host}],
            "ports": [{"containerPort": 8025}],
        }],
    })
}
