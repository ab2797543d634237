//! Where the load balancer sends requests: a port on every node.

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as Answer, TargetGroupAttribute, TargetTypeEnum,
};
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, possible, tagged};
use crate::aws::{Verdict, verdict};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::ec2::Vpc;

const DELAY: &str = "deregistration_delay.timeout_seconds";

/// Two good answers ten seconds apart make a target healthy; AWS's own five in 30 seconds each would
/// add two minutes to every start.
const HEALTH_INTERVAL: i32 = 10;
const HEALTHY_AFTER: i32 = 2;

/// Desired values of a target group: instances, plain HTTP on a node port.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    pub name: String,
    pub vpc: Ref<Vpc>,
    /// Port on the nodes.
    pub port: u16,
    pub health_path: String,
    /// HTTP codes of a healthy answer, as AWS spells them (`200-399`).
    pub health_codes: String,
    /// Seconds a leaving target may finish its requests; AWS's 300 would slow every destroy.
    pub deregistration_delay: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TargetGroupLive {
    pub arn: String,
    pub name: String,
    pub vpc_id: String,
    pub port: u16,
    pub health_path: String,
    pub health_codes: String,
    pub health_interval: i32,
    pub healthy_after: i32,
    pub deregistration_delay: u32,
    /// The part of the ARN that metrics are filed under: `targetgroup/name/id`.
    pub metric_name: String,
}

impl Resource for TargetGroup {
    const KIND: &'static str = "target_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:ModifyTargetGroupAttributes",
    ];

    type Live = TargetGroupLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<TargetGroupLive>>> {
        let call = scope.aws.elbv2.describe_target_groups();
        let all: Vec<Answer> =
            call.into_paginator().items().send().collect::<Result<_, _>>().await?;
        let mut mine = Vec::new();
        for answer in
            all.iter().filter(|one| possible(scope, one.target_group_name().unwrap_or_default()))
        {
            let live = read(answer);
            let recorded = wanted
                .iter()
                .find(|one| one.live.as_ref().is_some_and(|known| known.arn == live.arn))
                .map(|one| one.address.clone());
            mine.push((live.arn.clone(), recorded, live));
        }
        let mut found = Vec::new();
        for mut one in owned(scope, mine).await? {
            let known = wanted.iter().filter_map(|one| scope.recorded(one.live.as_ref()));
            let known = known.into_iter().find(|live| live.arn == one.live.arn);
            let delay = match known {
                Some(live) => Some(live.deregistration_delay),
                None => delay(scope, &one.live.arn).await?,
            };
            if let Some(delay) = delay {
                one.live.deregistration_delay = delay;
                found.push(one);
            }
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<TargetGroupLive> {
        let call = scope
            .aws
            .elbv2
            .create_target_group()
            .name(&self.name)
            .vpc_id(scope.live(&self.vpc)?.id)
            .protocol(ProtocolEnum::Http)
            .port(i32::from(self.port))
            .target_type(TargetTypeEnum::Instance)
            .health_check_path(&self.health_path)
            .health_check_interval_seconds(HEALTH_INTERVAL)
            .healthy_threshold_count(HEALTHY_AFTER)
            .matcher(codes(&self.health_codes))
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer
            .target_groups()
            .first()
            .map(read)
            .ok_or_else(|| missing("CreateTargetGroup", "group"))
    }

    async fn update(&self, scope: &Scope, live: &TargetGroupLive, _claim: &Claim) -> Result<()> {
        if self.health() != live.health() {
            let call = scope
                .aws
                .elbv2
                .modify_target_group()
                .target_group_arn(&live.arn)
                .health_check_path(&self.health_path)
                .health_check_interval_seconds(HEALTH_INTERVAL)
                .healthy_threshold_count(HEALTHY_AFTER)
                .matcher(codes(&self.health_codes));
            call.send().await?;
        }
        if self.deregistration_delay != live.deregistration_delay {
            let value = self.deregistration_delay.to_string();
            let wanted = TargetGroupAttribute::builder().key(DELAY).value(value).build();
            let call = scope.aws.elbv2.modify_target_group_attributes();
            call.target_group_arn(&live.arn).attributes(wanted).send().await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &TargetGroupLive) -> Result<()> {
        scope.aws.elbv2.delete_target_group().target_group_arn(&live.arn).send().await?;
        Ok(())
    }

    fn diff(&self, live: &TargetGroupLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        diff.fixed("port", &self.port, &live.port);
        diff.free("health_path", &self.health_path, &live.health_path);
        diff.free("health_codes", &self.health_codes, &live.health_codes);
        diff.free("health_interval", &HEALTH_INTERVAL, &live.health_interval);
        diff.free("healthy_after", &HEALTHY_AFTER, &live.healthy_after);
        let delay = &self.deregistration_delay;
        diff.free("deregistration_delay", delay, &live.deregistration_delay);
        diff.finish()
    }
}

impl TargetGroup {
    fn health(&self) -> (&str, &str, i32, i32) {
        (&self.health_path, &self.health_codes, HEALTH_INTERVAL, HEALTHY_AFTER)
    }
}

impl TargetGroupLive {
    fn health(&self) -> (&str, &str, i32, i32) {
        (&self.health_path, &self.health_codes, self.health_interval, self.healthy_after)
    }
}

fn codes(text: &str) -> Matcher {
    Matcher::builder().http_code(text).build()
}

/// The delay is not part of the answer; AWS starts with 300 seconds.
fn read(group: &Answer) -> TargetGroupLive {
    let arn = group.target_group_arn().unwrap_or_default();
    let codes = group.matcher().and_then(Matcher::http_code);
    TargetGroupLive {
        arn: arn.to_owned(),
        name: group.target_group_name().unwrap_or_default().to_owned(),
        vpc_id: group.vpc_id().unwrap_or_default().to_owned(),
        port: group.port().and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        health_path: group.health_check_path().unwrap_or_default().to_owned(),
        health_codes: codes.unwrap_or_default().to_owned(),
        health_interval: group.health_check_interval_seconds().unwrap_or_default(),
        healthy_after: group.healthy_threshold_count().unwrap_or_default(),
        deregistration_delay: 300,
        metric_name: arn.rsplit(':').next().unwrap_or_default().to_owned(),
    }
}

/// `None` when the group went away meanwhile.
async fn delay(scope: &Scope, arn: &str) -> Result<Option<u32>> {
    let call = scope.aws.elbv2.describe_target_group_attributes().target_group_arn(arn);
    let answer = match call.send().await.map_err(crate::aws::Failure::from) {
        Ok(answer) => answer,
        Err(failure) if verdict(&failure) == Verdict::Gone => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let value = answer.attributes().iter().find(|one| one.key() == Some(DELAY));
    Ok(Some(value.and_then(|one| one.value()?.parse().ok()).unwrap_or(300)))
}
