//! Cache subnet groups.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{SUBNET_GROUP, arn, asked, named, page_of, texts};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateCacheSubnetGroup", create),
    ("DescribeCacheSubnetGroups", describe),
    ("ModifyCacheSubnetGroup", modify),
    ("DeleteCacheSubnetGroup", delete),
];

fn create(call: &mut Call<'_>) -> Answer {
    let name = named(call, "CacheSubnetGroupName", 255)?;
    let description = call.required("CacheSubnetGroupDescription")?;
    let subnets = call.texts("SubnetIds");
    let vpc = vpc_of(call, &subnets)?;
    let group = Thing::new(SUBNET_GROUP, arn(call, SUBNET_GROUP, &name))
        .with("CacheSubnetGroupName", name)
        .with("CacheSubnetGroupDescription", description)
        .with("VpcId", vpc)
        .with("$subnets", subnets.clone())
        .tagged(call.tags("Tags"))
        .uses_all(subnets);
    let group = call.create(group)?;
    Ok(json!({"CacheSubnetGroup": shape(call.world, &group)}))
}

/// All subnets must exist and stand in one VPC.
fn vpc_of(call: &Call<'_>, subnets: &[String]) -> Result<String, AwsError> {
    let mut vpcs = BTreeSet::new();
    for id in subnets {
        let subnet = call.here("subnet").find(|subnet| subnet.id == *id).ok_or_else(|| {
            AwsError::bad("InvalidSubnet", format!("The subnet ID '{id}' does not exist"))
        })?;
        vpcs.insert(subnet.text("vpcId").to_owned());
    }
    match (vpcs.pop_first(), vpcs.is_empty()) {
        (Some(vpc), true) => Ok(vpc),
        _ => Err(AwsError::bad("InvalidSubnet", "The subnets must belong to one VPC")),
    }
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = asked(call, SUBNET_GROUP, "CacheSubnetGroupName")?;
    let shown = found.iter().map(|group| shape(call.world, group)).collect();
    page_of(call, "CacheSubnetGroups", "CacheSubnetGroup", shown)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = arn(call, SUBNET_GROUP, &named(call, "CacheSubnetGroupName", 255)?);
    call.world.expect(SUBNET_GROUP, &id)?;
    let subnets = call.texts("SubnetIds");
    if !subnets.is_empty() {
        let vpc = vpc_of(call, &subnets)?;
        let group = call.world.expect(SUBNET_GROUP, &id)?;
        if group.text("VpcId") != vpc {
            return Err(AwsError::bad("InvalidSubnet", "The subnets belong to another VPC"));
        }
        check_interfaces(call.world, &id, &subnets)?;
        let group = call.world.expect_mut(SUBNET_GROUP, &id)?;
        group.set("$subnets", subnets.clone());
        group.refs = subnets.into_iter().collect();
    }
    if let Some(description) = call.text("CacheSubnetGroupDescription").map(str::to_owned) {
        let group = call.world.expect_mut(SUBNET_GROUP, &id)?;
        group.set("CacheSubnetGroupDescription", description);
    }
    Ok(json!({"CacheSubnetGroup": shape(call.world, call.world.expect(SUBNET_GROUP, &id)?)}))
}

/// A subnet in which a node of the group stands cannot leave the group.
fn check_interfaces(world: &World, group: &str, subnets: &[String]) -> Result<(), AwsError> {
    let users = world.things.values().filter(|thing| thing.refs.contains(group));
    let nodes = users.flat_map(|user| world.children(&user.id));
    let stuck = nodes
        .flat_map(|node| world.children(&node.id))
        .filter(|child| child.kind == "network_interface")
        .find(|child| subnets.iter().all(|subnet| subnet != child.text("subnetId")));
    stuck.map_or(Ok(()), |interface| {
        let subnet = interface.text("subnetId");
        Err(AwsError::bad("SubnetInUse", format!("The subnet {subnet} is in use")))
    })
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = arn(call, SUBNET_GROUP, &named(call, "CacheSubnetGroupName", 255)?);
    call.world.delete(SUBNET_GROUP, &id, call.now)?;
    done()
}

fn shape(world: &World, group: &Thing) -> Value {
    let subnets: Vec<Value> = texts(group, "$subnets")
        .iter()
        .map(|id| {
            let zone = world.get(id).map(|subnet| subnet.text("availabilityZone").to_owned());
            json!({"SubnetIdentifier": id, "SubnetAvailabilityZone": {"Name": zone}})
        })
        .collect();
    let mut shape = super::shape(group);
    shape.insert("Subnets".to_owned(), json!({"Subnet": subnets}));
    Value::Object(shape)
}
