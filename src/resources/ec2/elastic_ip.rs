//! A fixed public address, for a NAT gateway. AWS bills it from the moment it is allocated.

use aws_sdk_ec2::types::{Address as ElasticAddress, DomainType, ResourceType};
use serde::{Deserialize, Serialize};

use super::wire::{found, missing, ours, tagged};
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Facts, Found, Identity, Meter, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of an address: there is nothing to choose.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticIp {}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ElasticIpLive {
    /// The allocation's id.
    pub id: String,
    pub address: String,
}

impl Resource for ElasticIp {
    const KIND: &'static str = "elastic_ip";
    const IDENTITY: Identity = Identity::Tag;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] =
        &["ec2:AllocateAddress", "ec2:CreateTags", "ec2:DescribeAddresses", "ec2:ReleaseAddress"];

    type Live = ElasticIpLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<ElasticIpLive>>> {
        let answer = scope.aws.ec2.describe_addresses().filters(ours(scope)).send().await?;
        Ok(answer.addresses().iter().map(|one| found(one.tags(), read(one))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<ElasticIpLive> {
        let tags = tagged(scope, claim, ResourceType::ElasticIp);
        let call = scope.aws.ec2.allocate_address().domain(DomainType::Vpc);
        let answer = call.tag_specifications(tags).send().await?;
        let id = answer.allocation_id().ok_or_else(|| missing("AllocateAddress", "allocation"))?;
        let address = answer.public_ip().unwrap_or_default().to_owned();
        Ok(ElasticIpLive { id: id.to_owned(), address })
    }

    async fn update(&self, _: &Scope, _: &ElasticIpLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &ElasticIpLive) -> Result<()> {
        scope.aws.ec2.release_address().allocation_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, _live: &ElasticIpLive, _facts: &Facts) -> Change {
        Change::Keep
    }

    fn outputs(&self, live: &ElasticIpLive) -> Vec<(&'static str, String)> {
        vec![("public_ip", live.address.clone())]
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        tariff::addresses(meter.sheet(), 1, "in-use");
    }

    fn seen(_live: &ElasticIpLive, _recorded: Option<Self>) -> Option<Self> {
        Some(Self {})
    }
}

fn read(address: &ElasticAddress) -> ElasticIpLive {
    ElasticIpLive {
        id: address.allocation_id().unwrap_or_default().to_owned(),
        address: address.public_ip().unwrap_or_default().to_owned(),
    }
}
