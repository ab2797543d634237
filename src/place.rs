//! What is read from AWS before a stack can be built: who calls, which zones, which versions.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::Filter;
use serde_json::Value;

use crate::aws::{Clients, Failure, Scope};
use crate::error::{Problem, Result};
use crate::openedx::renderer::{RenderError, Tell};
use crate::openedx::{self, Folders, Rendered};
use crate::profile::Settings;
use crate::stack::Surroundings;
use crate::stack::cluster::session_role;
use crate::state::State;

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    pub arn: String,
    pub account: String,
    pub partition: String,
}

/// Asks STS; refuses the root user and an account the profile does not name.
pub async fn caller(clients: &Clients, settings: &Settings) -> Result<Caller> {
    let answer = clients.sts.get_caller_identity().send().await.map_err(Failure::from)?;
    let arn = answer.arn().unwrap_or_default().to_owned();
    let account = answer.account().unwrap_or_default().to_owned();
    let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
    if arn.ends_with(":root") {
        return Err(Problem::user(format!("these are the root credentials of account {account}"))
            .hint("use an IAM role or user; `edxaws policy` prints the policy it needs"));
    }
    if let Some(expected) = settings.account.as_ref().filter(|expected| **expected != account) {
        let message = format!("the profile is for account {expected}, the caller is in {account}");
        return Err(Problem::user(message)
            .hint("choose the right credentials, for example with `AWS_PROFILE`"));
    }
    let arn = whole_role(clients, arn).await;
    Ok(Caller { arn, account, partition })
}

/// STS leaves out the path of a session's role, and EKS refuses a role without it. Who may not ask
/// IAM keeps the short form, which is right for roles without a path.
async fn whole_role(clients: &Clients, arn: String) -> String {
    let Some(role) = session_role(&arn) else { return arn };
    let answer = clients.iam.get_role().role_name(role).send().await;
    let whole = answer.ok().and_then(|answer| Some(answer.role()?.arn().to_owned()));
    whole.unwrap_or(arn)
}

/// Every platform of the profile as its renderer makes it.
pub async fn rendered(
    settings: &Settings,
    tell: Tell<'_>,
) -> Result<BTreeMap<String, Rendered>, RenderError> {
    let folders = Folders::of_user()?;
    let mut all = BTreeMap::new();
    for platform in settings.platforms.keys() {
        if let Some(inputs) = openedx::inputs(settings, platform) {
            all.insert(platform.clone(), openedx::render(&inputs, &folders, tell).await?);
        }
    }
    Ok(all)
}

/// Zones and versions: what is recorded stays, the rest is asked.
pub async fn look(
    scope: &Scope,
    settings: &Settings,
    state: &State,
    caller: Caller,
) -> Result<Surroundings> {
    let zones = match recorded_zones(state, settings) {
        Some(zones) => zones,
        None => zones(scope, settings).await?,
    };
    let kubernetes_version = match &settings.cluster.version {
        Some(version) => version.clone(),
        None => match recorded_version(state) {
            Some(version) => version,
            None => newest_version(scope).await?,
        },
    };
    let Caller { arn, account, partition } = caller;
    let region = settings.region.clone();
    Ok(Surroundings {
        account,
        region,
        partition,
        caller: arn,
        zones,
        kubernetes_version,
        rendered: BTreeMap::new(),
    })
}

/// The zones of the recorded subnets: a zone that AWS adds must not move a stack.
fn recorded_zones(state: &State, settings: &Settings) -> Option<Vec<String>> {
    let subnets = state.records.iter().filter(|(address, _)| address.kind() == "subnet");
    let zones: BTreeSet<&str> =
        subnets.filter_map(|(_, record)| record.desired.get("zone")?.as_str()).collect();
    let enough = zones.len() >= usize::from(settings.network.zones);
    enough.then(|| zones.into_iter().map(str::to_owned).collect())
}

fn recorded_version(state: &State) -> Option<String> {
    let cluster = state.records.iter().find(|(address, _)| address.kind() == "eks_cluster");
    let version = cluster.and_then(|(_, record)| record.desired.get("version"));
    version.and_then(Value::as_str).map(str::to_owned)
}

/// The region's zones in order, without those that lack the profile's instance types.
async fn zones(scope: &Scope, settings: &Settings) -> Result<Vec<String>> {
    let ordinary = Filter::builder().name("zone-type").values("availability-zone").build();
    let call = scope.aws.ec2.describe_availability_zones().filters(ordinary);
    let answer = call.send().await.map_err(Failure::from)?;
    let mut all: Vec<String> = answer
        .availability_zones()
        .iter()
        .filter(|zone| zone.state().is_none_or(|state| state.as_str() == "available"))
        .filter_map(|zone| zone.zone_name().map(str::to_owned))
        .collect();
    all.sort();
    let mut offered = Vec::new();
    let lacking = zones_without_types(scope, settings, &all).await?;
    offered.extend(all.iter().filter(|zone| !lacking.contains(*zone)).cloned());
    let wanted = usize::from(settings.network.zones);
    if offered.len() < wanted {
        let message = format!(
            "region `{}` has {} zones that offer the profile's instance types, `network.zones` is \
             {wanted}",
            settings.region,
            offered.len()
        );
        return Err(Problem::user(message).hint(format!(
            "set `network.zones = {}`, choose other instance types, or another region",
            offered.len()
        )));
    }
    offered.truncate(wanted);
    Ok(offered)
}

/// Zones in which a node group would find none of its types.
async fn zones_without_types(
    scope: &Scope,
    settings: &Settings,
    zones: &[String],
) -> Result<BTreeSet<String>> {
    let groups: Vec<&Vec<String>> =
        settings.cluster.node_groups.values().map(|group| &group.instance_types).collect();
    let types: BTreeSet<&String> = groups.iter().copied().flatten().collect();
    let filter = Filter::builder()
        .name("instance-type")
        .set_values(Some(types.into_iter().cloned().collect()))
        .build();
    let call = scope
        .aws
        .ec2
        .describe_instance_type_offerings()
        .location_type(aws_sdk_ec2::types::LocationType::AvailabilityZone)
        .filters(filter);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let pairs: BTreeSet<(String, String)> = pages
        .map_err(Failure::from)?
        .iter()
        .filter_map(|offer| {
            let kind = offer.instance_type()?.as_str().to_owned();
            Some((offer.location()?.to_owned(), kind))
        })
        .collect();
    let lacks = |zone: &&String| {
        let offers = |kind: &String| pairs.contains(&((*zone).clone(), kind.clone()));
        groups.iter().any(|types| !types.iter().any(offers))
    };
    Ok(zones.iter().filter(lacks).cloned().collect())
}

/// The newest Kubernetes version that AWS supports without a surcharge.
async fn newest_version(scope: &Scope) -> Result<String> {
    let answer = scope.aws.eks.describe_cluster_versions().send().await.map_err(Failure::from)?;
    let standard = answer.cluster_versions().iter().filter(|version| {
        version.version_status().is_some_and(|status| status.as_str() == "STANDARD_SUPPORT")
    });
    let newest = standard.filter_map(|version| version.cluster_version()).max_by_key(|version| {
        version.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>()
    });
    newest.map(str::to_owned).ok_or_else(|| {
        Problem::user("EKS names no version in standard support")
            .hint("pin one in the profile: `cluster.version = \"1.35\"`")
    })
}
