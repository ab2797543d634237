//! The subnets caches may stand in.

use aws_sdk_elasticache::types::CacheSubnetGroup as Answered;
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::ec2::Subnet;
use crate::resources::rds::wire::sorted;

/// Desired values of a cache subnet group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSubnetGroup {
    pub name: String,
    pub description: String,
    pub subnets: Vec<Ref<Subnet>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CacheSubnetGroupLive {
    pub name: String,
    pub arn: String,
    pub description: String,
    pub vpc_id: String,
    pub subnet_ids: Vec<String>,
}

impl Resource for CacheSubnetGroup {
    const KIND: &'static str = "cache_subnet_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "elasticache:AddTagsToResource",
        "elasticache:CreateCacheSubnetGroup",
        "elasticache:DeleteCacheSubnetGroup",
        "elasticache:DescribeCacheSubnetGroups",
        "elasticache:ListTagsForResource",
        "elasticache:ModifyCacheSubnetGroup",
    ];

    type Live = CacheSubnetGroupLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<CacheSubnetGroupLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let call = scope.aws.elasticache.describe_cache_subnet_groups();
        let pages = call.into_paginator().items().send();
        let groups = pages.collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named =
                |group: &&Answered| group.cache_subnet_group_name() == Some(&one.desired.name);
            if let Some(live) = groups.iter().find(named).map(read) {
                let arn = live.arn.clone();
                all.extend(owned(scope, one, &arn, live).await?);
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<CacheSubnetGroupLive> {
        let subnets = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        let call = scope
            .aws
            .elasticache
            .create_cache_subnet_group()
            .cache_subnet_group_name(&self.name)
            .cache_subnet_group_description(&self.description)
            .set_subnet_ids(Some(subnets))
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let group = answer.cache_subnet_group().map(read);
        group.ok_or_else(|| missing("CreateCacheSubnetGroup", "group"))
    }

    async fn update(
        &self,
        scope: &Scope,
        live: &CacheSubnetGroupLive,
        _claim: &Claim,
    ) -> Result<()> {
        let subnets = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        let call = scope.aws.elasticache.modify_cache_subnet_group();
        let call = call.cache_subnet_group_name(&live.name);
        let call = call.cache_subnet_group_description(&self.description);
        call.set_subnet_ids(Some(subnets)).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &CacheSubnetGroupLive) -> Result<()> {
        let call = scope.aws.elasticache.delete_cache_subnet_group();
        call.cache_subnet_group_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &CacheSubnetGroupLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("description", &self.description, &live.description);
        // Unknown subnets alone must not replace the group: the cache would go with it.
        let vpcs = facts.map_all(&self.subnets, |subnet| subnet.vpc_id).unwrap_or_default();
        if let Some(other) = vpcs.iter().find(|vpc| **vpc != live.vpc_id) {
            diff.fixed("vpc", other, &live.vpc_id);
        }
        let subnets = facts.map_all(&self.subnets, |subnet| subnet.id).map(sorted);
        diff.free_fact("subnets", subnets, &live.subnet_ids);
        diff.finish()
    }
}

fn read(group: &Answered) -> CacheSubnetGroupLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let ids = group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier());
    CacheSubnetGroupLive {
        name: text(group.cache_subnet_group_name()),
        arn: text(group.arn()),
        description: text(group.cache_subnet_group_description()),
        vpc_id: text(group.vpc_id()),
        subnet_ids: sorted(ids.map(str::to_owned).collect()),
    }
}
