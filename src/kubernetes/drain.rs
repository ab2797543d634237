//! What a cluster must give back before it goes: what its controllers made in AWS for somebody.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::object::{Api, ObjectId};
use crate::aws::{Failure, Verdict, verdict};

/// An object that stands for something in AWS, and what that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    pub id: ObjectId,
    pub uid: String,
    /// `load balancer`, `volume` …
    pub holds: String,
}

/// The kinds whose objects stand for something in AWS. The controllers that take these things away
/// run in the cluster, so it has to live until they are done.
const HOLDERS: &[(&str, &str, &str)] = &[
    ("gateway.networking.k8s.io/v1", "Gateway", "load balancer"),
    ("networking.k8s.io/v1", "Ingress", "load balancer"),
    ("v1", "Service", "load balancer"),
    ("v1", "PersistentVolumeClaim", "volume"),
    ("v1", "PersistentVolume", "volume"),
];

/// Everything in the cluster that stands for something in AWS.
pub async fn leftovers(api: &Api) -> Result<Vec<Leftover>, Failure> {
    let mut all = Vec::new();
    for (version, kind, holds) in HOLDERS {
        let like = ObjectId::new(version, kind, None, "");
        let found = match api.list(&like, "").await {
            // A kind this cluster does not know has no objects.
            Err(failure) if verdict(&failure) == Verdict::Gone => continue,
            found => found?,
        };
        all.extend(found.iter().filter(|one| stands_for_something(one)).filter_map(|one| {
            let uid = one.pointer("/metadata/uid")?.as_str()?.to_owned();
            Some(Leftover { id: ObjectId::of(one)?, uid, holds: (*holds).to_owned() })
        }));
    }
    Ok(all)
}

fn stands_for_something(object: &Value) -> bool {
    match object["kind"].as_str() {
        Some("Service") => object.pointer("/spec/type") == Some(&json!("LoadBalancer")),
        // One that is retained on purpose is somebody's decision; its claim's end does not end it.
        Some("PersistentVolume") => {
            object.pointer("/spec/persistentVolumeReclaimPolicy") == Some(&json!("Delete"))
                && object.pointer("/status/phase") != Some(&json!("Available"))
        }
        _ => true,
    }
}

/// Asks for the removal of each; volumes go with their claims, claims with the pods that use them.
pub async fn remove(api: &Api, leftovers: &[Leftover]) -> Result<(), Failure> {
    for one in leftovers.iter().filter(|one| one.id.kind != "PersistentVolume") {
        if one.id.kind == "PersistentVolumeClaim" {
            release(api, &one.id).await?;
        }
        api.delete(&one.id, Some(&one.uid), kube::api::PropagationPolicy::Background).await?;
    }
    Ok(())
}

/// Whatever mounts the claim is stopped: a claim in use is not deleted.
async fn release(api: &Api, claim: &ObjectId) -> Result<(), Failure> {
    for (version, kind) in [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet")] {
        let like = ObjectId::new(version, kind, claim.namespace.as_deref(), "");
        for workload in api.list(&like, "").await?.iter().filter(|one| mounts(one, &claim.name)) {
            if let Some(id) = ObjectId::of(workload) {
                api.merge(&id, &json!({"spec": {"replicas": 0}})).await?;
            }
        }
    }
    Ok(())
}

/// Whether a workload's pods use the claim, by name or as one of a StatefulSet's own.
fn mounts(workload: &Value, claim: &str) -> bool {
    let volumes = workload.pointer("/spec/template/spec/volumes").and_then(Value::as_array);
    let named = volumes.into_iter().flatten().any(|volume| {
        volume.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str) == Some(claim)
    });
    let set = workload.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let templates = workload.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let own = templates.into_iter().flatten().any(|template| {
        let name = template.pointer("/metadata/name").and_then(Value::as_str);
        name.is_some_and(|name| claim.starts_with(&format!("{name}-{set}-")))
    });
    named || own
}
