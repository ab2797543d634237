//! Empties a cluster before it goes: what its controllers made in AWS for anybody, they must undo.
//!
//! While the cluster lives, a marker in it is all there is. Its delete takes away every load
//! balancer and volume that objects in the cluster stand for, and is done when they are gone.

use kube::api::PropagationPolicy;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::address::Ref;
use crate::aws::{Failure, Verdict, verdict};
use crate::kubernetes::{Api, Conflicts, Leftover, ObjectId, leftovers, remove};
use crate::resource::{
    Change, Claim, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::eks::Cluster;
use crate::resources::kubernetes::wire;

/// Desired values: which cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterDrain {
    pub cluster: Ref<Cluster>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterDrainLive {
    /// What has yet to go, once the marker is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<Leftover>,
}

impl Resource for ClusterDrain {
    const KIND: &'static str = "cluster_drain";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((0, 1, 10), (2, 20, 300));
    const ACTIONS: &'static [&'static str] = &["eks:DescribeCluster", "sts:GetCallerIdentity"];

    type Live = ClusterDrainLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<ClusterDrainLive>>> {
        let mut found = Vec::new();
        for one in wanted {
            let Ok(api) = wire::api(scope, &one.desired.cluster).await else { continue };
            match look(&api, one).await {
                Ok(Some(live)) => found.push(Found::asked(&one.address, live)),
                Ok(None) => {}
                Err(failure) => {
                    wire::unless_gone::<()>(scope, &one.desired.cluster, failure).await?;
                }
            }
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<ClusterDrainLive> {
        let api = wire::api(scope, &self.cluster).await?;
        let id = marker();
        let body = json!({
            "apiVersion": id.api_version,
            "kind": id.kind,
            "metadata": {
                "name": id.name,
                "namespace": id.namespace,
                // Not the label of the stack's objects: it is not one of them.
                "labels": {"app.kubernetes.io/managed-by": "edxaws"},
            },
            "data": {"stack": scope.stack.name, "region": scope.stack.region},
        });
        api.apply(&id, &body, Conflicts::TakeOver).await?;
        Ok(ClusterDrainLive { leftovers: Vec::new() })
    }

    async fn update(&self, _: &Scope, _: &ClusterDrainLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, _live: &ClusterDrainLive) -> Result<()> {
        let api = wire::api(scope, &self.cluster).await?;
        let left = leftovers(&api).await?;
        if left.is_empty() {
            return api.delete(&marker(), None, PropagationPolicy::Background).await;
        }
        // What a late request or a controller makes meanwhile is seen at the next try.
        remove(&api, &left).await?;
        Err(in_use(&left))
    }

    fn diff(&self, _live: &ClusterDrainLive, facts: &Facts) -> Change {
        let gone = wire::goes_with(&self.cluster, facts);
        gone.map_or(Change::Keep, |reason| Change::Replace(vec![reason]))
    }
}

async fn look(api: &Api, one: &Wanted<ClusterDrain>) -> Result<Option<ClusterDrainLive>> {
    if api.get(&marker()).await?.is_some() {
        return Ok(Some(ClusterDrainLive { leftovers: Vec::new() }));
    }
    // Never made: then there is nothing to be seen either, whatever runs in the cluster.
    if one.live.is_none() {
        return Ok(None);
    }
    let leftovers = match leftovers(api).await {
        Err(failure) if verdict(&failure) == Verdict::Gone => Vec::new(),
        found => found?,
    };
    Ok((!leftovers.is_empty()).then_some(ClusterDrainLive { leftovers }))
}

/// Tried again until nothing is left: what is deleted takes its controller a while.
fn in_use(left: &[Leftover]) -> Failure {
    let names: Vec<String> = left.iter().take(5).map(|one| one.id.to_string()).collect();
    let message = format!("{} things have yet to go: {}", left.len(), names.join(", "));
    let code = "DependencyViolation".to_owned();
    Failure { code, ..Failure::unexpected("kubernetes", "drain", message) }
}

fn marker() -> ObjectId {
    ObjectId::new("v1", "ConfigMap", Some("kube-system"), "edxaws")
}
