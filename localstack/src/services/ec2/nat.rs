//! NAT gateways: slow to come and go, and shown as deleted for an hour.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{
    dry_run, field, gateway, id, known, network, page, picked, refuse, replay, shape, tags,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateNatGateway", create),
    ("DescribeNatGateways", describe),
    ("DeleteNatGateway", delete),
];

/// How long AWS shows a deleted one ("for about an hour", VPC user guide).
const SHOWN: f64 = 3600.0;

fn create(call: &mut Call<'_>) -> Answer {
    refuse(call, &["AvailabilityMode", "SecondaryAllocationId", "PrivateIpAddress", "VpcId"])?;
    let subnet = call.required("SubnetId")?;
    if call.text("ConnectivityType").unwrap_or("public") != "public" {
        return Err(AwsError::unimplemented("private NAT gateways"));
    }
    let address = call.required("AllocationId")?;
    let token = match replay(call, "nat_gateway")? {
        Ok(made) => return Ok(json!({"natGateway": show(&made, call.now)})),
        Err(token) => token,
    };
    let subnet = known(call, "subnet", &subnet)?.clone();
    let address = known(call, "elastic_ip", &address)?.clone();
    let tags = tags::of_new(call, "nat_gateway")?;
    dry_run(call)?;
    let id = call.world.new_id("nat");
    let mut nat = Thing::new("nat_gateway", &id)
        .called(subnet.text("cidrBlock"))
        .with("natGatewayId", id.clone())
        .with("subnetId", subnet.id.clone())
        .with("vpcId", subnet.text("vpcId"))
        .with("connectivityType", "public")
        .with("availabilityMode", "zonal")
        .with("createTime", call.date(call.now))
        .with("$allocationId", address.id.clone())
        .tagged(tags)
        .uses(subnet.id.clone());
    nat.token = token;
    nat.failure = failure(call, &subnet, &address);
    if nat.failure.is_none() {
        nat = nat.uses(address.id.clone());
    }
    let nat = call.create(nat)?;
    if nat.failure.is_none() {
        create_interface(call, &nat, &subnet, &address)?;
    }
    let nat = known(call, "nat_gateway", &id)?;
    Ok(json!({"natGateway": show(nat, call.now), "clientToken": call.text("ClientToken")}))
}

/// AWS takes the request and lets the gateway fail (VPC user guide, troubleshoot NAT gateways).
fn failure(call: &Call<'_>, subnet: &Thing, address: &Thing) -> Option<String> {
    let vpc = subnet.text("vpcId");
    if gateway::of_vpc(call, vpc).is_none() {
        let message = format!("Network {vpc} has no Internet gateway attached");
        return Some(format!("Gateway.NotAttached|{message}"));
    }
    let used = call.world.things.values().any(|other| other.refs.contains(&address.id));
    used.then(|| {
        let message = format!("Elastic IP address [{}] is already associated", address.id);
        format!("Resource.AlreadyAssociated|{message}")
    })
}

fn create_interface(
    call: &mut Call<'_>,
    nat: &Thing,
    subnet: &Thing,
    address: &Thing,
) -> Result<(), AwsError> {
    let id = call.world.new_id("eni");
    let association = call.world.new_id("eipassoc");
    let private = network::free_address(call, subnet)?;
    let public = address.text("publicIp");
    let mapped = json!({"publicIp": public, "allocationId": address.id,
        "associationId": association, "ipOwnerId": crate::world::ACCOUNT});
    let interface = Thing::new("network_interface", &id)
        .with("networkInterfaceId", id.clone())
        .with("subnetId", subnet.id.clone())
        .with("vpcId", subnet.text("vpcId"))
        .with("availabilityZone", subnet.text("availabilityZone"))
        .with("description", format!("Interface for NAT Gateway {}", nat.id))
        .with("interfaceType", "nat_gateway")
        .with("requesterManaged", true)
        .with("status", "in-use")
        .with("privateIpAddress", private.clone())
        .with("association", mapped)
        .with("groupSet", json!({"item": []}))
        .owned_by(Owner::Aws)
        .child_of(nat.id.clone())
        .uses(subnet.id.clone());
    call.create(interface)?;
    let shown = json!({"allocationId": address.id, "networkInterfaceId": id, "publicIp": public,
        "privateIp": private, "associationId": association, "isPrimary": true,
        "status": "succeeded"});
    let nat = call.world.expect_mut("nat_gateway", &nat.id)?;
    nat.set("natGatewayAddressSet", json!({"item": [shown]}));
    Ok(())
}

fn state(nat: &Thing, now: f64) -> &'static str {
    match nat.kind.as_str() {
        "deleted_nat_gateway" => "deleted",
        _ => match nat.status(now, ["pending", "available", "available", "failed", "deleting"]) {
            "pending" => "pending",
            "failed" => "failed",
            "deleting" => "deleting",
            _ => "available",
        },
    }
}

fn show(nat: &Thing, now: f64) -> Map<String, Value> {
    let mut shape = shape(nat);
    let state = state(nat, now);
    shape.insert("state".to_owned(), state.into());
    if !shape.contains_key("natGatewayAddressSet") {
        let address = json!({"allocationId": nat.text("$allocationId")});
        shape.insert("natGatewayAddressSet".to_owned(), json!({"item": [address]}));
    }
    if let ("failed", Some((code, message))) =
        (state, nat.failure.as_deref().and_then(|why| why.split_once('|')))
    {
        shape.insert("failureCode".to_owned(), code.into());
        shape.insert("failureMessage".to_owned(), message.into());
    }
    shape
}

/// Those that exist, and those that were deleted in the last hour.
fn visible(call: &Call<'_>) -> Vec<Thing> {
    let past = call.here("deleted_nat_gateway").filter(|ghost| ghost.ready <= call.now);
    let past = past.map(|ghost| {
        let mut nat = ghost.clone();
        nat.id = ghost.text("natGatewayId").to_owned();
        let tags = ghost.attrs.get("$tags").cloned().unwrap_or_default();
        nat.tags = serde_json::from_value(tags).unwrap_or_default();
        nat
    });
    call.here("nat_gateway").cloned().chain(past).collect()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let all = visible(call);
    let fields = &[
        ("nat-gateway-id", id as fn(&Thing, f64) -> _),
        ("state", |nat, now| vec![state(nat, now).to_owned()]),
        ("subnet-id", field!("subnetId")),
        ("vpc-id", field!("vpcId")),
    ];
    let found = picked(call, "nat_gateway", &all, "NatGatewayId", fields)?;
    page(call, "natGatewaySet", found.into_iter().map(|nat| show(nat, call.now)).collect())
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("NatGatewayId")?;
    let before = known(call, "nat_gateway", &id)?.clone();
    dry_run(call)?;
    call.world.delete("nat_gateway", &id, call.now)?;
    let gone = call.world.get(&id).and_then(|nat| nat.gone).unwrap_or(call.now);
    if before.gone.is_none() {
        let mut ghost = Thing::new("deleted_nat_gateway", format!("deleted/{id}"));
        ghost.attrs = before.attrs;
        ghost.set("$tags", json!(before.tags));
        ghost.set("deleteTime", call.date(call.now));
        ghost.ready = gone.max(call.now);
        ghost.gone = Some(gone + SHOWN);
        call.create(ghost.owned_by(Owner::Aws))?;
    }
    Ok(json!({"natGatewayId": id}))
}
