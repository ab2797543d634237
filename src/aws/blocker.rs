//! Who holds an object back that AWS refuses to delete, and who made the one that does.

mod maker;

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, NetworkInterface, SecurityGroup};
use serde_json::Value;

pub use maker::{Tags, maker_by_tags, tags};

use super::{Failure, Scope, Verdict, verdict};

/// How many are named before the rest is only counted.
const NAMED: usize = 3;

/// "`sg-1` is used by `eni-2`, made by the load balancer controller for Service `openedx/caddy`";
/// nothing when AWS shows nobody. `live` are the live values of what cannot be deleted.
pub async fn blocker(scope: &Scope, live: &Value) -> Option<String> {
    let text = |name: &str| live.get(name).and_then(Value::as_str);
    let id = text("id").or_else(|| text("arn"))?;
    let holders = match holders(scope, id, text("vpc_id")).await {
        Ok(holders) => holders,
        Err(failure) => {
            tracing::debug!(%failure, "cannot find out who uses {id}");
            return None;
        }
    };
    sentence(id, &holders)
}

fn sentence(id: &str, holders: &[String]) -> Option<String> {
    let named = holders.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; and by ");
    let rest = match holders.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!("; and by {rest} more"),
    };
    (!holders.is_empty()).then(|| format!("`{id}` is used by {named}{rest}"))
}

async fn holders(scope: &Scope, id: &str, vpc: Option<&str>) -> Result<Vec<String>, Failure> {
    let prefix = id.split('-').next().unwrap_or_default();
    Ok(match (prefix, vpc) {
        ("sg", Some(vpc)) => {
            let mut all = described(scope, interfaces(scope, "group-id", id).await?).await?;
            all.extend(rules_that_name(&groups(scope, vpc).await?, id));
            all
        }
        ("subnet", _) => described(scope, interfaces(scope, "subnet-id", id).await?).await?,
        ("vpc", _) => {
            let mut all = described(scope, interfaces(scope, "vpc-id", id).await?).await?;
            all.extend(groups(scope, id).await?.iter().filter_map(group));
            all
        }
        ("igw", Some(vpc)) => {
            let mut public = interfaces(scope, "vpc-id", vpc).await?;
            public.retain(|one| one.association().is_some());
            described(scope, public).await?
        }
        ("eni", _) => {
            described(scope, interfaces(scope, "network-interface-id", id).await?).await?
        }
        _ if id.contains(":targetgroup/") => balancers_of(scope, id).await?,
        _ => Vec::new(),
    })
}

/// The network interfaces for which a filter holds.
pub async fn interfaces(
    scope: &Scope,
    filter: &str,
    value: &str,
) -> Result<Vec<NetworkInterface>, Failure> {
    let filter = Filter::builder().name(filter).values(value).build();
    let call = scope.aws.ec2.describe_network_interfaces().filters(filter);
    Ok(call.into_paginator().items().send().collect::<Result<_, _>>().await?)
}

/// The security groups of a VPC without its default one.
pub async fn groups(scope: &Scope, vpc: &str) -> Result<Vec<SecurityGroup>, Failure> {
    let filter = Filter::builder().name("vpc-id").values(vpc).build();
    let call = scope.aws.ec2.describe_security_groups().filters(filter);
    let all: Vec<SecurityGroup> =
        call.into_paginator().items().send().collect::<Result<_, _>>().await?;
    Ok(all.into_iter().filter(|group| group.group_name() != Some("default")).collect())
}

/// Each interface with its maker; balancers are asked for their tags.
async fn described(
    scope: &Scope,
    interfaces: Vec<NetworkInterface>,
) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for interface in &interfaces {
        let balancer = match maker::balancer_arn(scope, interface) {
            Some(arn) => balancer_tags(scope, &[arn]).await?.into_values().next(),
            None => None,
        };
        let id = interface.network_interface_id().unwrap_or_default();
        all.push(format!("`{id}`, {}", maker::of(interface, balancer.as_ref())));
    }
    Ok(all)
}

fn group(group: &SecurityGroup) -> Option<String> {
    let name = group.group_name().unwrap_or_default();
    let made = maker_by_tags(&tags(group.tags()));
    let made = made.map(|made| format!(", {made}")).unwrap_or_default();
    Some(format!("`{}` ({name}){made}", group.group_id()?))
}

/// Rules of other groups that let this one in.
fn rules_that_name(groups: &[SecurityGroup], id: &str) -> Vec<String> {
    let names = |group: &&SecurityGroup| {
        let rules = group.ip_permissions().iter().chain(group.ip_permissions_egress());
        let mut pairs = rules.flat_map(|rule| rule.user_id_group_pairs());
        group.group_id() != Some(id) && pairs.any(|pair| pair.group_id() == Some(id))
    };
    let held = groups.iter().filter(names).filter_map(group);
    held.map(|group| format!("a rule of {group}")).collect()
}

async fn balancers_of(scope: &Scope, target_group: &str) -> Result<Vec<String>, Failure> {
    let call = scope.aws.elbv2.describe_target_groups().target_group_arns(target_group);
    let answer = call.send().await?;
    let arns: Vec<String> =
        answer.target_groups().iter().flat_map(|one| one.load_balancer_arns().to_vec()).collect();
    let tags = balancer_tags(scope, &arns).await?;
    Ok(tags.iter().map(|(arn, tags)| maker::balancer(arn, tags)).collect())
}

/// The tags of load balancers or target groups, twenty a call; those that are gone have none.
pub async fn balancer_tags(
    scope: &Scope,
    arns: &[String],
) -> Result<BTreeMap<String, Tags>, Failure> {
    let mut all = BTreeMap::new();
    for some in arns.chunks(20) {
        let call = scope.aws.elbv2.describe_tags().set_resource_arns(Some(some.to_vec()));
        let answer = match call.send().await.map_err(Failure::from) {
            Ok(answer) => answer,
            Err(failure) if verdict(&failure) == Verdict::Gone => continue,
            Err(failure) => return Err(failure),
        };
        for one in answer.tag_descriptions() {
            let pairs = one.tags().iter().filter_map(|tag| {
                Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))
            });
            all.insert(one.resource_arn().unwrap_or_default().to_owned(), pairs.collect());
        }
    }
    Ok(all)
}
