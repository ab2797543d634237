//! Network interfaces: AWS's own, and those that are left behind.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{dry_run, field, id, invalid, known, network, owner, page, picked, shape};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] =
    &[("DescribeNetworkInterfaces", describe), ("DeleteNetworkInterface", delete)];

const KIND: &str = "network_interface";

/// Whether an interface has a public address: its own, that of an internet-facing balancer, or that
/// of an instance in a subnet that gives them out.
pub fn is_public(call: &Call<'_>, interface: &Thing) -> bool {
    if interface.attrs.contains_key("association") {
        return true;
    }
    let parent = interface.parent.as_deref().and_then(|id| call.world.get(id));
    parent.is_some_and(|parent| match parent.kind.as_str() {
        "load_balancer" => parent.text("Scheme") == "internet-facing",
        "instance" => network::maps_public(call, interface.text("subnetId")),
        _ => false,
    })
}

fn groups(interface: &Thing, _now: f64) -> Vec<String> {
    interface.refs.iter().filter(|id| id.starts_with("sg-")).cloned().collect()
}

/// Other services fill in what matters to them; the rest is the same for all.
fn full(call: &Call<'_>, interface: &Thing) -> Thing {
    let mut full = interface.clone();
    let zone = call
        .world
        .get(full.text("subnetId"))
        .map(|subnet| subnet.text("availabilityZone").to_owned());
    let requester = if full.owner == Owner::Aws { "amazon-aws" } else { ACCOUNT };
    let defaults = [
        ("availabilityZone", Value::from(zone)),
        ("interfaceType", "interface".into()),
        ("requesterId", requester.into()),
        ("requesterManaged", false.into()),
        ("sourceDestCheck", true.into()),
        ("status", "in-use".into()),
        ("description", "".into()),
    ];
    for (name, value) in defaults {
        full.attrs.entry(name).or_insert(value);
    }
    let holder = interface.parent.as_deref().and_then(|id| call.world.get(id));
    let instance = holder.filter(|parent| parent.kind == "instance").map(|one| one.id.clone());
    if full.text("status") == "in-use" && !full.attrs.contains_key("attachment") {
        let attachment = json!({"attachmentId": interface.id.replace("eni-", "eni-attach-"),
            "instanceId": instance, "instanceOwnerId": full.text("requesterId"),
            "status": "attached", "deleteOnTermination": true});
        full.set("attachment", attachment);
    }
    full
}

fn attached(interface: &Thing, name: &str) -> Vec<String> {
    let text = interface.attrs.get("attachment").and_then(|one| one.get(name)?.as_str());
    text.map(str::to_owned).into_iter().collect()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let all: Vec<Thing> = call.here(KIND).map(|one| full(call, one)).collect();
    let fields = &[
        ("network-interface-id", id as fn(&Thing, f64) -> _),
        ("vpc-id", field!("vpcId")),
        ("subnet-id", field!("subnetId")),
        ("status", field!("status")),
        ("description", field!("description")),
        ("interface-type", field!("interfaceType")),
        ("availability-zone", field!("availabilityZone")),
        ("private-ip-address", field!("privateIpAddress")),
        ("requester-id", field!("requesterId")),
        ("requester-managed", |one, _| {
            vec![one.attrs.get("requesterManaged").map(Value::to_string).unwrap_or_default()]
        }),
        ("group-id", groups),
        ("attachment.instance-id", |one, _| attached(one, "instanceId")),
        ("attachment.instance-owner-id", |one, _| attached(one, "instanceOwnerId")),
        ("attachment.status", |one, _| attached(one, "status")),
        ("owner-id", owner),
    ];
    let found = picked(call, KIND, &all, "NetworkInterfaceId", fields)?;
    let shown: Vec<Map<String, Value>> = found.into_iter().map(shape).collect();
    page(call, "networkInterfaceSet", shown)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("NetworkInterfaceId")?;
    let interface = known(call, KIND, &id)?;
    let used = full(call, interface).text("status") == "in-use";
    dry_run(call)?;
    if used {
        return Err(invalid(format!("Network interface '{id}' is currently in use.")));
    }
    if interface.owner == Owner::Aws {
        let message =
            format!("You do not have permission to access the specified resource ({id}).");
        return Err(AwsError::new(403, "AuthFailure", message));
    }
    call.world.delete(KIND, &id, call.now)?;
    done()
}
