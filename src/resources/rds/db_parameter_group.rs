//! The MySQL settings of databases.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{ApplyMethod, Parameter};
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a DB parameter group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbParameterGroup {
    pub name: String,
    /// For example `mysql8.4`.
    pub family: String,
    pub description: String,
    /// Every parameter that differs from the engine's default. Only such that take effect at once:
    /// edxaws restarts no database by itself.
    pub parameters: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DbParameterGroupLive {
    pub name: String,
    pub arn: String,
    pub family: String,
    pub description: String,
    /// What is set, without the engine's defaults.
    pub parameters: BTreeMap<String, String>,
}

/// AWS takes this many parameters a call.
const BATCH: usize = 20;

impl Resource for DbParameterGroup {
    const KIND: &'static str = "db_parameter_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "rds:AddTagsToResource",
        "rds:CreateDBParameterGroup",
        "rds:DeleteDBParameterGroup",
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters",
        "rds:ListTagsForResource",
        "rds:ModifyDBParameterGroup",
        "rds:ResetDBParameterGroup",
    ];

    type Live = DbParameterGroupLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<DbParameterGroupLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let pages = scope.aws.rds.describe_db_parameter_groups().into_paginator().items().send();
        let groups = pages.collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named = |group: &&_| name(group) == one.desired.name;
            let Some(live) = groups.iter().find(named).map(read) else { continue };
            let arn = live.arn.clone();
            let Some(mut found) = owned(scope, one, &arn, live).await? else { continue };
            found.live.parameters = match scope.recorded(one.live.as_ref()) {
                Some(live) => live.parameters.clone(),
                None => parameters(scope, &one.desired).await?,
            };
            all.push(found);
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<DbParameterGroupLive> {
        let call = scope
            .aws
            .rds
            .create_db_parameter_group()
            .db_parameter_group_name(&self.name)
            .db_parameter_group_family(&self.family)
            .description(&self.description)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let group = answer.db_parameter_group().map(read);
        group.ok_or_else(|| missing("CreateDBParameterGroup", "group"))
    }

    async fn update(
        &self,
        scope: &Scope,
        live: &DbParameterGroupLive,
        _claim: &Claim,
    ) -> Result<()> {
        let set = self.parameters.iter().filter(|(name, value)| {
            live.parameters.get(*name).map(|live| plain(live)) != Some(plain(value))
        });
        let set: Vec<Parameter> = set.map(|(name, value)| parameter(name, Some(value))).collect();
        for batch in set.chunks(BATCH) {
            let call = scope.aws.rds.modify_db_parameter_group();
            let call = call.db_parameter_group_name(&live.name);
            call.set_parameters(Some(batch.to_vec())).send().await?;
        }
        let kept: BTreeSet<&String> = self.parameters.keys().collect();
        let reset = live.parameters.keys().filter(|name| !kept.contains(name));
        let reset: Vec<Parameter> = reset.map(|name| parameter(name, None)).collect();
        for batch in reset.chunks(BATCH) {
            let call = scope.aws.rds.reset_db_parameter_group();
            let call = call.db_parameter_group_name(&live.name).reset_all_parameters(false);
            call.set_parameters(Some(batch.to_vec())).send().await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &DbParameterGroupLive) -> Result<()> {
        let call = scope.aws.rds.delete_db_parameter_group();
        call.db_parameter_group_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &DbParameterGroupLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.fixed("family", &self.family, &live.family);
        diff.fixed("description", &self.description, &live.description);
        diff.free("parameters", &all_plain(&self.parameters), &all_plain(&live.parameters));
        diff.finish()
    }
}

/// What is set in a group, and what holds of the rest of what is wanted: AWS need not call a
/// parameter set whose value is the default.
async fn parameters(scope: &Scope, group: &DbParameterGroup) -> Result<BTreeMap<String, String>> {
    let mut set = described(scope, &group.name, Some("user")).await?;
    if group.parameters.keys().any(|name| !set.contains_key(name)) {
        let mut all = described(scope, &group.name, None).await?;
        all.retain(|name, _| group.parameters.contains_key(name) && !set.contains_key(name));
        set.extend(all);
    }
    Ok(set)
}

async fn described(
    scope: &Scope,
    group: &str,
    source: Option<&str>,
) -> Result<BTreeMap<String, String>> {
    let call = scope.aws.rds.describe_db_parameters().db_parameter_group_name(group);
    let pages = call.set_source(source.map(str::to_owned)).into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await?;
    let pairs = all.iter().filter_map(|one| Some((one.parameter_name()?, one.parameter_value()?)));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn parameter(name: &str, value: Option<&String>) -> Parameter {
    Parameter::builder()
        .parameter_name(name)
        .set_parameter_value(value.cloned())
        .apply_method(ApplyMethod::Immediate)
        .build()
}

/// MySQL answers `1` to `ON`.
fn plain(value: &str) -> &str {
    match value {
        "ON" | "on" => "1",
        "OFF" | "off" => "0",
        other => other,
    }
}

fn all_plain(parameters: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    parameters.iter().map(|(name, value)| (name.as_str(), plain(value))).collect()
}

fn name(group: &aws_sdk_rds::types::DbParameterGroup) -> &str {
    group.db_parameter_group_name().unwrap_or_default()
}

/// A new group holds nothing but defaults.
fn read(group: &aws_sdk_rds::types::DbParameterGroup) -> DbParameterGroupLive {
    DbParameterGroupLive {
        name: name(group).to_owned(),
        arn: group.db_parameter_group_arn().unwrap_or_default().to_owned(),
        family: group.db_parameter_group_family().unwrap_or_default().to_owned(),
        description: group.description().unwrap_or_default().to_owned(),
        parameters: BTreeMap::new(),
    }
}
