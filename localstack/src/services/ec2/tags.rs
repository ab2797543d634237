//! Tags on everything of EC2, given in the create call or later.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{dry_run, field, invalid, known};
use crate::call::{Answer, Call, pairs};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] =
    &[("CreateTags", create_tags), ("DeleteTags", delete_tags), ("DescribeTags", describe_tags)];

/// The local AWS's kinds and AWS's resource types.
const TYPES: &[(&str, &str, &str)] = &[
    ("elastic_ip", "elastic-ip", "eipalloc-"),
    ("instance", "instance", "i-"),
    ("internet_gateway", "internet-gateway", "igw-"),
    ("launch_template", "launch-template", "lt-"),
    ("nat_gateway", "natgateway", "nat-"),
    ("network_acl", "network-acl", "acl-"),
    ("network_interface", "network-interface", "eni-"),
    ("route_table", "route-table", "rtb-"),
    ("security_group", "security-group", "sg-"),
    ("security_group_rule", "security-group-rule", "sgr-"),
    ("snapshot", "snapshot", "snap-"),
    ("subnet", "subnet", "subnet-"),
    ("volume", "volume", "vol-"),
    ("vpc", "vpc", "vpc-"),
    ("vpc_endpoint", "vpc-endpoint", "vpce-"),
];

fn type_of(kind: &str) -> Option<&'static str> {
    TYPES.iter().find(|(name, ..)| *name == kind).map(|(_, resource_type, _)| *resource_type)
}

/// The tags for a new thing of this kind in `TagSpecification.N`.
pub fn of_new(call: &Call<'_>, kind: &str) -> Result<BTreeMap<String, String>, AwsError> {
    let mut tags = BTreeMap::new();
    for spec in call.list("TagSpecification") {
        let what = spec.get("ResourceType").and_then(Value::as_str).unwrap_or_default();
        if type_of(kind) != Some(what) {
            let message =
                format!("'{what}' is not a valid taggable resource type for this operation.");
            return Err(invalid(message));
        }
        let list = spec.get("Tag").map(crate::call::items).unwrap_or_default();
        tags.extend(pairs(&list, "Key", "Value"));
    }
    check(&tags)?;
    Ok(tags)
}

fn check(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.len() > 50 {
        return Err(AwsError::bad("TagLimitExceeded", "More than 50 tags on a resource"));
    }
    for (key, value) in tags {
        if key.starts_with("aws:") {
            let message =
                format!("Tag keys starting with 'aws:' are reserved for internal use: {key}");
            return Err(invalid(message));
        }
        if key.is_empty() || key.chars().count() > 127 || value.chars().count() > 255 {
            return Err(invalid(format!("The tag '{key}' is empty or too long")));
        }
    }
    Ok(())
}

fn targets(call: &Call<'_>) -> Result<Vec<String>, AwsError> {
    let ids = call.texts("ResourceId");
    if ids.is_empty() {
        return Err(AwsError::missing("ResourceId"));
    }
    for id in &ids {
        let row = TYPES.iter().find(|(_, _, prefix)| id.starts_with(prefix));
        let (kind, ..) =
            row.ok_or_else(|| AwsError::bad("InvalidID", format!("The ID '{id}' is not valid")))?;
        known(call, kind, id)?;
    }
    Ok(ids)
}

fn create_tags(call: &mut Call<'_>) -> Answer {
    let ids = targets(call)?;
    let tags = call.tags("Tag");
    check(&tags)?;
    dry_run(call)?;
    for id in ids {
        if let Some(thing) = call.world.things.get_mut(&id) {
            thing.tags.extend(tags.clone());
            check(&thing.tags.iter().filter(|(k, _)| !k.starts_with("aws:")).map(owned).collect())?;
        }
        call.world.generation += 1;
    }
    Ok(json!({"return": true}))
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn delete_tags(call: &mut Call<'_>) -> Answer {
    let ids = targets(call)?;
    let doomed: Vec<(String, Option<String>)> = call
        .list("Tag")
        .iter()
        .filter_map(|tag| {
            let value = tag.get("Value").and_then(Value::as_str).map(str::to_owned);
            Some((tag.get("Key")?.as_str()?.to_owned(), value))
        })
        .collect();
    dry_run(call)?;
    for id in ids {
        call.world.generation += 1;
        let Some(thing) = call.world.things.get_mut(&id) else { continue };
        // Without tags all go; with a key alone any value goes; with both only that value.
        thing.tags.retain(|key, value| {
            let named = doomed
                .iter()
                .any(|(name, only)| name == key && only.as_ref().is_none_or(|only| only == value));
            !(named || doomed.is_empty()) || key.starts_with("aws:")
        });
    }
    done()
}

fn describe_tags(call: &mut Call<'_>) -> Answer {
    let mut all = Vec::new();
    for (kind, resource_type, _) in TYPES {
        for thing in call.here(kind) {
            for (key, value) in &thing.tags {
                let tag = Thing::new("tag", format!("{}/{key}", thing.id))
                    .with("resourceId", thing.id.clone())
                    .with("resourceType", *resource_type)
                    .with("key", key.clone())
                    .with("value", value.clone());
                all.push(tag);
            }
        }
    }
    let fields = &[
        ("resource-id", field!("resourceId") as fn(&Thing, f64) -> _),
        ("resource-type", field!("resourceType")),
        ("key", field!("key")),
        ("value", field!("value")),
    ];
    let shown = call.filtered(all.iter(), fields)?.into_iter().map(|tag| tag.attrs.clone());
    super::page(call, "tagSet", shown.collect())
}
