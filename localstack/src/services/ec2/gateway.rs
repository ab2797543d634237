//! Internet gateways.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{dry_run, id, interface, known, owner, page, selected, shape, tags};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateInternetGateway", create),
    ("DescribeInternetGateways", describe),
    ("AttachInternetGateway", attach),
    ("DetachInternetGateway", detach),
    ("DeleteInternetGateway", delete),
];

fn create(call: &mut Call<'_>) -> Answer {
    let tags = tags::of_new(call, "internet_gateway")?;
    dry_run(call)?;
    let id = call.world.new_id("igw");
    let gateway = Thing::new("internet_gateway", &id).with("internetGatewayId", id.clone());
    let gateway = call.create(gateway.tagged(tags))?;
    Ok(json!({"internetGateway": show(&gateway)}))
}

fn show(gateway: &Thing) -> Map<String, Value> {
    let mut shape = shape(gateway);
    let attached = gateway.text("$vpc");
    let items = if attached.is_empty() {
        Vec::new()
    } else {
        vec![json!({"vpcId": attached, "state": "available"})]
    };
    shape.insert("attachmentSet".to_owned(), json!({"item": items}));
    shape
}

fn attachment(gateway: &Thing, _now: f64) -> Vec<String> {
    Some(gateway.text("$vpc"))
        .filter(|vpc| !vpc.is_empty())
        .map(str::to_owned)
        .into_iter()
        .collect()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("internet-gateway-id", id as fn(&Thing, f64) -> _),
        ("attachment.vpc-id", attachment),
        ("attachment.state", |gateway, now| {
            attachment(gateway, now).iter().map(|_| "available".to_owned()).collect()
        }),
        ("owner-id", owner),
    ];
    let found = selected(call, "internet_gateway", "InternetGatewayId", fields)?;
    page(call, "internetGatewaySet", found.into_iter().map(show).collect())
}

fn attach(call: &mut Call<'_>) -> Answer {
    let (id, vpc) = (call.required("InternetGatewayId")?, call.required("VpcId")?);
    let attached = known(call, "internet_gateway", &id)?.text("$vpc").to_owned();
    known(call, "vpc", &vpc)?;
    dry_run(call)?;
    let associated = |message: String| Err(AwsError::bad("Resource.AlreadyAssociated", message));
    if !attached.is_empty() {
        return associated(format!("resource {id} is already attached to network {attached}"));
    }
    if call.here("internet_gateway").any(|other| other.text("$vpc") == vpc) {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(AwsError::bad("InvalidParameterValue", message));
    }
    let gateway = call.world.expect_mut("internet_gateway", &id)?;
    gateway.set("$vpc", vpc.clone());
    gateway.refs.insert(vpc);
    Ok(json!({"return": true}))
}

fn detach(call: &mut Call<'_>) -> Answer {
    let (id, vpc) = (call.required("InternetGatewayId")?, call.required("VpcId")?);
    let attached = known(call, "internet_gateway", &id)?.text("$vpc").to_owned();
    dry_run(call)?;
    if attached != vpc {
        let message = format!("resource {id} is not attached to network {vpc}");
        return Err(AwsError::bad("Gateway.NotAttached", message));
    }
    // terraform#497, carina#1088: as long as NAT gateways, balancers or instances hold addresses.
    let mapped = call
        .here("network_interface")
        .find(|one| one.text("vpcId") == vpc && interface::is_public(call, one));
    if let Some(mapped) = mapped {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public \
             address(es) before detaching the gateway. ({})",
            mapped.id
        );
        return Err(AwsError::bad("DependencyViolation", message));
    }
    let gateway = call.world.expect_mut("internet_gateway", &id)?;
    gateway.attrs.remove("$vpc");
    gateway.refs.clear();
    Ok(json!({"return": true}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("InternetGatewayId")?;
    let attached = !known(call, "internet_gateway", &id)?.text("$vpc").is_empty();
    dry_run(call)?;
    if attached {
        let message = format!("The internetGateway '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::bad("DependencyViolation", message));
    }
    call.world.delete("internet_gateway", &id, call.now)?;
    done()
}

/// The gateway that a VPC has.
pub fn of_vpc<'t>(call: &'t Call<'_>, vpc: &str) -> Option<&'t Thing> {
    call.here("internet_gateway").find(|gateway| gateway.text("$vpc") == vpc)
}
