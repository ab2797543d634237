//! What a plan backs up: databases by name, or the volumes that a cluster's claims made.

use std::collections::BTreeMap;

use aws_sdk_backup::types::{BackupSelection as AwsSelection, ConditionParameter, Conditions};
use serde::{Deserialize, Serialize};

use super::BackupPlan;
use super::wire::{built, present};
use crate::aws::Failure;
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::eks::Cluster;
use crate::resources::iam::Role;
use crate::resources::rds::DbInstance;

/// Desired values of a selection. AWS cannot change one: it is made anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSelection {
    pub name: String,
    pub plan: Ref<BackupPlan>,
    /// The role that AWS Backup works as.
    pub role: Ref<Role>,
    pub what: Choice,
}

/// What is chosen.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Choice {
    Databases(Vec<Ref<DbInstance>>),
    /// The EBS volumes of a cluster's persistent volume claims.
    VolumesOf(Ref<Cluster>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupSelectionLive {
    pub id: String,
    pub plan_id: String,
    pub name: String,
    pub role_arn: String,
    /// Sorted.
    pub resources: Vec<String>,
    pub tags: BTreeMap<String, String>,
}

impl Resource for BackupSelection {
    const KIND: &'static str = "backup_selection";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "backup:CreateBackupSelection",
        "backup:DeleteBackupSelection",
        "backup:GetBackupSelection",
        "backup:ListBackupSelections",
        "iam:PassRole",
    ];

    type Live = BackupSelectionLive;

    /// One call per plan: whatever stands in our plan is ours.
    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<BackupSelectionLive>>> {
        let mut plans: BTreeMap<String, Vec<&Wanted<Self>>> = BTreeMap::new();
        for one in wanted {
            let recorded = one.live.as_ref().map(|live| live.plan_id.clone());
            let upstream = || scope.facts.map(&one.desired.plan, |plan| plan.id);
            if let Some(plan) = recorded.or_else(upstream) {
                plans.entry(plan).or_default().push(one);
            }
        }
        let mut all = Vec::new();
        for (plan, wanted) in plans {
            all.extend(of_plan(scope, &plan, &wanted).await?);
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<BackupSelectionLive> {
        let plan_id = scope.live(&self.plan)?.id;
        let role_arn = scope.live(&self.role)?.arn;
        let (resources, tags) =
            self.what.resolved(&scope.facts).ok_or_else(|| self.what.missing())?;
        let selection = AwsSelection::builder()
            .selection_name(&self.name)
            .iam_role_arn(&role_arn)
            .set_resources(Some(resources.clone()))
            .set_conditions(conditions(&tags));
        let selection = built("CreateBackupSelection", selection.build())?;
        let call = scope.aws.backup.create_backup_selection().backup_plan_id(&plan_id);
        let call = call.backup_selection(selection).creator_request_id(&claim.token);
        let id = call.send().await?.selection_id.unwrap_or_default();
        Ok(BackupSelectionLive { id, plan_id, name: self.name.clone(), role_arn, resources, tags })
    }

    /// AWS has no call for this; every difference replaces the selection.
    async fn update(&self, _: &Scope, _: &BackupSelectionLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &BackupSelectionLive) -> Result<()> {
        let call = scope.aws.backup.delete_backup_selection().backup_plan_id(&live.plan_id);
        call.selection_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &BackupSelectionLive, facts: &Facts) -> Change {
        let (resources, tags) = self.what.resolved(facts).unzip();
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.fixed_fact("plan", facts.map(&self.plan, |plan| plan.id), &live.plan_id);
        diff.fixed_fact("role", facts.map(&self.role, |role| role.arn), &live.role_arn);
        diff.fixed_fact("resources", resources, &live.resources);
        diff.fixed_fact("tags", tags, &live.tags);
        diff.finish()
    }

    /// Recovery points of databases are among the database's own backups.
    fn cost(&self, meter: &mut Meter<'_>) {
        if let Choice::VolumesOf(_) = &self.what {
            let gb = meter.assume(&usage::VOLUME_BACKUP_GB);
            tariff::vault_snapshots(meter.sheet(), gb);
        }
    }
}

impl Choice {
    /// ARNs, and the tags that they must carry beside; `None` while an upstream is not known.
    fn resolved(&self, facts: &Facts) -> Option<(Vec<String>, BTreeMap<String, String>)> {
        match self {
            Self::Databases(all) => {
                let mut arns = facts.map_all(all, |database| database.arn)?;
                arns.sort();
                Some((arns, BTreeMap::new()))
            }
            Self::VolumesOf(cluster) => {
                let (name, arn) = facts.map(cluster, |cluster| (cluster.name, cluster.arn))?;
                let partition = arn.split(':').nth(1).unwrap_or("aws");
                // The EBS driver's own tag, which instances' root volumes do not carry.
                let tag = (format!("kubernetes.io/cluster/{name}"), "owned".to_owned());
                Some((vec![format!("arn:{partition}:ec2:*:*:volume/*")], BTreeMap::from([tag])))
            }
        }
    }

    fn missing(&self) -> Failure {
        match self {
            Self::Databases(all) => all.first().map(|one| Failure::upstream(&one.address)),
            Self::VolumesOf(cluster) => Some(Failure::upstream(&cluster.address)),
        }
        .unwrap_or_else(|| {
            Failure::unexpected("backup", "CreateBackupSelection", "nothing is chosen")
        })
    }
}

const TAG: &str = "aws:ResourceTag/";

fn conditions(tags: &BTreeMap<String, String>) -> Option<Conditions> {
    let one = |(key, value): (&String, &String)| {
        ConditionParameter::builder()
            .condition_key(format!("{TAG}{key}"))
            .condition_value(value)
            .build()
    };
    let all: Vec<_> = tags.iter().map(one).collect();
    (!all.is_empty()).then(|| Conditions::builder().set_string_equals(Some(all)).build())
}

async fn of_plan(
    scope: &Scope,
    plan: &str,
    wanted: &[&Wanted<BackupSelection>],
) -> Result<Vec<Found<BackupSelectionLive>>> {
    let call = scope.aws.backup.list_backup_selections().backup_plan_id(plan);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let mut all = Vec::new();
    for found in present(pages.map_err(Failure::from))?.unwrap_or_default() {
        let (id, name) = (found.selection_id.unwrap_or_default(), found.selection_name);
        let Some(one) = wanted.iter().find(|one| Some(&one.desired.name) == name.as_ref()) else {
            continue;
        };
        // A selection never changes, so what is recorded of it still holds.
        let recorded = one.live.as_ref().filter(|live| live.id == id).cloned();
        let live = match recorded {
            Some(live) => Some(live),
            None => read(scope, plan, &id).await?,
        };
        all.extend(live.map(|live| Found::asked(&one.address, live)));
    }
    Ok(all)
}

async fn read(scope: &Scope, plan: &str, id: &str) -> Result<Option<BackupSelectionLive>> {
    let call = scope.aws.backup.get_backup_selection().backup_plan_id(plan).selection_id(id);
    let answer = present(call.send().await.map_err(Failure::from))?;
    let Some(selection) = answer.and_then(|answer| answer.backup_selection) else {
        return Ok(None);
    };
    let mut resources = selection.resources.unwrap_or_default();
    resources.sort();
    let equal = selection.conditions.and_then(|all| all.string_equals).unwrap_or_default();
    let tag = |one: ConditionParameter| {
        let key = one.condition_key?.strip_prefix(TAG)?.to_owned();
        Some((key, one.condition_value.unwrap_or_default()))
    };
    Ok(Some(BackupSelectionLive {
        id: id.to_owned(),
        plan_id: plan.to_owned(),
        name: selection.selection_name,
        role_arn: selection.iam_role_arn,
        resources,
        tags: equal.into_iter().filter_map(tag).collect(),
    }))
}
