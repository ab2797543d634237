//! Kubelets that start no container: they register nodes, keep them alive, and say of the pods on them
//! what real ones would. What shall go wrong is asked for as in the local Kubernetes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use edxaws_localstack::kubernetes::{Cluster, Trouble};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::reports::{next, owned_by_job};
use super::wire::Wire;

const ROUND: Duration = Duration::from_millis(300);
/// A node that is silent for forty seconds is taken for dead.
const ROUNDS_PER_BEAT: u32 = 30;
const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];

/// What shall go wrong; of a cluster of the local Kubernetes only that is used.
pub type Troubles = Arc<Mutex<Cluster>>;

pub struct Kubelets {
    pub wire: Wire,
    pub troubles: Troubles,
    /// Where the API server asks for logs.
    pub logs: u16,
}

impl Kubelets {
    /// Works until it is dropped. A round in which the API server is away is made up by the next.
    pub async fn run(self) {
        for number in 0.. {
            if number % ROUNDS_PER_BEAT == 0 {
                for zone in ZONES {
                    self.beat(zone).await;
                }
            }
            for pod in self.wire.list("/api/v1/pods?resourceVersion=0").await {
                self.look(&pod).await;
            }
            tokio::time::sleep(ROUND).await;
        }
    }

    async fn beat(&self, zone: &str) {
        let name = format!("node-{zone}");
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "us-east-1"}}});
        // It is there from the second beat on.
        let _ = self.wire.post("/api/v1/nodes", &node).await;
        let now = Timestamp::now().to_string();
        let room = json!({"cpu": "16", "memory": "64Gi", "pods": "58"});
        let status = json!({"capacity": room, "allocatable": room,
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.logs}},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                "lastHeartbeatTime": now, "lastTransitionTime": now}]});
        let path = format!("/api/v1/nodes/{name}/status");
        let _ = self.wire.merge(&path, &json!({"status": status})).await;
    }

    async fn look(&self, pod: &Value) {
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str);
        let (Some(space), Some(name), Some(_)) =
            (text("/metadata/namespace"), text("/metadata/name"), text("/spec/nodeName"))
        else {
            return;
        };
        let path = format!("/api/v1/namespaces/{space}/pods/{name}");
        if text("/metadata/deletionTimestamp").is_some() {
            let uid = &pod["metadata"]["uid"];
            let now = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": uid}});
            let _ = self.wire.delete(&path, &now).await;
            return;
        }
        if !self.mounted(space, pod).await {
            return;
        }
        let trouble = self.trouble(space, name);
        if let Some(status) = next(pod, trouble.as_ref(), Timestamp::now()) {
            let _ = self.wire.merge(&format!("{path}/status"), &json!({"status": status})).await;
            self.count(space, name, pod, &status);
        }
    }

    /// No container starts before all that its pod mounts is there.
    async fn mounted(&self, space: &str, pod: &Value) -> bool {
        if pod["status"]["phase"] != "Pending" {
            return true;
        }
        let volumes = pod["spec"]["volumes"].as_array();
        for volume in volumes.into_iter().flatten() {
            let (plural, name) = match (&volume["secret"], &volume["configMap"]) {
                (Value::Object(secret), _) => ("secrets", &secret["secretName"]),
                (_, Value::Object(map)) => ("configmaps", &map["name"]),
                _ => continue,
            };
            let name = name.as_str().unwrap_or_default();
            let path = format!("/api/v1/namespaces/{space}/{plural}/{name}");
            if self.wire.get(&path).await.is_err() {
                return false;
            }
        }
        true
    }

    fn trouble(&self, space: &str, name: &str) -> Option<Trouble> {
        self.troubles.lock().unwrap().trouble(space, name).map(|one| one.trouble.clone())
    }

    /// A failure that is asked for a number of times strikes as many pods.
    fn count(&self, space: &str, name: &str, pod: &Value, status: &Value) {
        if owned_by_job(pod) && status["phase"] == "Failed" {
            let fits = |trouble: &Trouble| matches!(trouble, Trouble::JobFails { .. });
            self.troubles.lock().unwrap().struck(space, name, fits);
        }
    }
}
