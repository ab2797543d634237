//! One way out of a route table.

use aws_sdk_ec2::types::RouteOrigin;
use serde::{Deserialize, Serialize};

use super::wire::route_tables;
use super::{InternetGateway, NatGateway, RouteTable};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a route.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub table: Ref<RouteTable>,
    /// IPv4 range it is for, `0.0.0.0/0` for the rest of the world.
    pub destination: String,
    pub to: Way,
}

/// What a route leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    InternetGateway(Ref<InternetGateway>),
    NatGateway(Ref<NatGateway>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RouteLive {
    pub table_id: String,
    pub destination: String,
    /// Id of the gateway it leads to.
    pub to: String,
    /// `active`, or `blackhole` when the gateway is gone.
    pub state: String,
}

const ACTIVE: &str = "active";
const BLACKHOLE: &str = "blackhole";

impl Resource for Route {
    const KIND: &'static str = "route";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] =
        &["ec2:CreateRoute", "ec2:DeleteRoute", "ec2:DescribeRouteTables", "ec2:ReplaceRoute"];

    type Live = RouteLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<RouteLive>>> {
        let tables = route_tables(scope).await?;
        let routes: Vec<RouteLive> = tables.iter().flat_map(read).collect();
        let of = |one: &Wanted<Self>| {
            let recorded = one.live.as_ref().map(|live| live.table_id.clone());
            let table = scope.live(&one.desired.table).ok().map(|table| table.id).or(recorded)?;
            let same = |route: &&RouteLive| {
                route.table_id == table && route.destination == one.desired.destination
            };
            Some(Found::asked(&one.address, routes.iter().find(same)?.clone()))
        };
        Ok(wanted.iter().filter_map(of).collect())
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<RouteLive> {
        let (table_id, to) = (scope.live(&self.table)?.id, self.to.id(scope)?);
        let call = scope.aws.ec2.create_route().route_table_id(&table_id);
        let call = call.destination_cidr_block(&self.destination);
        let call = match self.to {
            Way::InternetGateway(_) => call.gateway_id(&to),
            Way::NatGateway(_) => call.nat_gateway_id(&to),
        };
        call.send().await?;
        let (destination, state) = (self.destination.clone(), ACTIVE.to_owned());
        Ok(RouteLive { table_id, destination, to, state })
    }

    async fn update(&self, scope: &Scope, live: &RouteLive, _claim: &Claim) -> Result<()> {
        let to = self.to.id(scope)?;
        let call = scope.aws.ec2.replace_route().route_table_id(&live.table_id);
        let call = call.destination_cidr_block(&live.destination);
        let call = match self.to {
            Way::InternetGateway(_) => call.gateway_id(to),
            Way::NatGateway(_) => call.nat_gateway_id(to),
        };
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &RouteLive) -> Result<()> {
        let call = scope.aws.ec2.delete_route().route_table_id(&live.table_id);
        call.destination_cidr_block(&live.destination).send().await?;
        Ok(())
    }

    fn diff(&self, live: &RouteLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("table", facts.map(&self.table, |table| table.id), &live.table_id);
        diff.fixed("destination", &self.destination, &live.destination);
        let to = match &self.to {
            Way::InternetGateway(gateway) => facts.map(gateway, |gateway| gateway.id),
            Way::NatGateway(gateway) => facts.map(gateway, |gateway| gateway.id),
        };
        diff.free_fact("to", to, &live.to);
        // It leads nowhere until it is set again: waiting would mend nothing.
        if live.state == BLACKHOLE {
            diff.free("state", ACTIVE, &live.state);
        }
        diff.finish()
    }

    fn ready(&self, live: &RouteLive) -> Ready {
        Ready::status(&live.state, &[ACTIVE, BLACKHOLE], &[])
    }
}

impl Way {
    fn id(&self, scope: &Scope) -> Result<String> {
        match self {
            Self::InternetGateway(gateway) => scope.live(gateway).map(|gateway| gateway.id),
            Self::NatGateway(gateway) => scope.live(gateway).map(|gateway| gateway.id),
        }
    }
}

/// The routes a client made; the VPC's own and an endpoint's are AWS's.
fn read(table: &aws_sdk_ec2::types::RouteTable) -> Vec<RouteLive> {
    let made = |route: &&aws_sdk_ec2::types::Route| {
        route.origin() == Some(&RouteOrigin::CreateRoute)
            && route.destination_cidr_block().is_some()
    };
    let live = |route: &aws_sdk_ec2::types::Route| RouteLive {
        table_id: table.route_table_id().unwrap_or_default().to_owned(),
        destination: route.destination_cidr_block().unwrap_or_default().to_owned(),
        to: route.nat_gateway_id().or(route.gateway_id()).unwrap_or_default().to_owned(),
        state: route.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
    };
    table.routes().iter().filter(made).map(live).collect()
}
