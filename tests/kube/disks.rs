//! What the EBS CSI driver does in a cluster, as far as the API server sees it: a volume for each claim
//! that a pod waits for, and its end.

use std::time::Duration;

use serde_json::{Value, json};

use super::kubelet::Troubles;
use super::wire::Wire;

const DRIVER: &str = "ebs.csi.aws.com";
const ROUND: Duration = Duration::from_millis(500);

/// Works until it is dropped.
pub async fn run(wire: Wire, troubles: Troubles) {
    loop {
        for claim in wire.list("/api/v1/persistentvolumeclaims").await {
            if wanted(&claim) && !unlucky(&claim, &troubles) {
                // It is there already when the claim is not bound yet.
                let _ = wire.post("/api/v1/persistentvolumes", &volume(&claim)).await;
            }
        }
        for volume in wire.list("/api/v1/persistentvolumes").await {
            let leaving = volume["metadata"]["deletionTimestamp"].is_string();
            if volume["status"]["phase"] == "Released" && !leaving {
                let name = volume["metadata"]["name"].as_str().unwrap();
                let _ = wire.delete(&format!("/api/v1/persistentvolumes/{name}"), &json!({})).await;
            }
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// The scheduler has chosen a node for its first consumer.
fn wanted(claim: &Value) -> bool {
    let note = |name: &str| claim["metadata"]["annotations"][name].as_str();
    claim["status"]["phase"] == "Pending"
        && note("volume.beta.kubernetes.io/storage-provisioner") == Some(DRIVER)
        && note("volume.kubernetes.io/selected-node").is_some()
}

fn unlucky(claim: &Value, troubles: &Troubles) -> bool {
    let text = |name: &str| claim["metadata"][name].as_str().unwrap_or_default();
    troubles.lock().unwrap().trouble(text("namespace"), text("name")).is_some()
}

fn volume(claim: &Value) -> Value {
    let metadata = &claim["metadata"];
    let uid = metadata["uid"].as_str().unwrap();
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": format!("pvc-{uid}"),
            "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER}},
        "spec": {
            "capacity": claim["spec"]["resources"]["requests"],
            "accessModes": claim["spec"]["accessModes"],
            "storageClassName": claim["spec"]["storageClassName"],
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "uid": uid,
                "namespace": metadata["namespace"], "name": metadata["name"]},
            "csi": {"driver": DRIVER, "volumeHandle": format!("vol-{uid}")},
        },
    })
}
