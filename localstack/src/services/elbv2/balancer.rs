//! Application load balancers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{asked, attributes, check_name, interface, invalid, member, merged, suffix};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::rules;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateLoadBalancer", create),
    ("DescribeLoadBalancers", describe),
    ("DescribeLoadBalancerAttributes", describe_attributes),
    ("ModifyLoadBalancerAttributes", modify_attributes),
    ("DescribeCapacityReservation", describe_reservation),
    ("SetSubnets", set_subnets),
    ("SetSecurityGroups", set_security_groups),
    ("DeleteLoadBalancer", delete),
];

/// The hosted zone that a region's load balancers are named in (AWS General Reference).
pub const ZONES: &[(&str, &str)] = &[
    ("us-east-1", "Z35SXDOTRQ7X7K"),
    ("us-east-2", "Z3AADJGX6KTTL2"),
    ("us-west-1", "Z368ELLRRE2KJ0"),
    ("us-west-2", "Z1H1FL5HABSF5"),
    ("ca-central-1", "ZQSVJUPU6J1EY"),
    ("eu-central-1", "Z215JYRZR1TBD5"),
    ("eu-west-1", "Z32O12XQLNTSW2"),
    ("eu-west-2", "ZHURV8PSTC4K8"),
    ("eu-west-3", "Z3Q77PNBQS71R4"),
    ("eu-north-1", "Z23TAZ6LKFMNIO"),
    ("ap-northeast-1", "Z14GRHDCWA56QT"),
    ("ap-south-1", "ZP97RAFLXTNZK"),
    ("ap-southeast-1", "Z1LMS91P8CMLE5"),
    ("ap-southeast-2", "Z1GM3OXH4ZPM65"),
    ("sa-east-1", "Z2P70J7HTTTPLU"),
];

pub fn zone_of(region: &str) -> &'static str {
    ZONES.iter().find(|(name, _)| *name == region).map_or("Z35SXDOTRQ7X7K", |(_, zone)| zone)
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("Name")?;
    check_name("load balancer", &name)?;
    let digest = call.digest("Name");
    let twin = call.here("load_balancer").find(|other| other.text("LoadBalancerName") == name);
    if let Some(twin) = twin {
        if twin.text("$request") != digest || twin.gone.is_some() {
            let message = format!(
                "A load balancer with the same name '{name}' exists, but with different settings"
            );
            return Err(AwsError::bad("DuplicateLoadBalancerName", message));
        }
        return Ok(json!({"LoadBalancers": member(vec![shape(call, twin)])}));
    }
    let (kind, short) = match call.text("Type") {
        None | Some("application") => ("application", "app"),
        Some("network") => ("network", "net"),
        Some(other) => {
            return Err(AwsError::unimplemented(format!("load balancers of type `{other}`")));
        }
    };
    let scheme = call.text("Scheme").unwrap_or("internet-facing").to_owned();
    let (subnets, groups) = (call.texts("Subnets"), call.texts("SecurityGroups"));
    let vpc = check_subnets(call, &subnets, &scheme)?;
    check_groups(call, &groups, &vpc)?;
    let suffix = suffix(call);
    let arn = call.arn("elasticloadbalancing", &format!("loadbalancer/{short}/{name}/{suffix}"));
    let number = call.world.random() % 1_000_000_000;
    let host = format!("{name}-{number}.{}.elb.amazonaws.com", call.region());
    let thing = Thing::new("load_balancer", &arn)
        .called(&name)
        .with("LoadBalancerArn", arn.clone())
        .with("LoadBalancerName", name)
        .with("DNSName", host)
        .with("CanonicalHostedZoneId", zone_of(call.region()))
        .with("CreatedTime", call.date(call.now))
        .with("Scheme", scheme)
        .with("Type", kind)
        .with("IpAddressType", call.text("IpAddressType").unwrap_or("ipv4"))
        .with("VpcId", vpc)
        .with("$subnets", subnets.clone())
        .with("$groups", groups.clone())
        .with("$attributes", defaults())
        .with("$request", digest)
        .tagged(call.tags("Tags"));
    let thing = call.create(thing)?;
    for subnet in &subnets {
        interface::place(call, &arn, subnet, &groups)?;
    }
    Ok(json!({"LoadBalancers": member(vec![shape(call, &thing)])}))
}

fn defaults() -> Value {
    json!({
        "access_logs.s3.enabled": "false",
        "access_logs.s3.bucket": "",
        "access_logs.s3.prefix": "",
        "deletion_protection.enabled": "false",
        "idle_timeout.timeout_seconds": "60",
        "client_keep_alive.seconds": "3600",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
    })
}

/// One subnet of each of at least two zones of one VPC, which needs a way in from the internet. The
/// VPC.
fn check_subnets(call: &Call<'_>, subnets: &[String], scheme: &str) -> Result<String, AwsError> {
    let (mut zones, mut vpcs) = (BTreeSet::new(), BTreeSet::new());
    for id in subnets {
        let found = call.here("subnet").find(|subnet| subnet.id == *id);
        let Some(subnet) = found else {
            let message = format!("The subnet ID '{id}' does not exist");
            return Err(AwsError::bad("SubnetNotFound", message));
        };
        if !zones.insert(subnet.text("availabilityZone").to_owned()) {
            let message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
            return Err(AwsError::bad("InvalidConfigurationRequest", message));
        }
        vpcs.insert(subnet.text("vpcId").to_owned());
    }
    if zones.len() < 2 {
        return Err(invalid(
            "At least two subnets in two different Availability Zones must be specified",
        ));
    }
    let vpc = match (vpcs.pop_first(), vpcs.is_empty()) {
        (Some(vpc), true) => vpc,
        _ => return Err(AwsError::bad("InvalidSubnet", "All subnets must belong to the same VPC")),
    };
    let attached = call.here("internet_gateway").any(|gateway| {
        gateway.refs.contains(&vpc) || json!(gateway.attrs).to_string().contains(&vpc)
    });
    if scheme == "internet-facing" && !attached {
        return Err(AwsError::bad("InvalidSubnet", format!("VPC {vpc} has no internet gateway")));
    }
    Ok(vpc)
}

fn check_groups(call: &Call<'_>, groups: &[String], vpc: &str) -> Result<(), AwsError> {
    let known = |id: &&String| {
        call.here("security_group").any(|group| group.id == **id && group.text("vpcId") == vpc)
    };
    match groups.iter().find(|id| !known(id)) {
        Some(id) => {
            let message = format!("The security group '{id}' does not exist in VPC '{vpc}'");
            Err(AwsError::bad("InvalidSecurityGroup", message))
        }
        None => Ok(()),
    }
}

fn texts(thing: &Thing, name: &str) -> Vec<String> {
    let list = thing.attrs.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn shape(call: &Call<'_>, balancer: &Thing) -> Value {
    let mut shape = balancer.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    let zone = |id: &String| call.world.get(id).map(|s| s.text("availabilityZone").to_owned());
    let zones = texts(balancer, "$subnets");
    let zones = zones.iter().map(|id| json!({"SubnetId": id, "ZoneName": zone(id)})).collect();
    shape.insert("AvailabilityZones".to_owned(), member(zones));
    let groups = texts(balancer, "$groups").into_iter().map(Value::from).collect();
    shape.insert("SecurityGroups".to_owned(), member(groups));
    let state = if balancer.stage(call.now) == Stage::Creating { "provisioning" } else { "active" };
    shape.insert("State".to_owned(), json!({"Code": state}));
    Value::Object(shape)
}

/// A balancer on its way out is not shown any more; its interfaces are.
fn describe(call: &mut Call<'_>) -> Answer {
    let found = asked(call, "load_balancer", "LoadBalancerArns", "Names", "LoadBalancerName")?;
    let alive = found.into_iter().filter(|balancer| balancer.gone.is_none());
    let shown = alive.map(|balancer| shape(call, balancer)).collect();
    let (page, next) = call.page(shown, "PageSize", "Marker");
    Ok(json!({"LoadBalancers": member(page), "NextMarker": next}))
}

/// The ARN of a balancer that is there.
fn named(call: &Call<'_>) -> Result<String, AwsError> {
    let arn = call.required("LoadBalancerArn")?;
    let balancer = call.world.expect("load_balancer", &arn)?;
    if balancer.gone.is_some() { Err(rules::not_found("load_balancer", &arn)) } else { Ok(arn) }
}

fn describe_attributes(call: &mut Call<'_>) -> Answer {
    let arn = named(call)?;
    Ok(attributes(call.world.expect("load_balancer", &arn)?))
}

fn modify_attributes(call: &mut Call<'_>) -> Answer {
    let arn = named(call)?;
    let merged = merged(call, call.world.expect("load_balancer", &arn)?, "Load balancer")?;
    let balancer = call.world.expect_mut("load_balancer", &arn)?;
    balancer.set("$attributes", merged);
    Ok(attributes(balancer))
}

/// Nobody reserves capacity here.
fn describe_reservation(call: &mut Call<'_>) -> Answer {
    named(call)?;
    Ok(json!({"CapacityReservationState": member(Vec::new()), "DecreaseRequestsRemaining": 2}))
}

fn set_subnets(call: &mut Call<'_>) -> Answer {
    let arn = named(call)?;
    let subnets = call.texts("Subnets");
    let balancer = call.world.expect("load_balancer", &arn)?.clone();
    let vpc = check_subnets(call, &subnets, balancer.text("Scheme"))?;
    if vpc != balancer.text("VpcId") {
        return Err(AwsError::bad("InvalidSubnet", "The subnets belong to another VPC"));
    }
    let groups = texts(&balancer, "$groups");
    let placed = interface::of(call, &arn);
    for (id, _) in placed.iter().filter(|(_, subnet)| !subnets.contains(subnet)) {
        interface::release(call, id, 0.0);
    }
    for subnet in subnets.iter().filter(|id| placed.iter().all(|(_, there)| there != *id)) {
        interface::place(call, &arn, subnet, &groups)?;
    }
    call.world.expect_mut("load_balancer", &arn)?.set("$subnets", subnets);
    let shown = shape(call, call.world.expect("load_balancer", &arn)?);
    Ok(json!({"AvailabilityZones": shown["AvailabilityZones"]}))
}

fn set_security_groups(call: &mut Call<'_>) -> Answer {
    let arn = named(call)?;
    let groups = call.texts("SecurityGroups");
    let vpc = call.world.expect("load_balancer", &arn)?.text("VpcId").to_owned();
    check_groups(call, &groups, &vpc)?;
    for (id, _) in interface::of(call, &arn) {
        interface::regroup(call, &id, &groups)?;
    }
    call.world.expect_mut("load_balancer", &arn)?.set("$groups", groups.clone());
    Ok(json!({"SecurityGroupIds": member(groups.into_iter().map(Value::from).collect())}))
}

/// Deleting what is not there succeeds (ELBv2 API reference, DeleteLoadBalancer).
fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.required("LoadBalancerArn")?;
    let Ok(balancer) = call.world.expect("load_balancer", &arn) else { return done() };
    if balancer.gone.is_some() {
        return done();
    }
    let protection =
        balancer.attrs.get("$attributes").map(|all| &all["deletion_protection.enabled"]);
    if protection.and_then(Value::as_str) == Some("true") {
        let message = format!(
            "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        );
        return Err(AwsError::bad("OperationNotPermitted", message));
    }
    call.world.delete("load_balancer", &arn, call.now)?;
    let gone = call.world.get(&arn).and_then(|balancer| balancer.gone).unwrap_or(call.now);
    for (id, _) in interface::of(call, &arn) {
        interface::release(call, &id, gone - call.now);
    }
    done()
}
