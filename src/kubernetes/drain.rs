//! What a cluster must give back before it goes: what its controllers made in AWS for somebody.

use futures_util::future::try_join_all;
use kube::api::PropagationPolicy::Background;
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

/// Calls in flight while things are removed.
const AT_ONCE: usize = 16;

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
/// Every platform has some, so one after the other would take a minute for a hundred platforms.
pub async fn remove(api: &Api, leftovers: &[Leftover]) -> Result<(), Failure> {
    let ids = leftovers.iter().map(|one| &one.id);
    let claims: Vec<&ObjectId> = ids.filter(|id| id.kind == "PersistentVolumeClaim").collect();
    if !claims.is_empty() {
        release(api, &claims).await?;
    }
    for some in leftovers.chunks(AT_ONCE) {
        let going = some.iter().filter(|one| one.id.kind != "PersistentVolume");
        try_join_all(going.map(|one| api.delete(&one.id, Some(&one.uid), Background))).await?;
    }
    Ok(())
}

/// Whatever mounts one of the claims is stopped: a claim in use is not deleted.
async fn release(api: &Api, claims: &[&ObjectId]) -> Result<(), Failure> {
    let mut stopped = Vec::new();
    for (version, kind) in [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet")] {
        let workloads = api.list(&ObjectId::new(version, kind, None, ""), "").await?;
        let ids = workloads.iter().filter_map(|workload| {
            let id = ObjectId::of(workload)?;
            let mut near = claims.iter().filter(|claim| claim.namespace == id.namespace);
            near.any(|claim| mounts(workload, &claim.name)).then_some(id)
        });
        stopped.extend(ids);
    }
    for some in stopped.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|id| stop(api, id))).await?;
    }
    Ok(())
}

/// One that was deleted meanwhile has stopped.
async fn stop(api: &Api, workload: &ObjectId) -> Result<(), Failure> {
    match api.merge(workload, &json!({"spec": {"replicas": 0}})).await {
        Err(failure) if verdict(&failure) != Verdict::Gone => Err(failure),
        _ => Ok(()),
    }
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
