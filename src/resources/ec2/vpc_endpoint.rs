//! A gateway endpoint: free, and keeps the traffic to S3 away from the NAT gateways.

use aws_sdk_ec2::types::{ResourceType, UnsuccessfulItem, VpcEndpointType};
use serde::{Deserialize, Serialize};

use super::wire::{found, missing, ours, tagged};
use super::{RouteTable, Vpc};
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Meter, Ready, Ref, Resource, Result,
    Scope, Times, Wanted,
};

/// Desired values of a gateway endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VpcEndpoint {
    pub vpc: Ref<Vpc>,
    /// AWS's full name of the service, `com.amazonaws.eu-west-1.s3`.
    pub service: String,
    pub route_tables: Vec<Ref<RouteTable>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VpcEndpointLive {
    pub id: String,
    pub vpc_id: String,
    pub service: String,
    /// Sorted.
    pub route_table_ids: Vec<String>,
    pub state: String,
}

impl Resource for VpcEndpoint {
    const KIND: &'static str = "vpc_endpoint";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((2, 6, 30), (2, 6, 30));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateTags",
        "ec2:CreateVpcEndpoint",
        "ec2:DeleteVpcEndpoints",
        "ec2:DescribeVpcEndpoints",
        "ec2:ModifyVpcEndpoint",
    ];

    type Live = VpcEndpointLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<VpcEndpointLive>>> {
        let call = scope.aws.ec2.describe_vpc_endpoints().filters(ours(scope));
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let all = pages.iter().map(|endpoint| found(endpoint.tags(), read(endpoint)));
        Ok(all.filter(|found| found.live.state != "deleted").collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<VpcEndpointLive> {
        let tables = scope.live_all(&self.route_tables, |table| table.id)?;
        let call = scope
            .aws
            .ec2
            .create_vpc_endpoint()
            .client_token(&claim.token)
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .vpc_id(scope.live(&self.vpc)?.id)
            .service_name(&self.service)
            .set_route_table_ids(Some(tables))
            .tag_specifications(tagged(scope, claim, ResourceType::VpcEndpoint));
        let answer = call.send().await?;
        answer.vpc_endpoint().map(read).ok_or_else(|| missing("CreateVpcEndpoint", "endpoint"))
    }

    async fn update(&self, scope: &Scope, live: &VpcEndpointLive, _claim: &Claim) -> Result<()> {
        let wanted = scope.live_all(&self.route_tables, |table| table.id)?;
        let less = |all: &[String], others: &[String]| {
            let rest: Vec<_> = all.iter().filter(|one| !others.contains(one)).cloned().collect();
            (!rest.is_empty()).then_some(rest)
        };
        let call = scope
            .aws
            .ec2
            .modify_vpc_endpoint()
            .vpc_endpoint_id(&live.id)
            .set_add_route_table_ids(less(&wanted, &live.route_table_ids))
            .set_remove_route_table_ids(less(&live.route_table_ids, &wanted));
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &VpcEndpointLive) -> Result<()> {
        let call = scope.aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&live.id);
        let answer = call.send().await?;
        answer.unsuccessful().first().map_or(Ok(()), |item| Err(refused(item)))
    }

    fn diff(&self, live: &VpcEndpointLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        diff.fixed("service", &self.service, &live.service);
        let tables = facts.map_all(&self.route_tables, |table| table.id).map(|mut ids| {
            ids.sort();
            ids
        });
        diff.free_fact("route_tables", tables, &live.route_table_ids);
        diff.finish()
    }

    fn ready(&self, live: &VpcEndpointLive) -> Ready {
        Ready::status(&live.state, &["available"], &["failed", "rejected", "expired"])
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        tariff::gateway_endpoint(meter.sheet());
    }
}

/// AWS answers 200 and lists what it refused.
fn refused(item: &UnsuccessfulItem) -> Failure {
    let error = item.error();
    let message = error.and_then(|error| error.message()).unwrap_or("AWS gives no message");
    let code = error.and_then(|error| error.code()).unwrap_or("Unexpected").to_owned();
    Failure { code, ..Failure::unexpected("ec2", "DeleteVpcEndpoints", message) }
}

fn read(endpoint: &aws_sdk_ec2::types::VpcEndpoint) -> VpcEndpointLive {
    let mut route_table_ids = endpoint.route_table_ids().to_vec();
    route_table_ids.sort();
    VpcEndpointLive {
        id: endpoint.vpc_endpoint_id().unwrap_or_default().to_owned(),
        vpc_id: endpoint.vpc_id().unwrap_or_default().to_owned(),
        service: endpoint.service_name().unwrap_or_default().to_owned(),
        route_table_ids,
        // AWS spells it `Available` or `available`, as the API version has it.
        state: endpoint.state().map(|state| state.as_str().to_lowercase()).unwrap_or_default(),
    }
}
