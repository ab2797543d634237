//! A subnet: public (balancer, NAT), private (nodes) or data (databases), one zone each.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Tag};
use serde::{Deserialize, Serialize};

use super::Vpc;
use super::wire::{found, missing, ours, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    pub vpc: Ref<Vpc>,
    pub cidr: String,
    pub zone: String,
    /// Whether what starts in it gets a public address.
    pub public_addresses: bool,
    /// Tags that load balancer controllers look for.
    pub extra_tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubnetLive {
    pub id: String,
    pub vpc_id: String,
    pub cidr: String,
    pub zone: String,
    pub public_addresses: bool,
    pub state: String,
}

impl Resource for Subnet {
    const KIND: &'static str = "subnet";
    const IDENTITY: Identity = Identity::Tag;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateSubnet",
        "ec2:CreateTags",
        "ec2:DeleteSubnet",
        "ec2:DescribeSubnets",
        "ec2:ModifySubnetAttribute",
    ];

    type Live = SubnetLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<SubnetLive>>> {
        let call = scope.aws.ec2.describe_subnets().filters(ours(scope));
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        Ok(pages.iter().map(|subnet| found(subnet.tags(), read(subnet))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<SubnetLive> {
        let extra = self.extra_tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build());
        let mut tags = tagged(scope, claim, ResourceType::Subnet);
        tags.tags.get_or_insert_default().extend(extra);
        let call = scope
            .aws
            .ec2
            .create_subnet()
            .vpc_id(scope.live(&self.vpc)?.id)
            .cidr_block(&self.cidr)
            .availability_zone(&self.zone)
            .tag_specifications(tags);
        let answer = call.send().await?;
        answer.subnet().map(read).ok_or_else(|| missing("CreateSubnet", "subnet"))
    }

    async fn update(&self, scope: &Scope, live: &SubnetLive, _claim: &Claim) -> Result<()> {
        let wanted = AttributeBooleanValue::builder().value(self.public_addresses).build();
        let call = scope.aws.ec2.modify_subnet_attribute().subnet_id(&live.id);
        call.map_public_ip_on_launch(wanted).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &SubnetLive) -> Result<()> {
        scope.aws.ec2.delete_subnet().subnet_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &SubnetLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        diff.fixed("cidr", &self.cidr, &live.cidr);
        diff.fixed("zone", &self.zone, &live.zone);
        diff.free("public_addresses", &self.public_addresses, &live.public_addresses);
        diff.finish()
    }

    fn ready(&self, live: &SubnetLive) -> Ready {
        Ready::status(&live.state, &["available"], &["failed", "failed-insufficient-capacity"])
    }
}

fn read(subnet: &aws_sdk_ec2::types::Subnet) -> SubnetLive {
    SubnetLive {
        id: subnet.subnet_id().unwrap_or_default().to_owned(),
        vpc_id: subnet.vpc_id().unwrap_or_default().to_owned(),
        cidr: subnet.cidr_block().unwrap_or_default().to_owned(),
        zone: subnet.availability_zone().unwrap_or_default().to_owned(),
        public_addresses: subnet.map_public_ip_on_launch().unwrap_or_default(),
        state: subnet.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
    }
}
