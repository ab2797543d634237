//! What Kubernetes' controllers leave in the network: nothing to make, much to take away.
//!
//! Controllers make load balancers, security groups, interfaces and volumes that no state knows, and
//! some outlive their cluster. This resource stands between the network and the cluster: it comes
//! before the cluster, so a destroy reaches it when the cluster is gone and before the security
//! groups and subnets go that those leftovers hold back. A tag on the VPC stands for it.

mod find;
mod remove;

use aws_sdk_ec2::types::Tag;
use serde::{Deserialize, Serialize};

pub use self::find::{Leftover, What, leftovers};
use super::wire::{filter, gone, ours};
use super::{SecurityGroup, Subnet, Vpc};
use crate::aws::{Failure, Verdict, verdict};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// The tag on the VPC; its value is the claim's token.
const MARK: &str = "edxaws:leftovers";

/// The code of a delete that found something left; it is tried again until nothing is.
const LEFT: &str = "LeftoversRemain";

/// Desired values: where to look when the cluster is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkLeftovers {
    pub vpc: Ref<Vpc>,
    /// Whose leftovers: only what carries this cluster's name is touched.
    pub cluster_name: String,
    /// What the leftovers hold back; it goes after them.
    pub subnets: Vec<Ref<Subnet>>,
    pub security_groups: Vec<Ref<SecurityGroup>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NetworkLeftoversLive {
    pub vpc_id: String,
}

impl Resource for NetworkLeftovers {
    const KIND: &'static str = "network_leftovers";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((0, 1, 3), (1, 5, 300));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateTags",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteTags",
        "ec2:DeleteVolume",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVolumes",
        "ec2:DescribeVpcs",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroups",
        "logs:DeleteLogGroup",
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
    ];

    type Live = NetworkLeftoversLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<NetworkLeftoversLive>>> {
        let marked = filter("tag-key", MARK);
        let call = scope.aws.ec2.describe_vpcs().filters(ours(scope)).filters(marked);
        let answer = call.send().await?;
        let address = wanted.first().map(|wanted| wanted.address.clone());
        let found = answer.vpcs().iter().filter_map(|vpc| {
            let mark = vpc.tags().iter().find(|tag| tag.key() == Some(MARK))?;
            let (token, vpc_id) = (mark.value().map(str::to_owned), vpc.vpc_id()?.to_owned());
            let live = NetworkLeftoversLive { vpc_id };
            Some(Found { address: address.clone(), token, live })
        });
        Ok(found.collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<NetworkLeftoversLive> {
        let vpc_id = scope.live(&self.vpc)?.id;
        let mark = Tag::builder().key(MARK).value(&claim.token).build();
        scope.aws.ec2.create_tags().resources(&vpc_id).tags(mark).send().await?;
        Ok(NetworkLeftoversLive { vpc_id })
    }

    async fn update(&self, _: &Scope, _: &NetworkLeftoversLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    /// Fails with what is left as long as something is: the engine tries again until its deadline.
    async fn delete(&self, scope: &Scope, live: &NetworkLeftoversLive) -> Result<()> {
        let left = self.sweep(scope, &live.vpc_id).await.map_err(moving)?;
        if !left.is_empty() {
            return Err(still(&left));
        }
        let mark = Tag::builder().key(MARK).build();
        gone(scope.aws.ec2.delete_tags().resources(&live.vpc_id).tags(mark).send().await)
    }

    fn diff(&self, live: &NetworkLeftoversLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        diff.finish()
    }
}

impl NetworkLeftovers {
    /// Takes away what is there; what is left then.
    async fn sweep(&self, scope: &Scope, vpc: &str) -> Result<Vec<Leftover>> {
        let found = leftovers(scope, vpc, &self.cluster_name).await?;
        if found.is_empty() {
            return Ok(found);
        }
        remove::all(scope, vpc, &found).await?;
        leftovers(scope, vpc, &self.cluster_name).await
    }
}

/// What one call found may be gone when the next asks about it: that is no word about the mark.
fn moving(failure: Failure) -> Failure {
    match verdict(&failure) {
        Verdict::Gone => remains(failure.to_string()),
        _ => failure,
    }
}

fn still(left: &[Leftover]) -> Failure {
    let named: Vec<String> = left.iter().map(ToString::to_string).collect();
    remains(format!("Kubernetes left {} in the network", named.join(", ")))
}

fn remains(message: String) -> Failure {
    Failure { code: LEFT.to_owned(), ..Failure::unexpected("edxaws", "Sweep", message) }
}
