//! Elastic Load Balancing v2: application load balancers, their target groups and listeners.

mod balancer;
mod certificates;
mod interface;
mod listener;
mod target_group;

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::rows::{codes, in_use};
use crate::rules::{Codes, InUse};
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "elasticloadbalancingv2",
    signing: "elasticloadbalancing",
    protocol: Protocol::Query,
    lists: Lists::Member,
    operations: &[
        balancer::OPERATIONS,
        certificates::OPERATIONS,
        listener::OPERATIONS,
        target_group::OPERATIONS,
        OPERATIONS,
    ],
    in_use: IN_USE,
    codes: CODES,
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] =
    &[("DescribeTags", describe_tags), ("AddTags", add_tags), ("RemoveTags", remove_tags)];

const IN_USE: &[InUse] = &[in_use(
    "target_group",
    &["listener"],
    "ResourceInUse",
    "Target group '{id}' is currently in use by a listener or a rule",
    "ELBv2 API reference, DeleteTargetGroup",
)];

const CODES: &[Codes] = &[
    codes("load_balancer", "LoadBalancerNotFound", "DuplicateLoadBalancerName"),
    codes("target_group", "TargetGroupNotFound", "DuplicateTargetGroupName"),
    codes("listener", "ListenerNotFound", "DuplicateListener"),
];

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad("ValidationError", message)
}

/// At most 32 letters, digits and dashes, no dash at either end.
fn check_name(what: &str, name: &str) -> Result<(), AwsError> {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if name.is_empty() || name.len() > 32 {
        return Err(invalid(format!(
            "The {what} name '{name}' cannot be longer than '32' characters"
        )));
    }
    if !letters || name.starts_with('-') || name.ends_with('-') || name.starts_with("internal-") {
        let message = format!(
            "The {what} name '{name}' can only contain characters that are alphanumeric characters \
             and hyphens(-), and cannot begin or end with a hyphen"
        );
        return Err(invalid(message));
    }
    Ok(())
}

/// 16 hexadecimal digits, the end of an ARN.
fn suffix(call: &mut Call<'_>) -> String {
    format!("{:016x}", call.world.random())
}

/// Things of a kind asked for by ARN or name; each must exist.
fn asked<'t>(
    call: &'t Call<'_>,
    kind: &'t str,
    arns: &str,
    names: &str,
    name: &str,
) -> Result<Vec<&'t Thing>, AwsError> {
    let (arns, names) = (call.texts(arns), call.texts(names));
    for arn in &arns {
        call.world.expect(kind, arn)?;
    }
    for asked in &names {
        if !call.here(kind).any(|thing| thing.text(name) == asked) {
            return Err(crate::rules::not_found(kind, asked));
        }
    }
    let all = arns.is_empty() && names.is_empty();
    let fits = |thing: &&Thing| {
        all || arns.contains(&thing.id) || names.iter().any(|asked| asked == thing.text(name))
    };
    Ok(call.here(kind).filter(fits).collect())
}

fn member(items: Vec<Value>) -> Value {
    json!({"member": items})
}

/// `[{Key, Value}]` of a request over the values a thing has; an unknown key is refused.
fn merged(call: &Call<'_>, thing: &Thing, what: &str) -> Result<Value, AwsError> {
    let mut known = thing.attrs.get("$attributes").cloned().unwrap_or_default();
    for (key, value) in call.tags("Attributes") {
        if known.get(&key).is_none() {
            return Err(invalid(format!("{what} attribute key '{key}' is not recognized")));
        }
        if key == "idle_timeout.timeout_seconds"
            && !value.parse().is_ok_and(|seconds: u32| (1..=4000).contains(&seconds))
        {
            return Err(invalid(format!("The value of '{key}' must be between 1 and 4000")));
        }
        known[key] = value.into();
    }
    Ok(known)
}

/// The attributes of a thing as `[{Key, Value}]`.
fn attributes(thing: &Thing) -> Value {
    let known = thing.attrs.get("$attributes").and_then(Value::as_object);
    let pairs = known.into_iter().flatten().map(|(k, v)| json!({"Key": k, "Value": v}));
    json!({"Attributes": member(pairs.collect())})
}

fn kind_of(arn: &str) -> Result<&'static str, AwsError> {
    let rest = arn.splitn(6, ':').nth(5).unwrap_or_default();
    match rest.split('/').next().unwrap_or_default() {
        "loadbalancer" => Ok("load_balancer"),
        "targetgroup" => Ok("target_group"),
        "listener" => Ok("listener"),
        _ => Err(invalid(format!("'{arn}' is not a valid ARN"))),
    }
}

fn describe_tags(call: &mut Call<'_>) -> Answer {
    let arns = call.texts("ResourceArns");
    if arns.is_empty() || arns.len() > 20 {
        return Err(invalid("between 1 and 20 resources can be described at a time"));
    }
    let mut shown = Vec::new();
    for arn in arns {
        let thing = call.world.expect(kind_of(&arn)?, &arn)?;
        let tags = member(tag_list(&thing.tags, "Key", "Value"));
        shown.push(json!({"ResourceArn": arn, "Tags": tags}));
    }
    Ok(json!({"TagDescriptions": member(shown)}))
}

fn add_tags(call: &mut Call<'_>) -> Answer {
    let tags = call.tags("Tags");
    for arn in call.texts("ResourceArns") {
        call.world.expect_mut(kind_of(&arn)?, &arn)?.tags.extend(tags.clone());
    }
    done()
}

fn remove_tags(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    for arn in call.texts("ResourceArns") {
        call.world.expect_mut(kind_of(&arn)?, &arn)?.tags.retain(|key, _| !keys.contains(key));
    }
    done()
}

/// The hosted zone that a region's load balancers are named in.
pub fn balancer_zone(region: &str) -> &'static str {
    balancer::zone_of(region)
}
