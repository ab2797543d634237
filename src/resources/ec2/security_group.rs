//! A security group, without its rules: those are resources of their own, so groups that speak of
//! each other make no cycle.

use aws_sdk_ec2::types::ResourceType;
use serde::{Deserialize, Serialize};

use super::Vpc;
use super::wire::{found, missing, ours, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a security group. AWS lets out everything by default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    pub vpc: Ref<Vpc>,
    /// Unique in the VPC.
    pub name: String,
    pub description: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecurityGroupLive {
    pub id: String,
    pub vpc_id: String,
    pub name: String,
    pub description: String,
}

impl Resource for SecurityGroup {
    const KIND: &'static str = "security_group";
    // The name is unique in the VPC, but what carries it need not be ours: the tags decide.
    const IDENTITY: Identity = Identity::Tag;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 180));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateSecurityGroup",
        "ec2:CreateTags",
        "ec2:DeleteSecurityGroup",
        "ec2:DescribeSecurityGroups",
    ];

    type Live = SecurityGroupLive;

    async fn list(scope: &Scope, _: &[Wanted<Self>]) -> Result<Vec<Found<SecurityGroupLive>>> {
        let call = scope.aws.ec2.describe_security_groups().filters(ours(scope));
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        Ok(pages.iter().map(|group| found(group.tags(), read(group))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<SecurityGroupLive> {
        let vpc_id = scope.live(&self.vpc)?.id;
        let call = scope
            .aws
            .ec2
            .create_security_group()
            .vpc_id(&vpc_id)
            .group_name(&self.name)
            .description(&self.description)
            .tag_specifications(tagged(scope, claim, ResourceType::SecurityGroup));
        let answer = call.send().await?;
        let id = answer.group_id().ok_or_else(|| missing("CreateSecurityGroup", "group"))?;
        let (name, description) = (self.name.clone(), self.description.clone());
        Ok(SecurityGroupLive { id: id.to_owned(), vpc_id, name, description })
    }

    async fn update(&self, _: &Scope, _: &SecurityGroupLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &SecurityGroupLive) -> Result<()> {
        scope.aws.ec2.delete_security_group().group_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &SecurityGroupLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        diff.fixed("name", &self.name, &live.name);
        diff.fixed("description", &self.description, &live.description);
        diff.finish()
    }
}

fn read(group: &aws_sdk_ec2::types::SecurityGroup) -> SecurityGroupLive {
    SecurityGroupLive {
        id: group.group_id().unwrap_or_default().to_owned(),
        vpc_id: group.vpc_id().unwrap_or_default().to_owned(),
        name: group.group_name().unwrap_or_default().to_owned(),
        description: group.description().unwrap_or_default().to_owned(),
    }
}
