//! The network everything stands in.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, VpcAttributeName};
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};

use super::wire::{found, missing, ours, tagged};
use crate::cost::tariff::{self, DataTransfer};
use crate::cost::usage;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ready, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a VPC. DNS support and DNS host names are always on: EKS needs both.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    pub cidr: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VpcLive {
    pub id: String,
    pub cidr: String,
    pub state: String,
    pub dns_support: bool,
    pub dns_hostnames: bool,
}

impl Resource for Vpc {
    const KIND: &'static str = "vpc";
    const IDENTITY: Identity = Identity::Tag;
    const TIMES: Times = Times::new((0, 2, 4), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateVpc",
        "ec2:CreateTags",
        "ec2:DeleteVpc",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
        "ec2:ModifyVpcAttribute",
    ];

    type Live = VpcLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<VpcLive>>> {
        let answer = scope.aws.ec2.describe_vpcs().filters(ours(scope)).send().await?;
        let mut all = Vec::new();
        for vpc in answer.vpcs() {
            let id = vpc.vpc_id().unwrap_or_default();
            let mut live = read(vpc);
            (live.dns_support, live.dns_hostnames) = try_join(
                attribute(scope, id, VpcAttributeName::EnableDnsSupport),
                attribute(scope, id, VpcAttributeName::EnableDnsHostnames),
            )
            .await?;
            all.push(found(vpc.tags(), live));
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<VpcLive> {
        let tags = tagged(scope, claim, ResourceType::Vpc);
        let call = scope.aws.ec2.create_vpc().cidr_block(&self.cidr).tag_specifications(tags);
        let answer = call.send().await?;
        answer.vpc().map(read).ok_or_else(|| missing("CreateVpc", "VPC"))
    }

    async fn update(&self, scope: &Scope, live: &VpcLive, _claim: &Claim) -> Result<()> {
        let on = || AttributeBooleanValue::builder().value(true).build();
        // AWS changes one attribute a call, and host names need support first.
        let call = || scope.aws.ec2.modify_vpc_attribute().vpc_id(&live.id);
        if !live.dns_support {
            call().enable_dns_support(on()).send().await?;
        }
        if !live.dns_hostnames {
            call().enable_dns_hostnames(on()).send().await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &VpcLive) -> Result<()> {
        scope.aws.ec2.delete_vpc().vpc_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &VpcLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("cidr", &self.cidr, &live.cidr);
        diff.free("dns_support", &true, &live.dns_support);
        diff.free("dns_hostnames", &true, &live.dns_hostnames);
        diff.finish()
    }

    fn ready(&self, live: &VpcLive) -> Ready {
        Ready::status(&live.state, &["available"], &[])
    }

    fn outputs(&self, live: &VpcLive) -> Vec<(&'static str, String)> {
        vec![("vpc_id", live.id.clone())]
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let between_zones = Some(meter.assume(&usage::ZONE_GB));
        let data = DataTransfer { between_zones, ..DataTransfer::default() };
        tariff::data_transfer(meter.sheet(), data);
    }
}

/// The DNS attributes are not part of the answer; AWS starts with support on and host names off.
fn read(vpc: &aws_sdk_ec2::types::Vpc) -> VpcLive {
    VpcLive {
        id: vpc.vpc_id().unwrap_or_default().to_owned(),
        cidr: vpc.cidr_block().unwrap_or_default().to_owned(),
        state: vpc.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        dns_support: true,
        dns_hostnames: false,
    }
}

async fn attribute(scope: &Scope, id: &str, name: VpcAttributeName) -> Result<bool> {
    let call = scope.aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(name.clone());
    let answer = call.send().await?;
    let value = match name {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    Ok(value.and_then(AttributeBooleanValue::value).unwrap_or_default())
}
