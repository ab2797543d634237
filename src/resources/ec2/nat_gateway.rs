//! The private subnets' way out.

use aws_sdk_ec2::types::{Filter, NatGatewayAddress, ResourceType};
use serde::{Deserialize, Serialize};

use super::wire::{found, missing, ours, tagged};
use super::{ElasticIp, InternetGateway, Subnet, VpcEndpoint};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ready, Ref, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a zonal public NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatGateway {
    pub subnet: Ref<Subnet>,
    pub address: Ref<ElasticIp>,
    /// AWS fails a NAT gateway in a VPC without one, and does not let go of the internet gateway
    /// while the NAT gateway's address is mapped.
    pub internet_gateway: Ref<InternetGateway>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NatGatewayLive {
    pub id: String,
    pub subnet_id: String,
    pub allocation_id: String,
    pub state: String,
    /// Why it failed, in AWS's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Resource for NatGateway {
    const KIND: &'static str = "nat_gateway";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((85, 107, 125), (37, 55, 79));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateNatGateway",
        "ec2:CreateTags",
        "ec2:DeleteNatGateway",
        "ec2:DescribeNatGateways",
    ];

    type Live = NatGatewayLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<NatGatewayLive>>> {
        // AWS shows a deleted one for about an hour.
        let states = ["pending", "failed", "available", "deleting"].map(str::to_owned);
        let there = Filter::builder().name("state").set_values(Some(states.into())).build();
        let call = scope.aws.ec2.describe_nat_gateways().filter(ours(scope)).filter(there);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        Ok(pages.iter().map(|gateway| found(gateway.tags(), read(gateway))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<NatGatewayLive> {
        let call = scope
            .aws
            .ec2
            .create_nat_gateway()
            .client_token(&claim.token)
            .subnet_id(scope.live(&self.subnet)?.id)
            .allocation_id(scope.live(&self.address)?.id)
            .tag_specifications(tagged(scope, claim, ResourceType::Natgateway));
        let answer = call.send().await?;
        answer.nat_gateway().map(read).ok_or_else(|| missing("CreateNatGateway", "NAT gateway"))
    }

    async fn update(&self, _: &Scope, _: &NatGatewayLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &NatGatewayLive) -> Result<()> {
        scope.aws.ec2.delete_nat_gateway().nat_gateway_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &NatGatewayLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("subnet", facts.map(&self.subnet, |subnet| subnet.id), &live.subnet_id);
        let address = facts.map(&self.address, |address| address.id);
        diff.fixed_fact("address", address, &live.allocation_id);
        diff.finish()
    }

    fn ready(&self, live: &NatGatewayLive) -> Ready {
        match &live.failure {
            Some(why) if live.state == "failed" => Ready::Failed(why.clone()),
            _ => Ready::status(&live.state, &["available"], &["failed"]),
        }
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let mut gb = meter.share::<Self>(&usage::NAT_GB);
        // Without an endpoint of its own, traffic with S3 goes this way, too.
        if meter.count::<VpcEndpoint>() == 0 {
            gb = gb.plus(meter.share::<Self>(&usage::S3_NODE_GB));
        }
        tariff::nat_gateway(meter.sheet(), gb);
    }

    fn seen(_live: &NatGatewayLive, recorded: Option<Self>) -> Option<Self> {
        let stray = || Self {
            subnet: Ref::to("stray"),
            address: Ref::to("stray"),
            internet_gateway: Ref::to("stray"),
        };
        Some(recorded.unwrap_or_else(stray))
    }
}

fn read(gateway: &aws_sdk_ec2::types::NatGateway) -> NatGatewayLive {
    let addresses = gateway.nat_gateway_addresses();
    let allocation = addresses.first().and_then(NatGatewayAddress::allocation_id);
    let failure = gateway.failure_code().map(|code| {
        format!("{code}: {}", gateway.failure_message().unwrap_or("AWS gives no message"))
    });
    NatGatewayLive {
        id: gateway.nat_gateway_id().unwrap_or_default().to_owned(),
        subnet_id: gateway.subnet_id().unwrap_or_default().to_owned(),
        allocation_id: allocation.unwrap_or_default().to_owned(),
        state: gateway.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        failure,
    }
}
