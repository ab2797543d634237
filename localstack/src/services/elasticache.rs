//! ElastiCache: replication groups of Valkey and Redis, where they stand and how they behave.

mod groups;
mod parameters;
mod replication;
mod resize;

use serde_json::{Value, json};

use super::{Operation, Service};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::rows::{in_use, rest_codes};
use crate::rules::{Codes, InUse};
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "elasticache",
    signing: "elasticache",
    protocol: Protocol::Query,
    lists: Lists::Named,
    operations: &[
        groups::OPERATIONS,
        parameters::OPERATIONS,
        replication::OPERATIONS,
        resize::OPERATIONS,
        TAGGING,
    ],
    in_use: IN_USE,
    codes: CODES,
    ..Service::EMPTY
};

const REPLICATION_GROUP: &str = "elasticache_replication_group";
const CLUSTER: &str = "elasticache_cluster";
const SUBNET_GROUP: &str = "cache_subnet_group";
const PARAMETER_GROUP: &str = "cache_parameter_group";

const IN_USE: &[InUse] = &[
    in_use(
        SUBNET_GROUP,
        &[REPLICATION_GROUP],
        "CacheSubnetGroupInUse",
        "Cache subnet group {id} is currently in use by a cache cluster ({by})",
        "ElastiCache API reference, DeleteCacheSubnetGroup",
    ),
    in_use(
        PARAMETER_GROUP,
        &[REPLICATION_GROUP],
        "InvalidCacheParameterGroupState",
        "One or more cache clusters are still members of this parameter group {id}, so the group \
         cannot be deleted. ({by})",
        "ElastiCache API reference, DeleteCacheParameterGroup",
    ),
];

const CODES: &[Codes] = &[
    rest_codes(SUBNET_GROUP, "CacheSubnetGroupNotFoundFault", "CacheSubnetGroupAlreadyExists"),
    rest_codes(PARAMETER_GROUP, "CacheParameterGroupNotFound", "CacheParameterGroupAlreadyExists"),
    rest_codes(REPLICATION_GROUP, "ReplicationGroupNotFoundFault", "ReplicationGroupAlreadyExists"),
    rest_codes(CLUSTER, "CacheClusterNotFound", "CacheClusterAlreadyExists"),
];

const TAGGING: &[(&str, Operation)] = &[
    ("ListTagsForResource", list_tags),
    ("AddTagsToResource", add_tags),
    ("RemoveTagsFromResource", remove_tags),
];

/// The part of an ARN that names the kind.
const ARNS: &[(&str, &str)] = &[
    ("replicationgroup", REPLICATION_GROUP),
    ("cluster", CLUSTER),
    ("subnetgroup", SUBNET_GROUP),
    ("parametergroup", PARAMETER_GROUP),
];

fn arn(call: &Call<'_>, kind: &str, name: &str) -> String {
    let what = ARNS.iter().find(|(_, known)| *known == kind).map_or("", |(what, _)| what);
    call.arn("elasticache", &format!("{what}:{name}"))
}

fn value(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterValue", message)
}

fn combination(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterCombination", message)
}

/// A required name; AWS stores all of them in lower case.
fn named(call: &Call<'_>, parameter: &str, longest: usize) -> Result<String, AwsError> {
    let name = call.required(parameter)?.to_lowercase();
    let starts = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if starts && fits && !name.ends_with('-') && !name.contains("--") && name.len() <= longest {
        return Ok(name);
    }
    Err(value(format!(
        "The parameter {parameter} must be provided and must be a valid identifier of at most {longest} characters."
    )))
}

/// The one that is named (it must exist), or all.
fn asked(call: &Call<'_>, kind: &str, parameter: &str) -> Result<Vec<Thing>, AwsError> {
    match call.text(parameter) {
        Some(name) => {
            Ok(vec![call.world.expect(kind, &arn(call, kind, &name.to_lowercase()))?.clone()])
        }
        None => Ok(call.here(kind).cloned().collect()),
    }
}

fn page_of(call: &Call<'_>, list: &str, item: &str, shown: Vec<Value>) -> Answer {
    let (page, next) = call.page(shown, "MaxRecords", "Marker");
    Ok(json!({list: {item: page}, "Marker": next}))
}

fn texts(thing: &Thing, name: &str) -> Vec<String> {
    let listed = thing.attrs.get(name).and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// The public part of the attributes, with the ARN.
fn shape(thing: &Thing) -> serde_json::Map<String, Value> {
    let mut shape = thing.attrs.clone();
    shape.retain(|name, value| !name.starts_with('$') && !value.is_null());
    shape.insert("ARN".to_owned(), thing.id.clone().into());
    shape
}

fn by_arn(call: &Call<'_>) -> Result<(&'static str, String), AwsError> {
    let id = call.required("ResourceName")?;
    let what = id.split(':').nth(5).unwrap_or_default();
    let (_, kind) = ARNS
        .iter()
        .find(|(known, _)| *known == what)
        .ok_or_else(|| AwsError::bad("InvalidARN", format!("ARN {id} is invalid")))?;
    call.world.expect(kind, &id)?;
    Ok((kind, id))
}

fn tags_of(call: &Call<'_>, kind: &str, id: &str) -> Answer {
    let tags = tag_list(&call.world.expect(kind, id)?.tags, "Key", "Value");
    Ok(json!({"TagList": {"Tag": tags}}))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let (kind, id) = by_arn(call)?;
    tags_of(call, kind, &id)
}

fn add_tags(call: &mut Call<'_>) -> Answer {
    let (kind, id) = by_arn(call)?;
    let tags = call.tags("Tags");
    call.world.expect_mut(kind, &id)?.tags.extend(tags);
    tags_of(call, kind, &id)
}

fn remove_tags(call: &mut Call<'_>) -> Answer {
    let (kind, id) = by_arn(call)?;
    let keys = call.texts("TagKeys");
    call.world.expect_mut(kind, &id)?.tags.retain(|key, _| !keys.contains(key));
    tags_of(call, kind, &id)
}
