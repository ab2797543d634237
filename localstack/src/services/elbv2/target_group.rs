//! Target groups, and the health of what is registered with them.

use serde_json::{Value, json};

use super::super::eks::nodes;
use super::super::{Operation, done};
use super::{asked, attributes, check_name, invalid, member, merged, suffix};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateTargetGroup", create),
    ("DescribeTargetGroups", describe),
    ("ModifyTargetGroup", modify),
    ("DescribeTargetGroupAttributes", describe_attributes),
    ("ModifyTargetGroupAttributes", modify_attributes),
    ("DescribeTargetHealth", describe_health),
    ("DeleteTargetGroup", delete),
];

/// Health settings that a request may give, with what AWS takes when it does not.
const HEALTH: &[(&str, &str)] = &[
    ("HealthCheckPath", "/"),
    ("HealthCheckPort", "traffic-port"),
    ("HealthCheckProtocol", "HTTP"),
    ("HealthCheckIntervalSeconds", "30"),
    ("HealthCheckTimeoutSeconds", "5"),
    ("HealthyThresholdCount", "5"),
    ("UnhealthyThresholdCount", "2"),
];

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("Name")?;
    check_name("target group", &name)?;
    let digest = call.digest("Name");
    let twin = call.here("target_group").find(|other| other.text("TargetGroupName") == name);
    if let Some(twin) = twin {
        if twin.text("$request") != digest {
            let message = format!(
                "A target group with the same name '{name}' exists, but with different settings"
            );
            return Err(AwsError::bad("DuplicateTargetGroupName", message));
        }
        return Ok(json!({"TargetGroups": member(vec![shape(call, twin)])}));
    }
    let kind = call.text("TargetType").unwrap_or("instance").to_owned();
    if !matches!(kind.as_str(), "instance" | "ip") {
        return Err(AwsError::unimplemented(format!("target groups of type `{kind}`")));
    }
    let protocol = call.required("Protocol")?;
    if !matches!(protocol.as_str(), "HTTP" | "HTTPS") {
        return Err(AwsError::unimplemented(format!("target groups for `{protocol}`")));
    }
    let port = call.number("Port").filter(|port| (1..=65535).contains(port));
    let port = port.ok_or_else(|| invalid("A port must be specified"))?;
    let vpc = call.required("VpcId").map_err(|_| invalid("A VPC ID must be specified"))?;
    if !call.here("vpc").any(|one| one.id == vpc) {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    let suffix = suffix(call);
    let arn = call.arn("elasticloadbalancing", &format!("targetgroup/{name}/{suffix}"));
    let mut thing = Thing::new("target_group", &arn)
        .with("TargetGroupArn", arn.clone())
        .with("TargetGroupName", name)
        .with("Protocol", protocol)
        .with("ProtocolVersion", "HTTP1")
        .with("Port", port)
        .with("VpcId", vpc.clone())
        .with("TargetType", kind)
        .with("IpAddressType", "ipv4")
        .with("HealthCheckEnabled", true)
        .with("Matcher", json!({"HttpCode": call.text("Matcher.HttpCode").unwrap_or("200")}))
        .with("$attributes", defaults())
        .with("$request", digest)
        .tagged(call.tags("Tags"))
        .uses(vpc);
    for (name, usual) in HEALTH {
        thing.set(name, call.text(name).unwrap_or(usual));
    }
    let thing = call.create(thing)?;
    Ok(json!({"TargetGroups": member(vec![shape(call, &thing)])}))
}

fn defaults() -> Value {
    json!({
        "deregistration_delay.timeout_seconds": "300",
        "stickiness.enabled": "false",
        "stickiness.type": "lb_cookie",
        "stickiness.lb_cookie.duration_seconds": "86400",
        "slow_start.duration_seconds": "0",
        "load_balancing.algorithm.type": "round_robin",
        "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    })
}

/// The load balancers whose listeners send to the group.
fn balancers(call: &Call<'_>, group: &str) -> Vec<Value> {
    let listeners = call.here("listener").filter(|listener| listener.refs.contains(group));
    let mut arns: Vec<Value> =
        listeners.map(|listener| listener.text("LoadBalancerArn").into()).collect();
    arns.dedup();
    arns
}

fn shape(call: &Call<'_>, group: &Thing) -> Value {
    let mut shape = group.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("LoadBalancerArns".to_owned(), member(balancers(call, &group.id)));
    Value::Object(shape)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = asked(call, "target_group", "TargetGroupArns", "Names", "TargetGroupName")?;
    let balancer = call.text("LoadBalancerArn").map(Value::from);
    let fits = |group: &&Thing| {
        balancer.as_ref().is_none_or(|arn| balancers(call, &group.id).contains(arn))
    };
    let shown = found.into_iter().filter(fits).map(|group| shape(call, group)).collect();
    let (page, next) = call.page(shown, "PageSize", "Marker");
    Ok(json!({"TargetGroups": member(page), "NextMarker": next}))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let arn = call.required("TargetGroupArn")?;
    let asked: Vec<(&str, String)> =
        HEALTH.iter().filter_map(|(name, _)| Some((*name, call.text(name)?.to_owned()))).collect();
    let codes = call.text("Matcher.HttpCode").map(str::to_owned);
    let group = call.world.expect_mut("target_group", &arn)?;
    asked.into_iter().for_each(|(name, value)| group.set(name, value));
    if let Some(codes) = codes {
        group.set("Matcher", json!({"HttpCode": codes}));
    }
    let shown = shape(call, call.world.expect("target_group", &arn)?);
    Ok(json!({"TargetGroups": member(vec![shown])}))
}

fn describe_attributes(call: &mut Call<'_>) -> Answer {
    let arn = call.required("TargetGroupArn")?;
    Ok(attributes(call.world.expect("target_group", &arn)?))
}

fn modify_attributes(call: &mut Call<'_>) -> Answer {
    let arn = call.required("TargetGroupArn")?;
    let merged = merged(call, call.world.expect("target_group", &arn)?, "Target group")?;
    let group = call.world.expect_mut("target_group", &arn)?;
    group.set("$attributes", merged);
    Ok(attributes(group))
}

/// The instances of the Auto Scaling groups that are attached.
fn describe_health(call: &mut Call<'_>) -> Answer {
    let arn = call.required("TargetGroupArn")?;
    let group = call.world.expect("target_group", &arn)?;
    let port = group.attrs.get("Port").cloned().unwrap_or_default();
    let used = !balancers(call, &arn).is_empty();
    let number = |name: &str| group.attrs.get(name).and_then(crate::call::number).unwrap_or(1);
    let checks = number("HealthCheckIntervalSeconds") * number("HealthyThresholdCount");
    let mut shown = Vec::new();
    for scaling in call.here("auto_scaling_group") {
        let sources = scaling.attrs.get("$sources").and_then(Value::as_array);
        let Some(row) = sources.into_iter().flatten().find(|row| row["id"] == arn.as_str()) else {
            continue;
        };
        for id in nodes::instances(call.world, &scaling.id) {
            let made = call.world.get(&id).map_or(call.now, |instance| instance.created);
            let since = row["since"].as_f64().unwrap_or_default().max(made);
            shown.push(json!({
                "Target": {"Id": id, "Port": port},
                "HealthCheckPort": port.to_string(),
                "TargetHealth": health(used, row["leaving"] == true, call.now - since < checks as f64),
            }));
        }
    }
    Ok(json!({"TargetHealthDescriptions": member(shown)}))
}

fn health(used: bool, leaving: bool, new: bool) -> Value {
    if leaving {
        return json!({"State": "draining", "Reason": "Target.DeregistrationInProgress",
            "Description": "Target deregistration is in progress"});
    }
    if !used {
        return json!({"State": "unused", "Reason": "Target.NotInUse",
            "Description": "Target group is not configured to receive traffic from the load balancer"});
    }
    if new {
        return json!({"State": "initial", "Reason": "Elb.RegistrationInProgress",
            "Description": "Target registration is in progress"});
    }
    json!({"State": "healthy"})
}

/// Deleting what is not there succeeds (ELBv2 API reference, DeleteTargetGroup, lists no such error).
fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.required("TargetGroupArn")?;
    if call.world.expect("target_group", &arn).is_ok() {
        call.world.delete("target_group", &arn, call.now)?;
    }
    done()
}
