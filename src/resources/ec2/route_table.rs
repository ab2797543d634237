//! A route table and the subnets that follow it. Its routes are resources of their own, so that the
//! table and what else hangs on it need not wait for a NAT gateway.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::ResourceType;
use serde::{Deserialize, Serialize};

use super::wire::{filter, found, gone, missing, route_tables, tagged};
use super::{Subnet, Vpc};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    pub vpc: Ref<Vpc>,
    /// The subnets that follow this table; every other one is let go.
    pub subnets: Vec<Ref<Subnet>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RouteTableLive {
    pub id: String,
    pub vpc_id: String,
    /// Ids of associations, by subnet id.
    pub associations: BTreeMap<String, String>,
}

impl Resource for RouteTable {
    const KIND: &'static str = "route_table";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "ec2:AssociateRouteTable",
        "ec2:CreateRouteTable",
        "ec2:CreateTags",
        "ec2:DeleteRouteTable",
        "ec2:DescribeRouteTables",
        "ec2:DisassociateRouteTable",
        "ec2:ReplaceRouteTableAssociation",
    ];

    type Live = RouteTableLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<RouteTableLive>>> {
        let tables = route_tables(scope).await?;
        Ok(tables.iter().map(|table| found(table.tags(), read(table))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<RouteTableLive> {
        let call = scope
            .aws
            .ec2
            .create_route_table()
            .client_token(&claim.token)
            .vpc_id(scope.live(&self.vpc)?.id)
            .tag_specifications(tagged(scope, claim, ResourceType::RouteTable));
        let answer = call.send().await?;
        answer.route_table().map(read).ok_or_else(|| missing("CreateRouteTable", "route table"))
    }

    async fn update(&self, scope: &Scope, live: &RouteTableLive, _claim: &Claim) -> Result<()> {
        let wanted = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        for (subnet, association) in &live.associations {
            if !wanted.contains(subnet) {
                let call = scope.aws.ec2.disassociate_route_table();
                gone(call.association_id(association).send().await)?;
            }
        }
        for subnet in wanted.iter().filter(|subnet| !live.associations.contains_key(*subnet)) {
            associate(scope, &live.id, subnet).await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &RouteTableLive) -> Result<()> {
        // Asked anew: an association that is not in `live` would hold the table back for ever.
        let answer = scope.aws.ec2.describe_route_tables().route_table_ids(&live.id).send().await?;
        for association in answer.route_tables().iter().flat_map(|table| read(table).associations) {
            let call = scope.aws.ec2.disassociate_route_table();
            gone(call.association_id(association.1).send().await)?;
        }
        scope.aws.ec2.delete_route_table().route_table_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &RouteTableLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("vpc", facts.map(&self.vpc, |vpc| vpc.id), &live.vpc_id);
        let wanted = facts.map_all(&self.subnets, |subnet| subnet.id).map(|mut ids| {
            ids.sort();
            ids
        });
        let now: Vec<String> = live.associations.keys().cloned().collect();
        diff.free_fact("subnets", wanted, &now);
        diff.finish()
    }
}

/// A subnet follows one table: if it follows another one, it is moved in one step.
async fn associate(scope: &Scope, table: &str, subnet: &str) -> Result<()> {
    let call = scope.aws.ec2.describe_route_tables();
    let answer = call.filters(filter("association.subnet-id", subnet)).send().await?;
    let mut others = answer.route_tables().iter().map(read);
    match others.find_map(|mut other| other.associations.remove(subnet)) {
        Some(association) => {
            let call = scope.aws.ec2.replace_route_table_association();
            call.association_id(association).route_table_id(table).send().await?;
        }
        None => {
            let call = scope.aws.ec2.associate_route_table().route_table_id(table);
            call.subnet_id(subnet).send().await?;
        }
    }
    Ok(())
}

fn read(table: &aws_sdk_ec2::types::RouteTable) -> RouteTableLive {
    let associations = table.associations().iter().filter_map(|one| {
        Some((one.subnet_id()?.to_owned(), one.route_table_association_id()?.to_owned()))
    });
    RouteTableLive {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        vpc_id: table.vpc_id().unwrap_or_default().to_owned(),
        associations: associations.collect(),
    }
}
