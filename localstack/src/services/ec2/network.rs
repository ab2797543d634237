//! VPCs and subnets.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{dry_run, field, id, selected, shape, tags_of};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateVpc", create_vpc),
    ("DescribeVpcs", describe_vpcs),
    ("ModifyVpcAttribute", modify_vpc_attribute),
    ("DescribeVpcAttribute", describe_vpc_attribute),
    ("DeleteVpc", delete_vpc),
    ("CreateSubnet", create_subnet),
    ("DescribeSubnets", describe_subnets),
    ("ModifySubnetAttribute", modify_subnet_attribute),
    ("DeleteSubnet", delete_subnet),
];

fn create_vpc(call: &mut Call<'_>) -> Answer {
    let cidr = call.required("CidrBlock")?;
    dry_run(call)?;
    let tags = tags_of(call, "vpc");
    let id = call.world.new_id("vpc");
    let vpc = Thing::new("vpc", &id)
        .with("vpcId", id.clone())
        .with("cidrBlock", cidr)
        .with("isDefault", false)
        .with("instanceTenancy", "default")
        .with("$dnsSupport", true)
        .with("$dnsHostnames", false)
        .tagged(tags);
    let vpc = call.create(vpc)?;
    Ok(json!({"vpc": with_state(&vpc, call.now)}))
}

/// Attributes whose name begins with `$` are the local AWS's own and never shown.
fn with_state(thing: &Thing, now: f64) -> Value {
    let mut shape = shape(thing);
    if let Value::Object(map) = &mut shape {
        map.retain(|name, _| !name.starts_with('$'));
        let state = if thing.stage(now) == Stage::Creating { "pending" } else { "available" };
        map.insert("state".to_owned(), state.into());
    }
    shape
}

fn describe_vpcs(call: &mut Call<'_>) -> Answer {
    let fields = &[("vpc-id", id as fn(&Thing, f64) -> _), ("cidr", field!("cidrBlock"))];
    let found = selected(call, "vpc", "VpcId", fields)?;
    let shown = found.into_iter().map(|vpc| with_state(vpc, call.now)).collect();
    let (page, next) = call.page(shown, "MaxResults", "NextToken");
    Ok(json!({"vpcSet": {"item": page}, "nextToken": next}))
}

fn modify_vpc_attribute(call: &mut Call<'_>) -> Answer {
    let id = call.required("VpcId")?;
    let support = call.flag("EnableDnsSupport.Value");
    let names = call.flag("EnableDnsHostnames.Value");
    let vpc = call.world.expect_mut("vpc", &id)?;
    if let Some(on) = support {
        vpc.set("$dnsSupport", on);
    }
    if let Some(on) = names {
        vpc.set("$dnsHostnames", on);
    }
    Ok(json!({"return": true}))
}

fn describe_vpc_attribute(call: &mut Call<'_>) -> Answer {
    let id = call.required("VpcId")?;
    let attribute = call.required("Attribute")?;
    let vpc = call.world.expect("vpc", &id)?;
    let value = match attribute.as_str() {
        "enableDnsSupport" => vpc.attrs.get("$dnsSupport"),
        "enableDnsHostnames" => vpc.attrs.get("$dnsHostnames"),
        other => return Err(AwsError::unimplemented(format!("the VPC attribute `{other}`"))),
    };
    Ok(json!({"vpcId": id, attribute: {"value": value}}))
}

fn delete_vpc(call: &mut Call<'_>) -> Answer {
    let id = call.required("VpcId")?;
    dry_run(call)?;
    call.world.delete("vpc", &id, call.now)?;
    done()
}

fn create_subnet(call: &mut Call<'_>) -> Answer {
    let (vpc, cidr) = (call.required("VpcId")?, call.required("CidrBlock")?);
    let zone = call.text("AvailabilityZone").unwrap_or("us-east-1a").to_owned();
    dry_run(call)?;
    call.world.expect("vpc", &vpc)?;
    let taken = call.here("subnet").any(|other| {
        other.text("vpcId") == vpc && other.text("cidrBlock") == cidr
    });
    if taken {
        let message = format!("The CIDR '{cidr}' conflicts with another subnet");
        return Err(AwsError::bad("InvalidSubnet.Conflict", message));
    }
    let tags = tags_of(call, "subnet");
    let id = call.world.new_id("subnet");
    let subnet = Thing::new("subnet", &id)
        .with("subnetId", id.clone())
        .with("vpcId", vpc.clone())
        .with("cidrBlock", cidr)
        .with("availabilityZone", zone)
        .with("availableIpAddressCount", 251)
        .with("mapPublicIpOnLaunch", false)
        .tagged(tags)
        .uses(vpc);
    let subnet = call.create(subnet)?;
    Ok(json!({"subnet": with_state(&subnet, call.now)}))
}

fn describe_subnets(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("subnet-id", id as fn(&Thing, f64) -> _),
        ("vpc-id", field!("vpcId")),
        ("availability-zone", field!("availabilityZone")),
    ];
    let found = selected(call, "subnet", "SubnetId", fields)?;
    let shown = found.into_iter().map(|subnet| with_state(subnet, call.now)).collect();
    let (page, next) = call.page(shown, "MaxResults", "NextToken");
    Ok(json!({"subnetSet": {"item": page}, "nextToken": next}))
}

fn modify_subnet_attribute(call: &mut Call<'_>) -> Answer {
    let id = call.required("SubnetId")?;
    let public = call.flag("MapPublicIpOnLaunch.Value");
    let subnet = call.world.expect_mut("subnet", &id)?;
    if let Some(public) = public {
        subnet.set("mapPublicIpOnLaunch", public);
    }
    Ok(json!({"return": true}))
}

fn delete_subnet(call: &mut Call<'_>) -> Answer {
    let id = call.required("SubnetId")?;
    dry_run(call)?;
    call.world.delete("subnet", &id, call.now)?;
    done()
}
