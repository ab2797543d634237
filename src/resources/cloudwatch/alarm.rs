//! An alarm on one metric of one thing; which alarms there are is data in `stack::watch`.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Dimension, MetricAlarm, Statistic};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::wire::{tagged, tags_of_ours};

pub use super::wire::subject::Subject;
use crate::aws::Failure;
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::sns::Topic;

/// Desired values of an alarm: it speaks to the topic when it begins and when it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    pub name: String,
    pub subject: Subject,
    pub rule: Rule,
    pub topic: Ref<Topic>,
}

/// When it rings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub description: String,
    pub namespace: String,
    pub metric: String,
    /// `Sum`, `Average`, `Minimum`, `Maximum`, or a percentile such as `p95`.
    pub statistic: String,
    /// `GreaterThanOrEqualToThreshold` and its like.
    pub comparison: String,
    pub threshold: f64,
    /// Length of one look, in seconds.
    pub period: i32,
    /// How many looks in a row.
    pub periods: i32,
    /// What no data means: `breaching`, `notBreaching`, `ignore` or `missing`.
    pub missing_data: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlarmLive {
    pub name: String,
    pub arn: String,
    pub dimensions: BTreeMap<String, String>,
    pub rule: Rule,
    pub on_alarm: Vec<String>,
    pub on_ok: Vec<String>,
    pub enabled: bool,
    pub state: String,
}

impl Resource for Alarm {
    const KIND: &'static str = "alarm";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
    ];

    type Live = AlarmLive;

    /// One call for all; an alarm that is not recorded must prove by its tags that it is ours.
    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<AlarmLive>>> {
        let mut found = Vec::new();
        for live in all(scope, &format!("edxaws-{}-", scope.stack.name)).await? {
            let asked = wanted.iter().find(|one| one.desired.name == live.name);
            match asked {
                Some(one) if one.live.is_some() => found.push(Found::asked(&one.address, live)),
                None if !wanted.is_empty() => {}
                _ => {
                    let Some(tags) = tags_of_ours(scope, &live.arn).await? else { continue };
                    let tags = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
                    found.push(Found::tagged(tags, live));
                }
            }
        }
        Ok(found)
    }

    /// CloudWatch overwrites an alarm of the same name, whoever made it.
    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<AlarmLive> {
        if all(scope, &self.name).await?.iter().any(|one| one.name == self.name) {
            let message = format!("an alarm `{}` exists already", self.name);
            let code = "ResourceAlreadyExists".to_owned();
            return Err(Failure {
                code,
                ..Failure::unexpected("cloudwatch", "PutMetricAlarm", message)
            });
        }
        let (dimensions, topic) = self.put(scope, Some(claim)).await?;
        Ok(AlarmLive {
            name: self.name.clone(),
            arn: scope.arn("cloudwatch", &format!("alarm:{}", self.name)),
            dimensions,
            rule: self.rule.clone(),
            on_alarm: vec![topic.clone()],
            on_ok: vec![topic],
            enabled: true,
            state: "INSUFFICIENT_DATA".to_owned(),
        })
    }

    async fn update(&self, scope: &Scope, _live: &AlarmLive, _claim: &Claim) -> Result<()> {
        self.put(scope, None).await.map(|_| ())
    }

    async fn delete(&self, scope: &Scope, live: &AlarmLive) -> Result<()> {
        scope.aws.cloudwatch.delete_alarms().alarm_names(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &AlarmLive, facts: &Facts) -> Change {
        let topic = facts.map(&self.topic, |topic| vec![topic.arn]);
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free_fact("dimensions", self.subject.dimensions(facts), &live.dimensions);
        diff.free("rule", &self.rule, &live.rule);
        diff.free_fact("on_alarm", topic.clone(), &live.on_alarm);
        diff.free_fact("on_ok", topic, &live.on_ok);
        diff.free("enabled", &true, &live.enabled);
        diff.finish()
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let resolution = if self.rule.period < 60 { "high-resolution" } else { "standard" };
        tariff::alarm(meter.sheet(), resolution, Decimal::ONE);
    }
}

impl Alarm {
    /// Writes the whole alarm; its dimensions and the topic's ARN. Tags count only for a new one.
    async fn put(
        &self,
        scope: &Scope,
        claim: Option<&Claim>,
    ) -> Result<(BTreeMap<String, String>, String)> {
        let dimensions = self.subject.dimensions(&scope.facts);
        let dimensions = dimensions.ok_or_else(|| self.subject.missing(&scope.facts))?;
        let topic = scope.live(&self.topic)?.arn;
        let Rule { statistic, comparison, .. } = &self.rule;
        let percentile = statistic.starts_with('p').then(|| statistic.clone());
        let plain = percentile.is_none().then(|| Statistic::from(statistic.as_str()));
        let dimension = |(name, value): (&String, &String)| {
            Dimension::builder().name(name).value(value).build()
        };
        let call = scope
            .aws
            .cloudwatch
            .put_metric_alarm()
            .alarm_name(&self.name)
            .alarm_description(&self.rule.description)
            .actions_enabled(true)
            .alarm_actions(&topic)
            .ok_actions(&topic)
            .namespace(&self.rule.namespace)
            .metric_name(&self.rule.metric)
            .set_dimensions(Some(dimensions.iter().map(dimension).collect()))
            .set_statistic(plain)
            .set_extended_statistic(percentile)
            .period(self.rule.period)
            .evaluation_periods(self.rule.periods)
            .threshold(self.rule.threshold)
            .comparison_operator(ComparisonOperator::from(comparison.as_str()))
            .treat_missing_data(&self.rule.missing_data)
            .set_tags(claim.map(|claim| tagged(scope, claim)));
        call.send().await?;
        Ok((dimensions, topic))
    }
}

async fn all(scope: &Scope, prefix: &str) -> Result<Vec<AlarmLive>> {
    let call = scope.aws.cloudwatch.describe_alarms().alarm_name_prefix(prefix);
    let mut pages =
        call.alarm_types(AlarmType::MetricAlarm).max_records(100).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page?.metric_alarms.unwrap_or_default().into_iter().map(read));
    }
    Ok(found)
}

fn read(alarm: MetricAlarm) -> AlarmLive {
    let dimensions = alarm.dimensions.unwrap_or_default().into_iter();
    let pair = |one: Dimension| (one.name.unwrap_or_default(), one.value.unwrap_or_default());
    let plain = alarm.statistic.map(|one| one.as_str().to_owned());
    AlarmLive {
        name: alarm.alarm_name.unwrap_or_default(),
        arn: alarm.alarm_arn.unwrap_or_default(),
        dimensions: dimensions.map(pair).collect(),
        rule: Rule {
            description: alarm.alarm_description.unwrap_or_default(),
            namespace: alarm.namespace.unwrap_or_default(),
            metric: alarm.metric_name.unwrap_or_default(),
            statistic: alarm.extended_statistic.or(plain).unwrap_or_default(),
            comparison: alarm
                .comparison_operator
                .map(|one| one.as_str().to_owned())
                .unwrap_or_default(),
            threshold: alarm.threshold.unwrap_or_default(),
            period: alarm.period.unwrap_or_default(),
            periods: alarm.evaluation_periods.unwrap_or_default(),
            missing_data: alarm.treat_missing_data.unwrap_or_else(|| "missing".to_owned()),
        },
        on_alarm: alarm.alarm_actions.unwrap_or_default(),
        on_ok: alarm.ok_actions.unwrap_or_default(),
        enabled: alarm.actions_enabled.unwrap_or_default(),
        state: alarm.state_value.map(|one| one.as_str().to_owned()).unwrap_or_default(),
    }
}
