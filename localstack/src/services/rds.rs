//! RDS and DocumentDB: they share a signing name, an endpoint and most operations; the engine of
//! the thing tells them apart.

mod cluster;
mod engines;
mod groups;
mod instance;
mod modify;
mod parameters;
mod snapshot;

pub use instance::BACKING_UP;

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::rows::{in_use, rest_codes};
use crate::rules::{Codes, InUse};
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "rds",
    signing: "rds",
    protocol: Protocol::Query,
    lists: Lists::Named,
    operations: &[
        groups::OPERATIONS,
        parameters::OPERATIONS,
        instance::OPERATIONS,
        modify::OPERATIONS,
        cluster::OPERATIONS,
        snapshot::OPERATIONS,
        engines::OPERATIONS,
        TAGGING,
    ],
    in_use: IN_USE,
    codes: CODES,
    ..Service::EMPTY
};

const IN_USE: &[InUse] = &[
    in_use(
        "db_subnet_group",
        &["rds_instance", "docdb_cluster"],
        "InvalidDBSubnetGroupStateFault",
        "Cannot delete the subnet group '{id}' because at least one database instance: {by} is \
         still using it.",
        "RDS API reference, DeleteDBSubnetGroup; terraform-provider-aws#4597",
    ),
    in_use(
        "db_parameter_group",
        &["rds_instance"],
        "InvalidDBParameterGroupState",
        "One or more database instances are still members of this parameter group {id}, so the \
         group cannot be deleted ({by})",
        "RDS API reference, DeleteDBParameterGroup",
    ),
];

const CODES: &[Codes] = &[
    rest_codes("db_subnet_group", "DBSubnetGroupNotFoundFault", "DBSubnetGroupAlreadyExists"),
    rest_codes("db_parameter_group", "DBParameterGroupNotFound", "DBParameterGroupAlreadyExists"),
    rest_codes("rds_instance", "DBInstanceNotFound", "DBInstanceAlreadyExists"),
    rest_codes("docdb_instance", "DBInstanceNotFound", "DBInstanceAlreadyExists"),
    rest_codes("docdb_cluster", "DBClusterNotFoundFault", "DBClusterAlreadyExistsFault"),
    rest_codes("rds_snapshot", "DBSnapshotNotFound", "DBSnapshotAlreadyExists"),
    rest_codes(
        "docdb_snapshot",
        "DBClusterSnapshotNotFoundFault",
        "DBClusterSnapshotAlreadyExistsFault",
    ),
];

const TAGGING: &[(&str, Operation)] = &[
    ("ListTagsForResource", list_tags),
    ("AddTagsToResource", add_tags),
    ("RemoveTagsFromResource", remove_tags),
];

/// The part of an ARN that names the kind, the local kinds, AWS's not-found code.
const ARNS: &[(&str, &[&str])] = &[
    ("db", &["rds_instance", "docdb_instance"]),
    ("cluster", &["docdb_cluster"]),
    ("subgrp", &["db_subnet_group"]),
    ("pg", &["db_parameter_group"]),
    ("snapshot", &["rds_snapshot"]),
    ("cluster-snapshot", &["docdb_snapshot"]),
];

fn arn(call: &Call<'_>, what: &str, name: &str) -> String {
    call.arn("rds", &format!("{what}:{name}"))
}

/// A required identifier; AWS stores all of them in lower case.
fn named(call: &Call<'_>, parameter: &str) -> Result<String, AwsError> {
    let name = call.required(parameter)?.to_lowercase();
    let mut letters = name.chars();
    let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let fits = letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ' '));
    if starts && fits && !name.ends_with('-') && !name.contains("--") && name.len() <= 255 {
        return Ok(name);
    }
    let message = format!("The parameter {parameter} is not a valid identifier.");
    Err(AwsError::bad("InvalidParameterValue", message))
}

/// An identifier of a database, which is shorter and stricter.
fn identifier(call: &Call<'_>, parameter: &str) -> Result<String, AwsError> {
    let name = named(call, parameter)?;
    if name.len() <= 63 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(name);
    }
    let message = format!("The parameter {parameter} is not a valid identifier.");
    Err(AwsError::bad("InvalidParameterValue", message))
}

/// Things of a kind in the region: the one that is named (it must exist), or all.
fn asked(call: &Call<'_>, kind: &str, parameter: &str, what: &str) -> Result<Vec<Thing>, AwsError> {
    match call.text(parameter) {
        Some(name) => {
            let id = if name.starts_with("arn:") {
                name.to_owned()
            } else {
                arn(call, what, &name.to_lowercase())
            };
            Ok(vec![call.world.expect(kind, &id)?.clone()])
        }
        None => Ok(call.here(kind).cloned().collect()),
    }
}

/// What a filter of an operation looks at.
type Field = (&'static str, fn(&Thing) -> String);

/// Keeps what all `Filters` match; AWS refuses names it does not know.
fn filtered(call: &Call<'_>, things: &mut Vec<Thing>, fields: &[Field]) -> Result<(), AwsError> {
    for filter in call.list("Filters") {
        let name = filter.get("Name").and_then(Value::as_str).unwrap_or_default();
        let values = filter.get("Values").map(crate::call::items).unwrap_or_default();
        let field = fields.iter().find(|(known, _)| *known == name).ok_or_else(|| {
            AwsError::bad("InvalidParameterValue", format!("Unrecognized filter name: {name}"))
        })?;
        things.retain(|thing| values.contains(&Value::from((field.1)(thing))));
    }
    Ok(())
}

fn page_of(call: &Call<'_>, list: &str, item: &str, shown: Vec<Value>) -> Answer {
    let (page, next) = call.page(shown, "MaxRecords", "Marker");
    Ok(json!({list: {item: page}, "Marker": next}))
}

fn memberships(groups: &[String]) -> Value {
    let all: Vec<_> =
        groups.iter().map(|id| json!({"VpcSecurityGroupId": id, "Status": "active"})).collect();
    json!({"VpcSecurityGroupMembership": all})
}

fn no_such_group(id: &str) -> AwsError {
    let message = format!("Invalid security group , groupId= {id}, groupName= .");
    AwsError::bad("InvalidParameterValue", message)
}

/// The thing an ARN names, or the not-found error of its kind.
fn by_arn(call: &Call<'_>) -> Result<(String, String), AwsError> {
    let id = call.required("ResourceName")?;
    let what = id.split(':').nth(5).unwrap_or_default();
    let (_, kinds) = ARNS.iter().find(|(known, _)| *known == what).ok_or_else(|| {
        AwsError::bad("InvalidParameterValue", format!("Invalid resource name: {id}"))
    })?;
    let thing = call.world.get(&id).filter(|thing| kinds.contains(&thing.kind.as_str()));
    match thing {
        Some(thing) => Ok((thing.kind.clone(), id)),
        None => Err(crate::rules::not_found(kinds[0], &id)),
    }
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let (kind, id) = by_arn(call)?;
    let tags = tag_list(&call.world.expect(&kind, &id)?.tags, "Key", "Value");
    Ok(json!({"TagList": {"Tag": tags}}))
}

fn add_tags(call: &mut Call<'_>) -> Answer {
    let (kind, id) = by_arn(call)?;
    let tags = call.tags("Tags");
    call.world.expect_mut(&kind, &id)?.tags.extend(tags);
    done()
}

fn remove_tags(call: &mut Call<'_>) -> Answer {
    let (kind, id) = by_arn(call)?;
    let keys = call.texts("TagKeys");
    call.world.expect_mut(&kind, &id)?.tags.retain(|key, _| !keys.contains(key));
    done()
}
