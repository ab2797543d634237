//! Resource Groups Tagging: everything that has ever been tagged, by tag, without IAM.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Operation, Service};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::world::{ACCOUNT, Thing};

pub const SERVICE: Service = Service {
    name: "resourcegroupstagging",
    signing: "tagging",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("GetResources", get_resources),
    ("GetTagKeys", get_tag_keys),
    ("GetTagValues", get_tag_values),
];

/// EC2 shows ids; its ARNs name the type behind the prefix.
const EC2_TYPES: &[(&str, &str)] = &[
    ("vpc-", "vpc"),
    ("subnet-", "subnet"),
    ("igw-", "internet-gateway"),
    ("nat-", "natgateway"),
    ("eipalloc-", "elastic-ip"),
    ("rtb-", "route-table"),
    ("sg-", "security-group"),
    ("sgr-", "security-group-rule"),
    ("vpce-", "vpc-endpoint"),
    ("lt-", "launch-template"),
    ("eni-", "network-interface"),
    ("i-", "instance"),
    ("vol-", "volume"),
    ("snap-", "snapshot"),
];

/// Kinds whose ARN is neither their id nor an attribute called `arn`: how it is made of the id.
const NAMED: &[(&str, &str)] =
    &[("bucket", "arn:aws:s3:::{}"), ("hosted_zone", "arn:aws:route53:::hostedzone/{}")];

/// The ARN of a thing; none for what has none.
fn arn(thing: &Thing) -> Option<String> {
    if thing.id.starts_with("arn:") {
        return Some(thing.id.clone());
    }
    if let Some((_, pattern)) = NAMED.iter().find(|(kind, _)| *kind == thing.kind) {
        return Some(pattern.replace("{}", thing.id.rsplit('/').next()?));
    }
    if let Some((_, what)) = EC2_TYPES.iter().find(|(prefix, _)| thing.id.starts_with(prefix)) {
        return Some(format!("arn:aws:ec2:{}:{ACCOUNT}:{what}/{}", thing.region, thing.id));
    }
    let own = |name: &str| {
        let name = name.trim_start_matches('$').to_lowercase();
        name == "arn" || name == format!("{}arn", thing.kind.replace('_', ""))
    };
    let mut named = thing.attrs.iter().filter(|(name, _)| own(name));
    named.find_map(|(_, value)| value.as_str().map(str::to_owned))
}

/// Tagged things seen from the request's region, by ARN. Global services answer from us-east-1.
fn tagged<'c>(call: &'c Call<'_>) -> BTreeMap<String, &'c Thing> {
    let seen = |arn: &str, thing: &Thing| match arn.split(':').nth(2) {
        Some("iam") | None => false,
        Some("route53" | "cloudfront") => call.region() == "us-east-1",
        Some(_) => thing.region == call.region(),
    };
    let things = call.world.things.values().filter(|thing| !thing.tags.is_empty());
    things
        .filter_map(|thing| Some((arn(thing)?, thing)))
        .filter(|(arn, one)| seen(arn, one))
        .collect()
}

/// Every filter must fit; one without values asks for the key alone.
fn fits(thing: &Thing, filters: &[Value]) -> bool {
    filters.iter().all(|filter| {
        let key = filter.get("Key").and_then(Value::as_str).unwrap_or_default();
        let values = filter.get("Values").and_then(Value::as_array).cloned().unwrap_or_default();
        thing.tags.get(key).is_some_and(|tag| {
            values.is_empty() || values.iter().any(|value| value.as_str() == Some(tag))
        })
    })
}

/// `ec2:subnet`, `s3`: service, and the first part of the resource.
fn is_type(arn: &str, types: &[String]) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    let first = resource.split(['/', ':']).next().unwrap_or_default();
    types.is_empty()
        || types.iter().any(|one| match one.split_once(':') {
            Some((of, what)) => of == service && what == first,
            None => one == service,
        })
}

fn get_resources(call: &mut Call<'_>) -> Answer {
    for name in ["IncludeComplianceDetails", "ExcludeCompliantResources", "TagsPerPage"] {
        if call.value(name).is_some() {
            return Err(AwsError::unimplemented(format!("the parameter {name} of GetResources")));
        }
    }
    let (filters, types) = (call.list("TagFilters"), call.texts("ResourceTypeFilters"));
    let arns = call.texts("ResourceARNList");
    let all = tagged(call).into_iter().filter(|(arn, thing)| {
        (arns.is_empty() || arns.contains(arn)) && is_type(arn, &types) && fits(thing, &filters)
    });
    let shape = |(arn, thing): (String, &Thing)| json!({"ResourceARN": arn, "Tags": tag_list(&thing.tags, "Key", "Value")});
    let all: Vec<_> = all.map(shape).collect();
    let start = call.text("PaginationToken").and_then(|text| text.parse().ok()).unwrap_or(0usize);
    let size = call.number("ResourcesPerPage").unwrap_or(100).clamp(1, 100) as usize;
    let more = all.len() > start + size;
    let next = if more { (start + size).to_string() } else { String::new() };
    let page: Vec<_> = all.into_iter().skip(start).take(size).collect();
    Ok(json!({"PaginationToken": next, "ResourceTagMappingList": page}))
}

fn get_tag_keys(call: &mut Call<'_>) -> Answer {
    let keys: BTreeSet<_> = tagged(call).values().flat_map(|thing| thing.tags.keys()).collect();
    Ok(json!({"PaginationToken": "", "TagKeys": keys}))
}

fn get_tag_values(call: &mut Call<'_>) -> Answer {
    let key = call.required("Key")?;
    let all = tagged(call);
    let values: BTreeSet<_> = all.values().filter_map(|thing| thing.tags.get(&key)).collect();
    Ok(json!({"PaginationToken": "", "TagValues": values}))
}
