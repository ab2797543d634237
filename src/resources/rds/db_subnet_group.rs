//! The subnets databases may stand in, of RDS and of DocumentDB alike.

use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, sorted, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::ec2::Subnet;

/// Desired values of a DB subnet group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbSubnetGroup {
    pub name: String,
    pub description: String,
    /// In two zones at least.
    pub subnets: Vec<Ref<Subnet>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DbSubnetGroupLive {
    pub name: String,
    pub arn: String,
    pub description: String,
    pub vpc_id: String,
    pub subnet_ids: Vec<String>,
    pub status: String,
}

impl Resource for DbSubnetGroup {
    const KIND: &'static str = "db_subnet_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "rds:AddTagsToResource",
        "rds:CreateDBSubnetGroup",
        "rds:DeleteDBSubnetGroup",
        "rds:DescribeDBSubnetGroups",
        "rds:ListTagsForResource",
        "rds:ModifyDBSubnetGroup",
    ];

    type Live = DbSubnetGroupLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<DbSubnetGroupLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let pages = scope.aws.rds.describe_db_subnet_groups().into_paginator().items().send();
        let groups = pages.collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named = |group: &&_| name(group) == one.desired.name;
            if let Some(live) = groups.iter().find(named).map(read) {
                let arn = live.arn.clone();
                all.extend(owned(scope, one, &arn, live).await?);
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<DbSubnetGroupLive> {
        let subnets = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        let call = scope
            .aws
            .rds
            .create_db_subnet_group()
            .db_subnet_group_name(&self.name)
            .db_subnet_group_description(&self.description)
            .set_subnet_ids(Some(subnets))
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.db_subnet_group().map(read).ok_or_else(|| missing("CreateDBSubnetGroup", "group"))
    }

    async fn update(&self, scope: &Scope, live: &DbSubnetGroupLive, _claim: &Claim) -> Result<()> {
        let subnets = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        let call = scope.aws.rds.modify_db_subnet_group().db_subnet_group_name(&live.name);
        let call = call.db_subnet_group_description(&self.description);
        call.set_subnet_ids(Some(subnets)).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &DbSubnetGroupLive) -> Result<()> {
        scope.aws.rds.delete_db_subnet_group().db_subnet_group_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &DbSubnetGroupLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("description", &self.description, &live.description);
        // Unknown subnets alone must not replace the group: the databases would go with it.
        let vpcs = facts.map_all(&self.subnets, |subnet| subnet.vpc_id).unwrap_or_default();
        if let Some(other) = vpcs.iter().find(|vpc| **vpc != live.vpc_id) {
            diff.fixed("vpc", other, &live.vpc_id);
        }
        let subnets = facts.map_all(&self.subnets, |subnet| subnet.id).map(sorted);
        diff.free_fact("subnets", subnets, &live.subnet_ids);
        diff.finish()
    }

    fn ready(&self, live: &DbSubnetGroupLive) -> Ready {
        Ready::status(&live.status, &["Complete"], &[])
    }
}

fn name(group: &aws_sdk_rds::types::DbSubnetGroup) -> &str {
    group.db_subnet_group_name().unwrap_or_default()
}

fn read(group: &aws_sdk_rds::types::DbSubnetGroup) -> DbSubnetGroupLive {
    let ids = group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier());
    DbSubnetGroupLive {
        name: name(group).to_owned(),
        arn: group.db_subnet_group_arn().unwrap_or_default().to_owned(),
        description: group.db_subnet_group_description().unwrap_or_default().to_owned(),
        vpc_id: group.vpc_id().unwrap_or_default().to_owned(),
        subnet_ids: sorted(ids.map(str::to_owned).collect()),
        status: group.subnet_group_status().unwrap_or_default().to_owned(),
    }
}
