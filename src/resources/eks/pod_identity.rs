//! Which IAM role the pods of a service account get.

use aws_sdk_eks::types::{PodIdentityAssociation as Answer, PodIdentityAssociationSummary};
use serde::{Deserialize, Serialize};

use super::Cluster;
use super::wire::{found, in_cluster, missing, present, tagged, text};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::iam::Role;

/// Desired values of a pod identity association.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodIdentityAssociation {
    pub cluster: Ref<Cluster>,
    pub cluster_name: String,
    pub namespace: String,
    pub service_account: String,
    pub role: Ref<Role>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PodIdentityAssociationLive {
    pub id: String,
    pub arn: String,
    pub cluster: String,
    pub namespace: String,
    pub service_account: String,
    pub role_arn: String,
}

impl Resource for PodIdentityAssociation {
    const KIND: &'static str = "eks_pod_identity";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "eks:CreatePodIdentityAssociation",
        "eks:DeletePodIdentityAssociation",
        "eks:DescribePodIdentityAssociation",
        "eks:ListPodIdentityAssociations",
        "eks:TagResource",
        "eks:UpdatePodIdentityAssociation",
        "iam:GetRole",
        "iam:PassRole",
    ];

    type Live = PodIdentityAssociationLive;

    /// One call for all of a cluster. It shows neither role nor tags, so an association is described
    /// only while it is not recorded, or recorded with another role than the one wanted. What this
    /// cannot see: a role that somebody else gave to a recorded association.
    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<PodIdentityAssociationLive>>> {
        let mut clusters: Vec<&str> =
            wanted.iter().map(|one| one.desired.cluster_name.as_str()).collect();
        clusters.sort_unstable();
        clusters.dedup();
        let mut all = Vec::new();
        for cluster in clusters {
            let summaries = summaries(scope, cluster).await?;
            for one in wanted.iter().filter(|one| one.desired.cluster_name == cluster) {
                if let Some(summary) = summaries.iter().find(|summary| is_of(one, summary)) {
                    all.extend(look_up(scope, one, summary).await?);
                }
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<PodIdentityAssociationLive> {
        let call = scope
            .aws
            .eks
            .create_pod_identity_association()
            .cluster_name(&self.cluster_name)
            .namespace(&self.namespace)
            .service_account(&self.service_account)
            .role_arn(scope.live(&self.role)?.arn)
            .client_request_token(&claim.token)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let association = answer.association().map(read);
        association.ok_or_else(|| missing("CreatePodIdentityAssociation", "association"))
    }

    async fn update(
        &self,
        scope: &Scope,
        live: &PodIdentityAssociationLive,
        _claim: &Claim,
    ) -> Result<()> {
        let call = scope
            .aws
            .eks
            .update_pod_identity_association()
            .cluster_name(&live.cluster)
            .association_id(&live.id)
            .role_arn(scope.live(&self.role)?.arn);
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &PodIdentityAssociationLive) -> Result<()> {
        let call = scope.aws.eks.delete_pod_identity_association().cluster_name(&live.cluster);
        call.association_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &PodIdentityAssociationLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        in_cluster(&mut diff, facts, &self.cluster, &live.cluster);
        diff.fixed("namespace", &self.namespace, &live.namespace);
        diff.fixed("service_account", &self.service_account, &live.service_account);
        diff.free_fact("role", facts.map(&self.role, |role| role.arn), &live.role_arn);
        diff.finish()
    }
}

type Wish = Wanted<PodIdentityAssociation>;

async fn summaries(scope: &Scope, cluster: &str) -> Result<Vec<PodIdentityAssociationSummary>> {
    let call = scope.aws.eks.list_pod_identity_associations().cluster_name(cluster);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    Ok(present(pages)?.unwrap_or_default())
}

/// A cluster has one association for a service account at most.
fn is_of(one: &Wish, summary: &PodIdentityAssociationSummary) -> bool {
    summary.namespace() == Some(one.desired.namespace.as_str())
        && summary.service_account() == Some(one.desired.service_account.as_str())
}

async fn look_up(
    scope: &Scope,
    one: &Wish,
    summary: &PodIdentityAssociationSummary,
) -> Result<Option<Found<PodIdentityAssociationLive>>> {
    let id = summary.association_id().unwrap_or_default();
    let role = scope.facts.map(&one.desired.role, |role| role.arn);
    if let Some(live) = one.live.as_ref().filter(|live| live.id == id)
        && role.is_none_or(|role| role == live.role_arn)
    {
        return Ok(Some(Found::asked(&one.address, live.clone())));
    }
    let call = scope.aws.eks.describe_pod_identity_association().association_id(id);
    let answer = present(call.cluster_name(&one.desired.cluster_name).send().await)?;
    let association = answer.as_ref().and_then(|answer| answer.association());
    Ok(association.and_then(|association| found(scope, association.tags(), read(association))))
}

fn read(association: &Answer) -> PodIdentityAssociationLive {
    PodIdentityAssociationLive {
        id: text(association.association_id()),
        arn: text(association.association_arn()),
        cluster: text(association.cluster_name()),
        namespace: text(association.namespace()),
        service_account: text(association.service_account()),
        role_arn: text(association.role_arn()),
    }
}
