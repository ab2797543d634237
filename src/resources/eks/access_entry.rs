//! An IAM principal that administers the cluster.

use aws_sdk_eks::types::{AccessEntry as Answer, AccessScope, AccessScopeType};
use serde::{Deserialize, Serialize};

use super::Cluster;
use super::wire::{found, in_cluster, missing, present, tagged, text};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of an access entry: cluster administrator. Policies that somebody associated
/// beside that are left alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessEntry {
    pub cluster: Ref<Cluster>,
    pub cluster_name: String,
    /// ARN of an IAM user or role, never of a session.
    pub principal: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessEntryLive {
    pub arn: String,
    pub cluster: String,
    pub principal: String,
    /// Whether the administrator's policy is associated, cluster-wide.
    pub admin: bool,
}

const POLICY: &str = "AmazonEKSClusterAdminPolicy";

impl Resource for AccessEntry {
    const KIND: &'static str = "eks_access_entry";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "eks:AssociateAccessPolicy",
        "eks:CreateAccessEntry",
        "eks:DeleteAccessEntry",
        "eks:DescribeAccessEntry",
        "eks:ListAssociatedAccessPolicies",
        "eks:TagResource",
    ];

    type Live = AccessEntryLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<AccessEntryLive>>> {
        let mut all = Vec::new();
        for Wanted { desired, .. } in wanted {
            let call = scope.aws.eks.describe_access_entry().principal_arn(&desired.principal);
            let answer = present(call.cluster_name(&desired.cluster_name).send().await)?;
            let entry = answer.as_ref().and_then(|answer| answer.access_entry());
            let Some(entry) = entry else { continue };
            let Some(mut one) = found(scope, entry.tags(), read(entry)) else { continue };
            one.live.admin = is_admin(scope, &one.live).await?;
            all.push(one);
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<AccessEntryLive> {
        let call = scope
            .aws
            .eks
            .create_access_entry()
            .cluster_name(&self.cluster_name)
            .principal_arn(&self.principal)
            .client_request_token(&claim.token)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.access_entry().map(read).ok_or_else(|| missing("CreateAccessEntry", "access entry"))
    }

    async fn update(&self, scope: &Scope, live: &AccessEntryLive, _claim: &Claim) -> Result<()> {
        let everywhere = AccessScope::builder().r#type(AccessScopeType::Cluster).build();
        let call = scope
            .aws
            .eks
            .associate_access_policy()
            .cluster_name(&live.cluster)
            .principal_arn(&live.principal)
            .policy_arn(policy(scope))
            .access_scope(everywhere);
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &AccessEntryLive) -> Result<()> {
        let call = scope.aws.eks.delete_access_entry().cluster_name(&live.cluster);
        call.principal_arn(&live.principal).send().await?;
        Ok(())
    }

    fn diff(&self, live: &AccessEntryLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        in_cluster(&mut diff, facts, &self.cluster, &live.cluster);
        diff.fixed("principal", &self.principal, &live.principal);
        diff.free("admin", &true, &live.admin);
        diff.finish()
    }
}

/// A policy of EKS's own, which belongs to no region and no account.
fn policy(scope: &Scope) -> String {
    format!("arn:{}:eks::aws:cluster-access-policy/{POLICY}", scope.stack.partition)
}

async fn is_admin(scope: &Scope, live: &AccessEntryLive) -> Result<bool> {
    let call = scope.aws.eks.list_associated_access_policies().cluster_name(&live.cluster);
    let answer = present(call.principal_arn(&live.principal).send().await)?;
    let policies = answer.map(|answer| answer.associated_access_policies.unwrap_or_default());
    let admin = policy(scope);
    Ok(policies.unwrap_or_default().iter().any(|one| {
        let scope = one.access_scope().and_then(|scope| scope.r#type());
        one.policy_arn() == Some(admin.as_str()) && scope == Some(&AccessScopeType::Cluster)
    }))
}

/// A new entry has no policies.
fn read(entry: &Answer) -> AccessEntryLive {
    AccessEntryLive {
        arn: text(entry.access_entry_arn()),
        cluster: text(entry.cluster_name()),
        principal: text(entry.principal_arn()),
        admin: false,
    }
}
