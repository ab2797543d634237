//! DB subnet groups: where databases may stand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{arn, named, page_of};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateDBSubnetGroup", create),
    ("DescribeDBSubnetGroups", describe),
    ("ModifyDBSubnetGroup", modify),
    ("DeleteDBSubnetGroup", delete),
];

const KIND: &str = "db_subnet_group";

fn create(call: &mut Call<'_>) -> Answer {
    let name = named(call, "DBSubnetGroupName")?;
    let description = call.required("DBSubnetGroupDescription")?;
    let subnets = call.texts("SubnetIds");
    let vpc = check_subnets(call, &subnets)?;
    let group = Thing::new(KIND, arn(call, "subgrp", &name))
        .with("DBSubnetGroupName", name)
        .with("DBSubnetGroupDescription", description)
        .with("VpcId", vpc)
        .with("$subnets", subnets.clone())
        .tagged(call.tags("Tags"))
        .uses_all(subnets);
    let group = call.create(group)?;
    Ok(json!({"DBSubnetGroup": shape(call.world, &group)}))
}

/// All in one VPC, in two zones at least; answers the VPC.
fn check_subnets(call: &Call<'_>, subnets: &[String]) -> Result<String, AwsError> {
    let mut zones = BTreeSet::new();
    let mut vpcs = BTreeSet::new();
    for id in subnets {
        let subnet = call.here("subnet").find(|subnet| subnet.id == *id).ok_or_else(|| {
            AwsError::bad("InvalidSubnet", format!("The subnet ID '{id}' does not exist"))
        })?;
        zones.insert(subnet.text("availabilityZone").to_owned());
        vpcs.insert(subnet.text("vpcId").to_owned());
    }
    if zones.len() < 2 {
        let message = format!(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. \
             Current AZ coverage: {}. Add subnets to cover at least 2 AZs.",
            zones.into_iter().collect::<Vec<_>>().join(", ")
        );
        return Err(AwsError::bad("DBSubnetGroupDoesNotCoverEnoughAZs", message));
    }
    match (vpcs.pop_first(), vpcs.is_empty()) {
        (Some(vpc), true) => Ok(vpc),
        _ => Err(AwsError::bad("InvalidSubnet", "The subnets belong to different VPCs")),
    }
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = super::asked(call, KIND, "DBSubnetGroupName", "subgrp")?;
    let shown = found.iter().map(|group| shape(call.world, group)).collect();
    page_of(call, "DBSubnetGroups", "DBSubnetGroup", shown)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = arn(call, "subgrp", &named(call, "DBSubnetGroupName")?);
    let subnets = call.texts("SubnetIds");
    let vpc = check_subnets(call, &subnets)?;
    let group = call.world.expect(KIND, &id)?;
    if group.text("VpcId") != vpc {
        return Err(AwsError::bad("InvalidSubnet", "The subnets belong to another VPC"));
    }
    check_interfaces(call.world, &id, &subnets)?;
    let description = call.text("DBSubnetGroupDescription").map(str::to_owned);
    let group = call.world.expect_mut(KIND, &id)?;
    if let Some(description) = description {
        group.set("DBSubnetGroupDescription", description);
    }
    group.set("$subnets", subnets.clone());
    group.refs = subnets.into_iter().collect();
    let group = group.clone();
    Ok(json!({"DBSubnetGroup": shape(call.world, &group)}))
}

/// A subnet in which a database of the group stands cannot leave the group.
fn check_interfaces(world: &World, group: &str, subnets: &[String]) -> Result<(), AwsError> {
    let users = world.things.values().filter(|thing| thing.refs.contains(group));
    let interfaces = users.flat_map(|user| world.children(&user.id));
    let stuck = interfaces
        .filter(|child| child.kind == "network_interface")
        .find(|child| subnets.iter().all(|subnet| subnet != child.text("subnetId")));
    stuck.map_or(Ok(()), |interface| {
        let message = format!(
            "Some of the subnets to be deleted are currently in use: {}",
            interface.text("subnetId")
        );
        Err(AwsError::bad("SubnetAlreadyInUse", message))
    })
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = arn(call, "subgrp", &named(call, "DBSubnetGroupName")?);
    call.world.delete(KIND, &id, call.now)?;
    done()
}

/// The subnets of a group, in the order of their zones.
pub fn subnets(group: &Thing) -> Vec<String> {
    let listed = group.attrs.get("$subnets").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

pub fn shape(world: &World, group: &Thing) -> Value {
    let subnets: Vec<Value> = subnets(group)
        .iter()
        .map(|id| {
            let zone = world.get(id).map(|subnet| subnet.text("availabilityZone").to_owned());
            json!({
                "SubnetIdentifier": id,
                "SubnetAvailabilityZone": {"Name": zone},
                "SubnetStatus": "Active",
            })
        })
        .collect();
    json!({
        "DBSubnetGroupName": group.text("DBSubnetGroupName"),
        "DBSubnetGroupDescription": group.text("DBSubnetGroupDescription"),
        "VpcId": group.text("VpcId"),
        "SubnetGroupStatus": "Complete",
        "DBSubnetGroupArn": group.id,
        "Subnets": {"Subnet": subnets},
    })
}
