//! The application load balancer: the one door to all platforms.

use aws_sdk_elasticloadbalancingv2::types::{
    AvailabilityZone, IpAddressType, LoadBalancer as Answer, LoadBalancerAttribute,
    LoadBalancerSchemeEnum, LoadBalancerState, LoadBalancerTypeEnum,
};
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, possible, tagged};
use crate::aws::{Failure, Verdict, verdict};
use crate::cost::tariff::{self, Balancer, DataTransfer};
use crate::cost::usage;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, OnDestroy, Ready, Ref, Resource, Result,
    Scope, Times, Wanted,
};
use crate::resources::ec2::{SecurityGroup, Subnet, Vpc};

const PROTECTION: &str = "deletion_protection.enabled";
const IDLE: &str = "idle_timeout.timeout_seconds";
const DROP_INVALID: &str = "routing.http.drop_invalid_header_fields.enabled";

/// Desired values of an internet-facing application load balancer. Malformed headers are always
/// dropped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    pub name: String,
    pub vpc: Ref<Vpc>,
    /// Public subnets of at least two zones.
    pub subnets: Vec<Ref<Subnet>>,
    pub security_groups: Vec<Ref<SecurityGroup>>,
    /// Seconds without a byte after which a connection is closed.
    pub idle_timeout: u32,
    pub deletion_protection: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadBalancerLive {
    pub arn: String,
    pub name: String,
    pub dns_name: String,
    /// The zone alias records point into.
    pub zone_id: String,
    pub vpc_id: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    pub idle_timeout: u32,
    pub deletion_protection: bool,
    pub drop_invalid_headers: bool,
    pub state: String,
    /// Why it failed, in AWS's words.
    pub reason: Option<String>,
    /// The part of the ARN that metrics are filed under: `app/name/id`.
    pub metric_name: String,
}

impl Resource for LoadBalancer {
    const KIND: &'static str = "load_balancer";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((135, 148, 187), (1, 5, 15));
    const ACTIONS: &'static [&'static str] = &[
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "elasticloadbalancing:SetSecurityGroups",
        "elasticloadbalancing:SetSubnets",
    ];

    type Live = LoadBalancerLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<LoadBalancerLive>>> {
        let call = scope.aws.elbv2.describe_load_balancers();
        let all: Vec<Answer> =
            call.into_paginator().items().send().collect::<Result<_, _>>().await?;
        let mut mine = Vec::new();
        for live in all.iter().map(read).filter(|live| possible(scope, &live.name)) {
            let known = |one: &&Wanted<Self>| {
                one.live.as_ref().is_some_and(|recorded| recorded.arn == live.arn)
            };
            let recorded = wanted.iter().find(known).map(|one| one.address.clone());
            mine.push((live.arn.clone(), recorded, live));
        }
        let mut found = Vec::new();
        for mut one in owned(scope, mine).await? {
            // Nobody changes any of one that is still being made.
            let young = one.live.state == "provisioning";
            if young || read_attributes(scope, &mut one.live).await? {
                found.push(one);
            }
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<LoadBalancerLive> {
        let groups = scope.live_all(&self.security_groups, |group| group.id)?;
        let call = scope
            .aws
            .elbv2
            .create_load_balancer()
            .name(&self.name)
            .r#type(LoadBalancerTypeEnum::Application)
            .scheme(LoadBalancerSchemeEnum::InternetFacing)
            .ip_address_type(IpAddressType::Ipv4)
            .set_subnets(Some(scope.live_all(&self.subnets, |subnet| subnet.id)?))
            .set_security_groups(Some(groups))
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let made = answer.load_balancers().first().map(read);
        made.ok_or_else(|| missing("CreateLoadBalancer", "load balancer"))
    }

    async fn update(&self, scope: &Scope, live: &LoadBalancerLive, _claim: &Claim) -> Result<()> {
        let subnets = sorted(scope.live_all(&self.subnets, |subnet| subnet.id)?);
        if subnets != live.subnets {
            let call = scope.aws.elbv2.set_subnets().load_balancer_arn(&live.arn);
            call.set_subnets(Some(subnets)).send().await?;
        }
        let groups = sorted(scope.live_all(&self.security_groups, |group| group.id)?);
        if groups != live.security_groups {
            let call = scope.aws.elbv2.set_security_groups().load_balancer_arn(&live.arn);
            call.set_security_groups(Some(groups)).send().await?;
        }
        let attributes = self.attributes();
        let differs = attributes != live_attributes(live);
        if differs { modify(scope, &live.arn, &attributes).await } else { Ok(()) }
    }

    async fn delete(&self, scope: &Scope, live: &LoadBalancerLive) -> Result<()> {
        if live.deletion_protection {
            modify(scope, &live.arn, &[(PROTECTION, "false".to_owned())]).await?;
        }
        scope.aws.elbv2.delete_load_balancer().load_balancer_arn(&live.arn).send().await?;
        Ok(())
    }

    fn diff(&self, live: &LoadBalancerLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        let subnets = facts.map_all(&self.subnets, |subnet| subnet.id);
        diff.free_fact("subnets", subnets.map(sorted), &live.subnets);
        let groups = facts.map_all(&self.security_groups, |group| group.id);
        diff.free_fact("security_groups", groups.map(sorted), &live.security_groups);
        diff.free("idle_timeout", &self.idle_timeout, &live.idle_timeout);
        let protection = &self.deletion_protection;
        diff.free("deletion_protection", protection, &live.deletion_protection);
        diff.free("drop_invalid_headers", &true, &live.drop_invalid_headers);
        diff.finish()
    }

    fn ready(&self, live: &LoadBalancerLive) -> Ready {
        match (live.state.as_str(), &live.reason) {
            ("failed", Some(reason)) => Ready::Failed(reason.clone()),
            (state, _) => Ready::status(state, &["active", "active_impaired"], &["failed"]),
        }
    }

    fn on_destroy(&self) -> OnDestroy {
        if self.deletion_protection { OnDestroy::Protected } else { OnDestroy::Remove }
    }

    fn outputs(&self, live: &LoadBalancerLive) -> Vec<(&'static str, String)> {
        vec![("load_balancer_dns_name", live.dns_name.clone())]
    }

    /// AWS bills an address in each zone, beside the balancer, its capacity units and what leaves.
    fn cost(&self, meter: &mut Meter<'_>) {
        let unit_hours = meter.share::<Self>(&usage::LCU_HOURS);
        let internet = Some(meter.share::<Self>(&usage::INTERNET_GB));
        let sheet = meter.sheet();
        tariff::balancer(sheet, Balancer::Application, unit_hours);
        tariff::addresses(sheet, self.subnets.len(), "in-use");
        tariff::data_transfer(sheet, DataTransfer { internet, ..DataTransfer::default() });
    }

    fn seen(live: &LoadBalancerLive, recorded: Option<Self>) -> Option<Self> {
        let subnets = live.subnets.iter().map(|id| Ref::to(id)).collect();
        let stray = || Self {
            name: live.name.clone(),
            vpc: Ref::to("stray"),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            idle_timeout: live.idle_timeout,
            deletion_protection: live.deletion_protection,
        };
        Some(Self { subnets, ..recorded.unwrap_or_else(stray) })
    }
}

type Attributes = [(&'static str, String); 3];

impl LoadBalancer {
    fn attributes(&self) -> Attributes {
        [
            (PROTECTION, self.deletion_protection.to_string()),
            (IDLE, self.idle_timeout.to_string()),
            (DROP_INVALID, true.to_string()),
        ]
    }
}

fn live_attributes(live: &LoadBalancerLive) -> Attributes {
    [
        (PROTECTION, live.deletion_protection.to_string()),
        (IDLE, live.idle_timeout.to_string()),
        (DROP_INVALID, live.drop_invalid_headers.to_string()),
    ]
}

async fn modify(scope: &Scope, arn: &str, attributes: &[(&'static str, String)]) -> Result<()> {
    let attribute = |(key, value): &(&str, String)| {
        LoadBalancerAttribute::builder().key(*key).value(value).build()
    };
    let call = scope.aws.elbv2.modify_load_balancer_attributes().load_balancer_arn(arn);
    call.set_attributes(Some(attributes.iter().map(attribute).collect())).send().await?;
    Ok(())
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// The attributes are not part of the answer; these are what AWS starts with.
fn read(balancer: &Answer) -> LoadBalancerLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let arn = text(balancer.load_balancer_arn());
    let state = balancer.state();
    let zones = balancer.availability_zones().iter();
    LoadBalancerLive {
        name: text(balancer.load_balancer_name()),
        dns_name: text(balancer.dns_name()),
        zone_id: text(balancer.canonical_hosted_zone_id()),
        vpc_id: text(balancer.vpc_id()),
        subnets: sorted(zones.filter_map(AvailabilityZone::subnet_id).map(str::to_owned).collect()),
        security_groups: sorted(balancer.security_groups().to_vec()),
        idle_timeout: 60,
        deletion_protection: false,
        drop_invalid_headers: false,
        state: text(state.and_then(LoadBalancerState::code).map(|code| code.as_str())),
        reason: state.and_then(LoadBalancerState::reason).map(str::to_owned),
        metric_name: arn.split_once("loadbalancer/").map_or("", |(_, rest)| rest).to_owned(),
        arn,
    }
}

/// Whether the balancer is still there.
async fn read_attributes(scope: &Scope, live: &mut LoadBalancerLive) -> Result<bool> {
    let call = scope.aws.elbv2.describe_load_balancer_attributes().load_balancer_arn(&live.arn);
    let answer = match call.send().await.map_err(Failure::from) {
        Ok(answer) => answer,
        Err(failure) if verdict(&failure) == Verdict::Gone => return Ok(false),
        Err(failure) => return Err(failure),
    };
    for attribute in answer.attributes() {
        let value = attribute.value().unwrap_or_default();
        match attribute.key().unwrap_or_default() {
            PROTECTION => live.deletion_protection = value == "true",
            IDLE => live.idle_timeout = value.parse().unwrap_or(live.idle_timeout),
            DROP_INVALID => live.drop_invalid_headers = value == "true",
            _ => {}
        }
    }
    Ok(true)
}
