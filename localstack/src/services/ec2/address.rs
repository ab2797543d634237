//! Elastic IP addresses.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{dry_run, field, id, known, page, picked, refuse, selected, shape, tags};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::rules;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("AllocateAddress", allocate),
    ("DescribeAddresses", describe),
    ("DescribeAddressesAttribute", describe_attribute),
    ("DisassociateAddress", disassociate),
    ("ReleaseAddress", release),
];

fn allocate(call: &mut Call<'_>) -> Answer {
    refuse(call, &["Address", "IpamPoolId", "CustomerOwnedIpv4Pool", "PublicIpv4Pool"])?;
    let tags = tags::of_new(call, "elastic_ip")?;
    dry_run(call)?;
    let id = call.world.new_id("eipalloc");
    // 198.51.100.0/24 and 203.0.113.0/24 are for documentation; 198.18.0.0/15 for benchmarks.
    let number = call.world.random() % 130_000;
    let address =
        format!("198.{}.{}.{}", 18 + number / 65_000, (number / 254) % 255, number % 254 + 1);
    let group = call.region().to_owned();
    let allocation = Thing::new("elastic_ip", &id)
        .with("allocationId", id.clone())
        .with("publicIp", address)
        .with("domain", "vpc")
        .with("publicIpv4Pool", "amazon")
        .with("networkBorderGroup", group)
        .tagged(tags);
    let allocation = call.create(allocation)?;
    Ok(Value::Object(shape(&allocation)))
}

/// With what the address is mapped to, which the interface knows.
fn mapped(call: &Call<'_>, address: &Thing) -> Thing {
    let mut address = address.clone();
    let holder = call.here("network_interface").find(|interface| {
        let association = interface.attrs.get("association");
        association.and_then(|a| a.get("allocationId")?.as_str()) == Some(&address.id)
    });
    let Some(holder) = holder else { return address };
    let association = holder.attrs.get("association").and_then(|a| a.get("associationId").cloned());
    address.set("associationId", association.unwrap_or_default());
    address.set("networkInterfaceId", holder.id.clone());
    address.set("networkInterfaceOwnerId", ACCOUNT);
    address.set("privateIpAddress", holder.text("privateIpAddress"));
    address
}

fn describe(call: &mut Call<'_>) -> Answer {
    let all: Vec<Thing> = call.here("elastic_ip").map(|one| mapped(call, one)).collect();
    let fields = &[
        ("allocation-id", id as fn(&Thing, f64) -> _),
        ("association-id", field!("associationId")),
        ("domain", field!("domain")),
        ("network-interface-id", field!("networkInterfaceId")),
        ("private-ip-address", field!("privateIpAddress")),
        ("public-ip", field!("publicIp")),
    ];
    let ips = call.texts("PublicIp");
    let found = picked(call, "elastic_ip", &all, "AllocationId", fields)?;
    let asked = found
        .into_iter()
        .filter(|one| ips.is_empty() || ips.iter().any(|ip| ip == one.text("publicIp")));
    let shown: Vec<Map<String, Value>> = asked.map(shape).collect();
    Ok(json!({"addressesSet": {"item": shown}}))
}

/// Reverse DNS is the one attribute, and nobody can set it here.
fn describe_attribute(call: &mut Call<'_>) -> Answer {
    if let Some(other) = call.text("Attribute").filter(|name| *name != "domain-name") {
        return Err(AwsError::unimplemented(format!("the address attribute `{other}`")));
    }
    let found = selected(call, "elastic_ip", "AllocationId", &[])?;
    let shown = found.into_iter().map(|address| {
        let mut shape = Map::new();
        shape.insert("allocationId".to_owned(), address.id.clone().into());
        shape.insert("publicIp".to_owned(), address.text("publicIp").into());
        shape
    });
    page(call, "addressSet", shown.collect())
}

/// Addresses are only ever mapped to what AWS itself holds, and that is not for clients to change.
fn disassociate(call: &mut Call<'_>) -> Answer {
    let asked = call.required("AssociationId")?;
    let all: Vec<Thing> = call.here("elastic_ip").map(|one| mapped(call, one)).collect();
    if all.iter().any(|address| address.text("associationId") == asked) {
        let message = "You do not have permission to access the specified resource.";
        return Err(AwsError::bad("AuthFailure", message));
    }
    let message = format!("The association ID '{asked}' does not exist");
    Err(AwsError::bad("InvalidAssociationID.NotFound", message))
}

fn release(call: &mut Call<'_>) -> Answer {
    let id = call.text("AllocationId").map(str::to_owned);
    let id = id.ok_or_else(|| {
        AwsError::bad("InvalidParameterCombination", "You must specify an allocation id")
    })?;
    known(call, "elastic_ip", &id)?;
    dry_run(call)?;
    rules::check_delete(call.world, "elastic_ip", &id)?;
    call.world.delete("elastic_ip", &id, call.now)?;
    done()
}
