//! VPCs and subnets.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::range::Range;
use super::{dry_run, field, id, invalid, known, owner, page, place, refuse, security, selected};
use super::{table, tags, with_state};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Thing};

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
    ("DescribeNetworkAcls", describe_network_acls),
];

const WORDS: [&str; 5] = ["pending", "available", "available", "failed", "available"];

fn create_vpc(call: &mut Call<'_>) -> Answer {
    let cidr = Range::parse(&call.required("CidrBlock")?)?;
    refuse(call, &["Ipv4IpamPoolId", "Ipv6CidrBlock"])?;
    if call.flag("AmazonProvidedIpv6CidrBlock") != Some(false) {
        refuse(call, &["AmazonProvidedIpv6CidrBlock"])?;
    }
    if !(16..=28).contains(&cidr.prefix()) {
        let message = format!("The CIDR '{cidr}' is invalid.");
        return Err(AwsError::bad("InvalidVpc.Range", message));
    }
    let tags = tags::of_new(call, "vpc")?;
    dry_run(call)?;
    let id = call.world.new_id("vpc");
    let association = call.world.new_id("vpc-cidr-assoc");
    let blocks = json!({"associationId": association, "cidrBlock": cidr.to_string(),
        "cidrBlockState": {"state": "associated"}});
    let vpc = Thing::new("vpc", &id)
        .with("vpcId", id.clone())
        .with("cidrBlock", cidr.to_string())
        .with("cidrBlockAssociationSet", json!({"item": [blocks]}))
        .with("dhcpOptionsId", "default")
        .with("isDefault", false)
        .with("instanceTenancy", call.text("InstanceTenancy").unwrap_or("default"))
        .with("$dnsSupport", true)
        .with("$dnsHostnames", false)
        .tagged(tags);
    let vpc = call.create(vpc)?;
    table::create_main(call, &id)?;
    security::create_default(call, &id)?;
    create_default_acl(call, &id)?;
    Ok(json!({"vpc": with_state(&vpc, call.now, WORDS)}))
}

fn create_default_acl(call: &mut Call<'_>, vpc: &str) -> Result<(), AwsError> {
    let id = call.world.new_id("acl");
    let entry = |number: u32, egress: bool, action: &str| {
        json!({"ruleNumber": number, "protocol": "-1", "ruleAction": action, "egress": egress,
            "cidrBlock": "0.0.0.0/0"})
    };
    let entries = [false, true]
        .into_iter()
        .flat_map(|egress| [entry(100, egress, "allow"), entry(32767, egress, "deny")]);
    let acl = Thing::new("network_acl", &id)
        .with("networkAclId", id.clone())
        .with("vpcId", vpc)
        .with("default", true)
        .with("entrySet", json!({"item": entries.collect::<Vec<_>>()}))
        .owned_by(Owner::Aws)
        .child_of(vpc);
    call.create(acl).map(drop)
}

fn describe_network_acls(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("network-acl-id", id as fn(&Thing, f64) -> _),
        ("vpc-id", field!("vpcId")),
        ("default", |_, _| vec!["true".to_owned()]),
        ("owner-id", owner),
    ];
    let found = selected(call, "network_acl", "NetworkAclId", fields)?;
    let shown = found.into_iter().map(|acl| {
        let mut shape = super::shape(acl);
        let subnets = call.here("subnet").filter(|subnet| subnet.text("vpcId") == acl.text("vpcId"));
        let associations: Vec<Value> = subnets
            .map(|subnet| {
                let id = subnet.id.replace("subnet-", "aclassoc-");
                json!({"networkAclAssociationId": id, "networkAclId": acl.id, "subnetId": subnet.id})
            })
            .collect();
        shape.insert("associationSet".to_owned(), json!({"item": associations}));
        shape
    });
    page(call, "networkAclSet", shown.collect())
}

fn describe_vpcs(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("vpc-id", id as fn(&Thing, f64) -> _),
        ("cidr", field!("cidrBlock")),
        ("cidr-block-association.cidr-block", field!("cidrBlock")),
        ("is-default", |_, _| vec!["false".to_owned()]),
        ("isDefault", |_, _| vec!["false".to_owned()]),
        ("owner-id", owner),
        ("state", |vpc, now| vec![vpc.status(now, WORDS).to_owned()]),
    ];
    let found = selected(call, "vpc", "VpcId", fields)?;
    let shown = found.into_iter().map(|vpc| with_state(vpc, call.now, WORDS)).collect();
    page(call, "vpcSet", shown)
}

fn modify_vpc_attribute(call: &mut Call<'_>) -> Answer {
    let id = call.required("VpcId")?;
    let support = call.flag("EnableDnsSupport.Value");
    let names = call.flag("EnableDnsHostnames.Value");
    refuse(call, &["EnableNetworkAddressUsageMetrics"])?;
    known(call, "vpc", &id)?;
    if support.is_some() == names.is_some() {
        let message = "Exactly one attribute must be specified";
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
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
    let vpc = known(call, "vpc", &id)?;
    let value = match attribute.as_str() {
        "enableDnsSupport" => vpc.attrs.get("$dnsSupport").cloned(),
        "enableDnsHostnames" => vpc.attrs.get("$dnsHostnames").cloned(),
        "enableNetworkAddressUsageMetrics" => Some(false.into()),
        other => return Err(AwsError::unimplemented(format!("the VPC attribute `{other}`"))),
    };
    Ok(json!({"vpcId": id, attribute: {"value": value}}))
}

fn delete_vpc(call: &mut Call<'_>) -> Answer {
    let id = call.required("VpcId")?;
    known(call, "vpc", &id)?;
    dry_run(call)?;
    call.world.delete("vpc", &id, call.now)?;
    done()
}

fn create_subnet(call: &mut Call<'_>) -> Answer {
    let vpc = call.required("VpcId")?;
    let cidr = Range::parse(&call.required("CidrBlock")?)?;
    refuse(call, &["Ipv6CidrBlock", "Ipv6Native", "OutpostArn", "AvailabilityZoneId"])?;
    let zone = place::zone(call, call.text("AvailabilityZone"))?;
    check_subnet(call, &vpc, cidr)?;
    let tags = tags::of_new(call, "subnet")?;
    dry_run(call)?;
    let id = call.world.new_id("subnet");
    let subnet = Thing::new("subnet", &id)
        .with("subnetId", id.clone())
        .with("subnetArn", call.arn("ec2", &format!("subnet/{id}")))
        .with("vpcId", vpc.clone())
        .with("cidrBlock", cidr.to_string())
        .with("availabilityZone", zone.name)
        .with("availabilityZoneId", zone.id)
        .with("defaultForAz", false)
        .with("mapPublicIpOnLaunch", false)
        .tagged(tags)
        .uses(vpc);
    let subnet = call.create(subnet)?;
    Ok(json!({"subnet": show_subnet(call, &subnet)}))
}

fn check_subnet(call: &Call<'_>, vpc: &str, cidr: Range) -> Result<(), AwsError> {
    let within = Range::parse(known(call, "vpc", vpc)?.text("cidrBlock"))?;
    if !(16..=28).contains(&cidr.prefix()) || !within.contains(cidr) {
        let message = format!("The CIDR '{cidr}' is invalid.");
        return Err(AwsError::bad("InvalidSubnet.Range", message));
    }
    let mut others = call.here("subnet").filter(|other| other.text("vpcId") == vpc);
    let taken =
        |other: &Thing| Range::parse(other.text("cidrBlock")).is_ok_and(|r| r.overlaps(cidr));
    if others.any(taken) {
        let message = format!("The CIDR '{cidr}' conflicts with another subnet");
        return Err(AwsError::bad("InvalidSubnet.Conflict", message));
    }
    Ok(())
}

fn show_subnet(call: &Call<'_>, subnet: &Thing) -> serde_json::Map<String, Value> {
    let mut shape = with_state(subnet, call.now, WORDS);
    // AWS keeps five addresses of each subnet.
    let size = Range::parse(subnet.text("cidrBlock")).map_or(0, Range::size).saturating_sub(5);
    let used = call.here("network_interface").filter(|one| one.text("subnetId") == subnet.id);
    let free = size.saturating_sub(used.count() as u64);
    shape.insert("availableIpAddressCount".to_owned(), free.into());
    shape
}

fn describe_subnets(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("subnet-id", id as fn(&Thing, f64) -> _),
        ("vpc-id", field!("vpcId")),
        ("availability-zone", field!("availabilityZone")),
        ("availabilityZone", field!("availabilityZone")),
        ("availability-zone-id", field!("availabilityZoneId")),
        ("cidr-block", field!("cidrBlock")),
        ("cidr", field!("cidrBlock")),
        ("default-for-az", |_, _| vec!["false".to_owned()]),
        ("owner-id", owner),
        ("state", |subnet, now| vec![subnet.status(now, WORDS).to_owned()]),
        ("map-public-ip-on-launch", |subnet, _| {
            vec![subnet.attrs.get("mapPublicIpOnLaunch").map(Value::to_string).unwrap_or_default()]
        }),
    ];
    let found = selected(call, "subnet", "SubnetId", fields)?;
    let shown = found.into_iter().map(|subnet| show_subnet(call, subnet)).collect();
    page(call, "subnetSet", shown)
}

fn modify_subnet_attribute(call: &mut Call<'_>) -> Answer {
    let id = call.required("SubnetId")?;
    let public = call.flag("MapPublicIpOnLaunch.Value");
    let public = public.ok_or_else(|| {
        AwsError::unimplemented("an attribute of a subnet other than MapPublicIpOnLaunch")
    })?;
    known(call, "subnet", &id)?;
    call.world.expect_mut("subnet", &id)?.set("mapPublicIpOnLaunch", public);
    Ok(json!({"return": true}))
}

fn delete_subnet(call: &mut Call<'_>) -> Answer {
    let id = call.required("SubnetId")?;
    known(call, "subnet", &id)?;
    dry_run(call)?;
    call.world.delete("subnet", &id, call.now)?;
    done()
}

/// A free address of a subnet; AWS keeps the first four.
pub fn free_address(call: &Call<'_>, subnet: &Thing) -> Result<String, AwsError> {
    let range = Range::parse(subnet.text("cidrBlock"))?;
    let here = call.here("network_interface").filter(|one| one.text("subnetId") == subnet.id);
    let taken: Vec<&str> = here.map(|one| one.text("privateIpAddress")).collect();
    let last = u32::try_from(range.size()).unwrap_or(u32::MAX).saturating_sub(1);
    let mut addresses = (4..last).map(|offset| range.address(offset));
    let free = addresses.find(|address| !taken.contains(&address.as_str()));
    free.ok_or_else(|| {
        let message = format!("{} has no free addresses", subnet.id);
        AwsError::bad("InsufficientFreeAddressesInSubnet", message)
    })
}

/// Whether what starts in a subnet gets a public address.
pub fn maps_public(call: &Call<'_>, subnet: &str) -> bool {
    let subnet = call.world.get(subnet);
    subnet.is_some_and(|one| one.attrs.get("mapPublicIpOnLaunch") == Some(&Value::Bool(true)))
}

/// Two things of one VPC.
pub fn same_vpc(one: &Thing, other: &Thing) -> Result<(), AwsError> {
    if one.text("vpcId") == other.text("vpcId") {
        return Ok(());
    }
    Err(invalid(format!("{} and {} belong to different networks", one.id, other.id)))
}
