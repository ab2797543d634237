//! The Valkey or Redis settings of caches.

use std::collections::BTreeMap;

use aws_sdk_elasticache::types::{CacheParameterGroup as Answered, ParameterNameValue};
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a cache parameter group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheParameterGroup {
    pub name: String,
    /// For example `valkey8`.
    pub family: String,
    pub description: String,
    /// Every parameter that is set, also to the engine's own default.
    pub parameters: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CacheParameterGroupLive {
    pub name: String,
    pub arn: String,
    pub family: String,
    pub description: String,
    /// What is set, and what is wanted.
    pub parameters: BTreeMap<String, String>,
}

/// AWS takes this many parameters a call.
const BATCH: usize = 20;

impl Resource for CacheParameterGroup {
    const KIND: &'static str = "cache_parameter_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "elasticache:AddTagsToResource",
        "elasticache:CreateCacheParameterGroup",
        "elasticache:DeleteCacheParameterGroup",
        "elasticache:DescribeCacheParameterGroups",
        "elasticache:DescribeCacheParameters",
        "elasticache:ListTagsForResource",
        "elasticache:ModifyCacheParameterGroup",
        "elasticache:ResetCacheParameterGroup",
    ];

    type Live = CacheParameterGroupLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<CacheParameterGroupLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let call = scope.aws.elasticache.describe_cache_parameter_groups();
        let pages = call.into_paginator().items().send();
        let groups = pages.collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named =
                |group: &&Answered| group.cache_parameter_group_name() == Some(&one.desired.name);
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

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<CacheParameterGroupLive> {
        let call = scope
            .aws
            .elasticache
            .create_cache_parameter_group()
            .cache_parameter_group_name(&self.name)
            .cache_parameter_group_family(&self.family)
            .description(&self.description)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let group = answer.cache_parameter_group().map(read);
        group.ok_or_else(|| missing("CreateCacheParameterGroup", "group"))
    }

    async fn update(
        &self,
        scope: &Scope,
        live: &CacheParameterGroupLive,
        _claim: &Claim,
    ) -> Result<()> {
        let differs = |pair: &(&String, &String)| live.parameters.get(pair.0) != Some(pair.1);
        let set = self.parameters.iter().filter(differs);
        let set: Vec<_> = set.map(|(name, value)| parameter(name, Some(value))).collect();
        for batch in set.chunks(BATCH) {
            let call = scope.aws.elasticache.modify_cache_parameter_group();
            let call = call.cache_parameter_group_name(&live.name);
            call.set_parameter_name_values(Some(batch.to_vec())).send().await?;
        }
        let reset = live.parameters.keys().filter(|name| !self.parameters.contains_key(*name));
        let reset: Vec<_> = reset.map(|name| parameter(name, None)).collect();
        for batch in reset.chunks(BATCH) {
            let call = scope.aws.elasticache.reset_cache_parameter_group();
            let call = call.cache_parameter_group_name(&live.name).reset_all_parameters(false);
            call.set_parameter_name_values(Some(batch.to_vec())).send().await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &CacheParameterGroupLive) -> Result<()> {
        let call = scope.aws.elasticache.delete_cache_parameter_group();
        call.cache_parameter_group_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &CacheParameterGroupLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.fixed("family", &self.family, &live.family);
        diff.fixed("description", &self.description, &live.description);
        diff.free("parameters", &self.parameters, &live.parameters);
        diff.finish()
    }
}

/// What is set in a group, and what holds of the rest of what is wanted: AWS need not call a
/// parameter set whose value is the default. All of them fit on one page.
async fn parameters(
    scope: &Scope,
    group: &CacheParameterGroup,
) -> Result<BTreeMap<String, String>> {
    let call = scope.aws.elasticache.describe_cache_parameters();
    let pages = call.cache_parameter_group_name(&group.name).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await?;
    let all = pages.iter().flat_map(|page| page.parameters());
    let told = all.filter_map(|one| {
        let (name, value) = (one.parameter_name()?, one.parameter_value()?);
        let told = one.source() == Some("user") || group.parameters.contains_key(name);
        told.then(|| (name.to_owned(), value.to_owned()))
    });
    Ok(told.collect())
}

fn parameter(name: &str, value: Option<&String>) -> ParameterNameValue {
    ParameterNameValue::builder().parameter_name(name).set_parameter_value(value.cloned()).build()
}

/// A new group holds nothing but defaults.
fn read(group: &Answered) -> CacheParameterGroupLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    CacheParameterGroupLive {
        name: text(group.cache_parameter_group_name()),
        arn: text(group.arn()),
        family: text(group.cache_parameter_group_family()),
        description: text(group.description()),
        parameters: BTreeMap::new(),
    }
}
