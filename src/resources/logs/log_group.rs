//! A log group with its retention, made before the service that would make one without.

use aws_sdk_cloudwatchlogs::types::LogGroup as Group;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

use super::wire;
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    pub name: String,
    /// AWS takes 1, 3, 5, 7, 14, 30, 60, 90 … 3653.
    pub retention_days: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogGroupLive {
    pub name: String,
    pub arn: String,
    /// None: kept for ever, as AWS begins.
    pub retention_days: Option<u32>,
}

impl Resource for LogGroup {
    const KIND: &'static str = "log_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
    ];

    type Live = LogGroupLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<LogGroupLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            let name = one.live.as_ref().map_or(&one.desired.name, |live| &live.name);
            let Some(live) = find(scope, name).await? else { continue };
            if one.live.is_some() {
                all.push(Found::asked(&one.address, live));
            } else if let Some(tags) = wire::our_tags(scope, &live.arn).await? {
                all.push(Found::tagged(tags.iter().map(|(k, v)| (k.as_str(), v.as_str())), live));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<LogGroupLive> {
        let call = scope.aws.logs.create_log_group().log_group_name(&self.name);
        call.set_tags(Some(scope.tags(claim).into_iter().collect())).send().await?;
        let arn = scope.arn("logs", &format!("log-group:{}", self.name));
        Ok(LogGroupLive { name: self.name.clone(), arn, retention_days: None })
    }

    async fn update(&self, scope: &Scope, live: &LogGroupLive, _claim: &Claim) -> Result<()> {
        let call = scope.aws.logs.put_retention_policy().log_group_name(&live.name);
        let days = i32::try_from(self.retention_days).unwrap_or(i32::MAX);
        call.retention_in_days(days).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &LogGroupLive) -> Result<()> {
        scope.aws.logs.delete_log_group().log_group_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &LogGroupLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("retention_days", &Some(self.retention_days), &live.retention_days);
        diff.finish()
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let ingested = meter.share::<Self>(&usage::LOG_GB);
        let months = Decimal::from(self.retention_days) / dec!(30);
        let kept = ingested.clone().map(|gb| (gb * months).round_dp(6));
        tariff::logs(meter.sheet(), tariff::Logs { ingested, kept, scanned: None });
    }
}

/// The group of exactly this name.
async fn find(scope: &Scope, name: &str) -> Result<Option<LogGroupLive>> {
    let call = scope.aws.logs.describe_log_groups().log_group_name_prefix(name);
    let groups: Vec<_> = call.into_paginator().items().send().collect::<Result<_, _>>().await?;
    Ok(groups.iter().find(|group| group.log_group_name() == Some(name)).map(read))
}

fn read(group: &Group) -> LogGroupLive {
    // AWS puts `:*` behind the ARN, which the calls about tags do not take.
    let arn = group.arn().unwrap_or_default();
    LogGroupLive {
        name: group.log_group_name().unwrap_or_default().to_owned(),
        arn: arn.strip_suffix(":*").unwrap_or(arn).to_owned(),
        retention_days: group.retention_in_days().and_then(|days| u32::try_from(days).ok()),
    }
}
