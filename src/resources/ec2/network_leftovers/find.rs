//! Finding what a cluster's controllers left: only what carries the cluster's own tags.

use std::fmt;

use aws_sdk_ec2::types::{NetworkInterfaceStatus, VolumeState};

use super::super::wire::filter;
use crate::aws::blocker::{Tags, balancer_tags, groups, interfaces, maker_by_tags, tags};
use crate::aws::{DataPolicy, tags as ours};
use crate::resource::{Result, Scope};

/// One thing that a controller left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub what: What,
    /// Its id, ARN or name, whatever deletes it.
    pub id: String,
    /// How large, of a volume.
    pub gib: Option<i32>,
    made: String,
}

/// In the order of removal: each may hold back those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    LoadBalancer,
    TargetGroup,
    Interface,
    SecurityGroup,
    Volume,
    LogGroup,
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::LoadBalancer => "load balancer",
            What::TargetGroup => "target group",
            What::Interface => "network interface",
            What::SecurityGroup => "security group",
            What::Volume => "volume",
            What::LogGroup => "log group",
        };
        let name = self.id.rsplit_once("loadbalancer/").map_or(&*self.id, |(_, name)| name);
        write!(f, "the {what} `{name}`{}", self.made)
    }
}

fn leftover(what: What, id: &str, tags: &Tags) -> Leftover {
    let made = maker_by_tags(tags).map(|made| format!(", {made}")).unwrap_or_default();
    Leftover { what, id: id.to_owned(), gib: None, made }
}

/// Everything that is left, in the order of removal.
pub async fn leftovers(scope: &Scope, vpc: &str, cluster: &str) -> Result<Vec<Leftover>> {
    let mut all = balancers(scope, vpc, cluster).await?;
    all.extend(target_groups(scope, vpc, cluster).await?);
    all.extend(loose_interfaces(scope, vpc, cluster).await?);
    all.extend(security_groups(scope, vpc, cluster).await?);
    // Volumes hold data.
    if scope.data == DataPolicy::Delete {
        all.extend(volumes(scope, cluster).await?);
    }
    all.extend(log_group(scope, cluster).await?);
    Ok(all)
}

/// Whether a thing was made in or for the cluster, and not by this stack itself.
fn of_cluster(tags: &Tags, cluster: &str) -> bool {
    let named = [
        "elbv2.k8s.aws/cluster",
        "cluster.k8s.amazonaws.com/name",
        "aws:eks:cluster-name",
        "KubernetesCluster",
    ];
    let owned = tags.get(&format!("kubernetes.io/cluster/{cluster}"));
    !tags.contains_key(ours::STACK)
        && (owned.is_some_and(|how| how == "owned")
            || named.iter().any(|key| tags.get(*key).is_some_and(|name| name == cluster)))
}

async fn balancers(scope: &Scope, vpc: &str, cluster: &str) -> Result<Vec<Leftover>> {
    let pages = scope.aws.elbv2.describe_load_balancers().into_paginator().items().send();
    let all: Vec<_> = pages.collect::<Result<_, _>>().await?;
    let here = all.iter().filter(|one| one.vpc_id() == Some(vpc));
    tagged(scope, What::LoadBalancer, here.filter_map(|one| one.load_balancer_arn()), cluster).await
}

async fn target_groups(scope: &Scope, vpc: &str, cluster: &str) -> Result<Vec<Leftover>> {
    let pages = scope.aws.elbv2.describe_target_groups().into_paginator().items().send();
    let all: Vec<_> = pages.collect::<Result<_, _>>().await?;
    let here = all.iter().filter(|one| one.vpc_id() == Some(vpc));
    tagged(scope, What::TargetGroup, here.filter_map(|one| one.target_group_arn()), cluster).await
}

async fn tagged<'a>(
    scope: &Scope,
    what: What,
    arns: impl Iterator<Item = &'a str>,
    cluster: &str,
) -> Result<Vec<Leftover>> {
    let arns: Vec<String> = arns.map(str::to_owned).collect();
    let all = balancer_tags(scope, &arns).await?;
    let left = all.iter().filter(|(_, tags)| of_cluster(tags, cluster));
    Ok(left.map(|(arn, tags)| leftover(what, arn, tags)).collect())
}

/// Interfaces of the CNI. Those still in use are on their way to being free: they are waited for.
async fn loose_interfaces(scope: &Scope, vpc: &str, cluster: &str) -> Result<Vec<Leftover>> {
    let all = interfaces(scope, "vpc-id", vpc).await?;
    let left = all.iter().filter_map(|one| {
        let tags = tags(one.tag_set());
        // Older versions of the CNI write the node only.
        let node = tags.contains_key("node.k8s.amazonaws.com/instance_id");
        let managed = one.requester_managed().unwrap_or_default();
        let ours = of_cluster(&tags, cluster) || node;
        let going = one.status() == Some(&NetworkInterfaceStatus::Detaching);
        (ours && !managed && !going).then(|| {
            leftover(What::Interface, one.network_interface_id().unwrap_or_default(), &tags)
        })
    });
    Ok(left.collect())
}

async fn security_groups(scope: &Scope, vpc: &str, cluster: &str) -> Result<Vec<Leftover>> {
    let all = groups(scope, vpc).await?;
    let left = all.iter().filter_map(|group| {
        let tags = tags(group.tags());
        of_cluster(&tags, cluster)
            .then(|| leftover(What::SecurityGroup, group.group_id().unwrap_or_default(), &tags))
    });
    Ok(left.collect())
}

async fn volumes(scope: &Scope, cluster: &str) -> Result<Vec<Leftover>> {
    let owned = filter("tag-key", &format!("kubernetes.io/cluster/{cluster}"));
    let call = scope.aws.ec2.describe_volumes().filters(owned);
    let all: Vec<_> = call.into_paginator().items().send().collect::<Result<_, _>>().await?;
    let left = all.iter().filter_map(|volume| {
        let tags = tags(volume.tags());
        let going = volume.state() == Some(&VolumeState::Deleting);
        let left = || leftover(What::Volume, volume.volume_id().unwrap_or_default(), &tags);
        (of_cluster(&tags, cluster) && !going).then(|| Leftover { gib: volume.size(), ..left() })
    });
    Ok(left.collect())
}

/// EKS makes it when nobody did; one of this stack is recorded and goes by itself.
async fn log_group(scope: &Scope, cluster: &str) -> Result<Option<Leftover>> {
    let name = format!("/aws/eks/{cluster}/cluster");
    let call = scope.aws.logs.describe_log_groups().log_group_name_prefix(&name);
    let answer = call.send().await?;
    let exact = answer.log_groups().iter().find(|group| group.log_group_name() == Some(&name));
    let Some(group) = exact else { return Ok(None) };
    let arn = group.log_group_arn().or(group.arn()).unwrap_or_default();
    let arn = arn.trim_end_matches(":*");
    let answer = scope.aws.logs.list_tags_for_resource().resource_arn(arn).send().await?;
    let ours = answer.tags().is_some_and(|tags| tags.contains_key(ours::STACK));
    let made = ", made by EKS".to_owned();
    Ok((!ours).then_some(Leftover { what: What::LogGroup, id: name, gib: None, made }))
}
