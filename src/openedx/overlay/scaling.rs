//! How many pods: by load where the profile gives room for it, and never none at once.

use serde_json::{Value, json};

use super::sizes::Room;
use super::{Wishes, pod, secrets};
use crate::openedx::inputs::Cache;

/// Percent of what a pod asks for, on average, above which there are more pods. Django's memory
/// grows with use and hardly shrinks, so it counts only when it is nearly used up.
const CPU: u32 = 65;
const MEMORY: u32 = 90;
/// Tasks that wait for each worker before there are more.
const QUEUE: u32 = 10;

/// What the others need before they start: it owns a volume, or only passes things on.
pub fn is_store(object: &Value) -> bool {
    let claims = |spec: &Value| {
        let volumes = spec.get("volumes").and_then(Value::as_array);
        volumes.into_iter().flatten().any(|volume| volume.get("persistentVolumeClaim").is_some())
    };
    pod::kind(object) == "StatefulSet"
        || pod::is_workload(object)
            && (pod::spec(object).is_some_and(claims)
                || ["redis", "smtp"].contains(&pod::name(object)))
}

pub fn is_scaled(room: &Room, store: bool) -> bool {
    !store && room.scales()
}

/// Autoscalers and budgets for all workloads.
pub fn all(wishes: &Wishes<'_>, objects: &[Value]) -> Vec<Value> {
    let deployments = objects.iter().filter(|one| pod::kind(one) == "Deployment");
    let mut made = Vec::new();
    let mut queues = false;
    for deployment in deployments.filter(|one| !is_store(one)) {
        let room = wishes.room(pod::name(deployment));
        let waits_on = queues_of(deployment);
        if wishes.shared.keda && room.scales() && !waits_on.is_empty() {
            queues = true;
            made.push(budget(deployment));
            made.push(by_queue(wishes, deployment, &room, &waits_on));
        } else {
            made.extend(of(deployment, &room));
        }
    }
    if queues {
        made.extend(queue_access(wishes));
    }
    made
}

/// The budget and the autoscaler of one Deployment, as far as there can be more than one pod.
pub fn of(deployment: &Value, room: &Room) -> Vec<Value> {
    let budget = (room.max > 1).then(|| budget(deployment));
    budget.into_iter().chain(room.scales().then(|| by_load(deployment, room))).collect()
}

/// Over zones and hosts as far as it goes; a pod in the wrong place is better than none.
pub fn spread(labels: &Value) -> Value {
    let over = |key: &str| {
        json!({
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        })
    };
    json!([over("topology.kubernetes.io/zone"), over("kubernetes.io/hostname")])
}

/// The labels of the workload without its version's annotations.
fn metadata(of: &Value) -> Value {
    json!({
        "name": of["metadata"]["name"],
        "namespace": of["metadata"]["namespace"],
        "labels": of["metadata"]["labels"],
    })
}

/// A node is emptied one pod after the other.
fn budget(deployment: &Value) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(deployment),
        "spec": {"maxUnavailable": 1, "selector": deployment["spec"]["selector"]},
    })
}

fn by_load(deployment: &Value, room: &Room) -> Value {
    let metric = |name: &str, percent: u32| {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        json!({"type": "Resource", "resource": {"name": name, "target": target}})
    };
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(deployment),
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": deployment["metadata"]["name"],
            },
            "minReplicas": room.min,
            "maxReplicas": room.max,
            // Some servers keep it as autoscaling/v1, which has a field for CPU and puts it last.
            "metrics": [metric("memory", MEMORY), metric("cpu", CPU)],
            // A class that starts together comes and goes in waves of minutes.
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
        },
    })
}

/// The queues a worker was told to empty.
fn queues_of(deployment: &Value) -> Vec<String> {
    let Some(spec) = pod::spec(deployment) else { return Vec::new() };
    let words = pod::containers(spec).filter_map(|one| one.get("args")?.as_array()).flatten();
    let named = words.filter_map(|word| word.as_str()?.strip_prefix("--queues="));
    named.flat_map(|names| names.split(',').map(str::to_owned)).collect()
}

const ACCESS: &str = "edxaws-queues";

fn by_queue(wishes: &Wishes<'_>, deployment: &Value, room: &Room, queues: &[String]) -> Value {
    let (address, prefix, tls) = match &wishes.inputs.cache {
        Cache::Managed { host, port, .. } => {
            (format!("{host}:{port}"), format!("{}.", wishes.inputs.platform), "true")
        }
        Cache::InCluster => {
            (format!("redis.{}:6379", wishes.inputs.namespace), String::new(), "false")
        }
    };
    let mut triggers: Vec<Value> = queues
        .iter()
        .map(|queue| {
            json!({
                "type": "redis",
                "metadata": {
                    "address": address,
                    "databaseIndex": "0",
                    "enableTLS": tls,
                    "listLength": QUEUE.to_string(),
                    "listName": format!("{prefix}{queue}"),
                },
            })
        })
        .collect();
    if let Cache::Managed { .. } = wishes.inputs.cache {
        for trigger in &mut triggers {
            trigger["authenticationRef"] = json!({"name": ACCESS});
        }
    }
    triggers.push(json!({
        "type": "cpu",
        "metricType": "Utilization",
        "metadata": {"value": CPU.to_string()},
    }));
    json!({
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata(deployment),
        "spec": {
            "scaleTargetRef": {"name": deployment["metadata"]["name"]},
            "minReplicaCount": room.min,
            "maxReplicaCount": room.max,
            "triggers": triggers,
        },
    })
}

/// How KEDA opens the cache.
fn queue_access(wishes: &Wishes<'_>) -> Vec<Value> {
    let Cache::Managed { password, .. } = &wishes.inputs.cache else { return Vec::new() };
    let namespace = Value::from(wishes.inputs.namespace.clone());
    let texts = [("password".to_owned(), password.clone())].into();
    let parameter = json!({"parameter": "password", "name": ACCESS, "key": "password"});
    vec![
        secrets::secret(ACCESS, &namespace, json!({}), &texts),
        json!({
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "TriggerAuthentication",
            "metadata": {"name": ACCESS, "namespace": namespace},
            "spec": {"secretTargetRef": [parameter]},
        }),
    ]
}
