//! When recovery points are made, and for how long they are kept.

use aws_sdk_backup::types::{BackupPlanInput, BackupRule, BackupRuleInput, Lifecycle};
use serde::{Deserialize, Serialize};

use super::BackupVault;
use super::wire::{built, pairs, present, tagged, tags_of_ours};
use crate::aws::Failure;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupPlan {
    pub name: String,
    pub vault: Ref<BackupVault>,
    /// Sorted by name.
    pub rules: Vec<Rule>,
}

/// One schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    /// `cron(…)` in UTC.
    pub schedule: String,
    /// Days after which its recovery points go.
    pub keep_days: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupPlanLive {
    pub id: String,
    pub arn: String,
    /// Changes with every update of the plan.
    pub version: String,
    pub name: String,
    pub vaults: Vec<String>,
    pub rules: Vec<Rule>,
}

impl Resource for BackupPlan {
    const KIND: &'static str = "backup_plan";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "backup:CreateBackupPlan",
        "backup:DeleteBackupPlan",
        "backup:GetBackupPlan",
        "backup:ListBackupPlans",
        "backup:ListTags",
        "backup:TagResource",
        "backup:UpdateBackupPlan",
    ];

    type Live = BackupPlanLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<BackupPlanLive>>> {
        let ours = format!("edxaws-{}-", scope.stack.name);
        let call = scope.aws.backup.list_backup_plans();
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for plan in &pages {
            let (id, version) = (plan.backup_plan_id(), plan.version_id());
            let recorded = |one: &&Wanted<Self>| {
                one.live.as_ref().is_some_and(|live| Some(live.id.as_str()) == id)
            };
            if let Some(one) = wanted.iter().find(recorded) {
                let same = one.live.as_ref().filter(|live| Some(live.version.as_str()) == version);
                let live = match same {
                    // A version never changes, so what is recorded of it still holds.
                    Some(live) => Some(live.clone()),
                    None => read(scope, id.unwrap_or_default()).await?,
                };
                all.extend(live.map(|live| Found::asked(&one.address, live)));
                continue;
            }
            let name = plan.backup_plan_name().unwrap_or_default();
            let asked = wanted.iter().any(|one| one.live.is_none() && one.desired.name == name);
            if asked || (wanted.is_empty() && name.starts_with(&ours)) {
                let arn = plan.backup_plan_arn().unwrap_or_default();
                let Some(tags) = tags_of_ours(scope, arn).await? else { continue };
                let live = read(scope, id.unwrap_or_default()).await?;
                all.extend(live.map(|live| Found::tagged(pairs(&tags), live)));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<BackupPlanLive> {
        let vault = scope.live(&self.vault)?.name;
        let call = scope.aws.backup.create_backup_plan().backup_plan(self.plan(&vault)?);
        let call = call.set_backup_plan_tags(Some(tagged(scope, claim)));
        let answer = call.creator_request_id(&claim.token).send().await?;
        Ok(BackupPlanLive {
            id: answer.backup_plan_id.unwrap_or_default(),
            arn: answer.backup_plan_arn.unwrap_or_default(),
            version: answer.version_id.unwrap_or_default(),
            name: self.name.clone(),
            vaults: vec![vault],
            rules: self.rules.clone(),
        })
    }

    async fn update(&self, scope: &Scope, live: &BackupPlanLive, _claim: &Claim) -> Result<()> {
        let plan = self.plan(&scope.live(&self.vault)?.name)?;
        let call = scope.aws.backup.update_backup_plan().backup_plan_id(&live.id);
        call.backup_plan(plan).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &BackupPlanLive) -> Result<()> {
        scope.aws.backup.delete_backup_plan().backup_plan_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &BackupPlanLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free_fact("vault", facts.map(&self.vault, |vault| vec![vault.name]), &live.vaults);
        diff.free("rules", &self.rules, &live.rules);
        diff.finish()
    }
}

impl BackupPlan {
    fn plan(&self, vault: &str) -> Result<BackupPlanInput> {
        let rule = |rule: &Rule| {
            let keep = Lifecycle::builder().delete_after_days(rule.keep_days.into()).build();
            let rule = BackupRuleInput::builder()
                .rule_name(&rule.name)
                .target_backup_vault_name(vault)
                .schedule_expression(&rule.schedule)
                .start_window_minutes(60)
                .completion_window_minutes(360)
                .lifecycle(keep);
            built("CreateBackupPlan", rule.build())
        };
        let rules = self.rules.iter().map(rule).collect::<Result<Vec<_>>>()?;
        let plan = BackupPlanInput::builder().backup_plan_name(&self.name).set_rules(Some(rules));
        built("CreateBackupPlan", plan.build())
    }
}

async fn read(scope: &Scope, id: &str) -> Result<Option<BackupPlanLive>> {
    let answer = scope.aws.backup.get_backup_plan().backup_plan_id(id).send().await;
    let Some(answer) = present(answer.map_err(Failure::from))? else { return Ok(None) };
    // A deleted plan is still shown for a while.
    let Some(plan) = answer.backup_plan.filter(|_| answer.deletion_date.is_none()) else {
        return Ok(None);
    };
    let mut vaults: Vec<_> =
        plan.rules.iter().map(|rule| rule.target_backup_vault_name.clone()).collect();
    vaults.sort();
    vaults.dedup();
    let mut rules: Vec<Rule> = plan.rules.iter().map(read_rule).collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(BackupPlanLive {
        id: answer.backup_plan_id.unwrap_or_default(),
        arn: answer.backup_plan_arn.unwrap_or_default(),
        version: answer.version_id.unwrap_or_default(),
        name: plan.backup_plan_name,
        vaults,
        rules,
    }))
}

fn read_rule(rule: &BackupRule) -> Rule {
    let days = rule.lifecycle().and_then(Lifecycle::delete_after_days).unwrap_or_default();
    Rule {
        name: rule.rule_name.clone(),
        schedule: rule.schedule_expression().unwrap_or_default().to_owned(),
        keep_days: u32::try_from(days).unwrap_or_default(),
    }
}
