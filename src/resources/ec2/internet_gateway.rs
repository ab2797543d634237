//! The VPC's way to and from the internet.

use aws_sdk_ec2::types::{InternetGatewayAttachment, ResourceType};
use serde::{Deserialize, Serialize};

use super::Vpc;
use super::wire::{already, found, gone, missing, ours, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of an internet gateway. It is made loose and attached by `update`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternetGateway {
    pub vpc: Ref<Vpc>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InternetGatewayLive {
    pub id: String,
    /// The VPC it is attached to.
    pub vpc_id: Option<String>,
}

impl Resource for InternetGateway {
    const KIND: &'static str = "internet_gateway";
    const IDENTITY: Identity = Identity::Tag;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:AttachInternetGateway",
        "ec2:CreateInternetGateway",
        "ec2:CreateTags",
        "ec2:DeleteInternetGateway",
        "ec2:DescribeInternetGateways",
        "ec2:DetachInternetGateway",
    ];

    type Live = InternetGatewayLive;

    async fn list(scope: &Scope, _: &[Wanted<Self>]) -> Result<Vec<Found<InternetGatewayLive>>> {
        let call = scope.aws.ec2.describe_internet_gateways().filters(ours(scope));
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        Ok(pages.iter().map(|gateway| found(gateway.tags(), read(gateway))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<InternetGatewayLive> {
        let tags = tagged(scope, claim, ResourceType::InternetGateway);
        let call = scope.aws.ec2.create_internet_gateway().tag_specifications(tags);
        let answer = call.send().await?;
        let gateway = answer.internet_gateway().map(read);
        gateway.ok_or_else(|| missing("CreateInternetGateway", "internet gateway"))
    }

    async fn update(&self, scope: &Scope, live: &InternetGatewayLive, _: &Claim) -> Result<()> {
        let vpc = scope.live(&self.vpc)?.id;
        let call = scope.aws.ec2.attach_internet_gateway().internet_gateway_id(&live.id);
        already(call.vpc_id(vpc).send().await)
    }

    async fn delete(&self, scope: &Scope, live: &InternetGatewayLive) -> Result<()> {
        if let Some(vpc) = &live.vpc_id {
            let call = scope.aws.ec2.detach_internet_gateway().internet_gateway_id(&live.id);
            gone(call.vpc_id(vpc).send().await)?;
        }
        scope.aws.ec2.delete_internet_gateway().internet_gateway_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &InternetGatewayLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        let vpc = facts.map(&self.vpc, |vpc| Some(vpc.id));
        // One that hangs on another VPC would hold that VPC back: it goes with it.
        match live.vpc_id {
            Some(_) => diff.fixed_fact("vpc", vpc, &live.vpc_id),
            None => diff.free_fact("vpc", vpc, &live.vpc_id),
        }
        diff.finish()
    }
}

fn read(gateway: &aws_sdk_ec2::types::InternetGateway) -> InternetGatewayLive {
    let attached = gateway.attachments().first().and_then(InternetGatewayAttachment::vpc_id);
    InternetGatewayLive {
        id: gateway.internet_gateway_id().unwrap_or_default().to_owned(),
        vpc_id: attached.map(str::to_owned),
    }
}
