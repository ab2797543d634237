//! DB parameter groups and cluster parameter groups.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{arn, engines, named, page_of};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateDBParameterGroup", create),
    ("DescribeDBParameterGroups", describe),
    ("DescribeDBParameters", describe_parameters),
    ("ModifyDBParameterGroup", modify),
    ("ResetDBParameterGroup", reset),
    ("DeleteDBParameterGroup", delete),
];

const KIND: &str = "db_parameter_group";

/// Name, whether it takes effect without a restart, the engine's default (none is shown for some).
const MYSQL: &[(&str, bool, &str)] = &[
    ("character_set_client", true, ""),
    ("character_set_connection", true, ""),
    ("character_set_database", true, ""),
    ("character_set_results", true, ""),
    ("character_set_server", true, ""),
    ("collation_connection", true, ""),
    ("collation_server", true, ""),
    ("innodb_buffer_pool_size", true, "{DBInstanceClassMemory*3/4}"),
    ("innodb_lock_wait_timeout", true, "50"),
    ("log_bin_trust_function_creators", true, "0"),
    ("long_query_time", true, "10"),
    ("max_allowed_packet", true, "67108864"),
    ("max_connections", true, "{DBInstanceClassMemory/12582880}"),
    ("performance_schema", false, "0"),
    ("require_secure_transport", true, "0"),
    ("skip_name_resolve", false, "1"),
    ("slow_query_log", true, "0"),
    ("sql_mode", true, ""),
    ("time_zone", true, "UTC"),
    ("transaction_isolation", true, "REPEATABLE-READ"),
    ("wait_timeout", true, "28800"),
];

fn known(name: &str) -> Result<(bool, &'static str), AwsError> {
    let row = MYSQL.iter().find(|(known, ..)| *known == name);
    row.map(|(_, dynamic, default)| (*dynamic, *default)).ok_or_else(|| {
        AwsError::bad(
            "InvalidParameterValue",
            format!("Could not find parameter with name: {name}"),
        )
    })
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = named(call, "DBParameterGroupName")?;
    let family = call.required("DBParameterGroupFamily")?;
    let description = call.required("Description")?;
    if !engines::family_known(&family) {
        let message =
            format!("ParameterGroupFamily {family} is not a valid parameter group family");
        return Err(AwsError::bad("InvalidParameterValue", message));
    }
    let group = Thing::new(KIND, arn(call, "pg", &name))
        .with("DBParameterGroupName", name)
        .with("DBParameterGroupFamily", family)
        .with("Description", description)
        .with("$parameters", json!({}))
        .tagged(call.tags("Tags"));
    let group = call.create(group)?;
    Ok(json!({"DBParameterGroup": shape(&group)}))
}

fn shape(group: &Thing) -> Value {
    let mut shape = group.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("DBParameterGroupArn".to_owned(), group.id.clone().into());
    Value::Object(shape)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = super::asked(call, KIND, "DBParameterGroupName", "pg")?;
    page_of(call, "DBParameterGroups", "DBParameterGroup", found.iter().map(shape).collect())
}

/// The values a client has set, with how they were to take effect.
fn set_by_user(group: &Thing) -> Map<String, Value> {
    group.attrs.get("$parameters").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn describe_parameters(call: &mut Call<'_>) -> Answer {
    let id = arn(call, "pg", &named(call, "DBParameterGroupName")?);
    let set = set_by_user(call.world.expect(KIND, &id)?);
    let source = call.text("Source").unwrap_or_default().to_owned();
    let shown = MYSQL
        .iter()
        .map(|(name, dynamic, default)| {
            let user = set.get(*name);
            let default = Some(json!(default)).filter(|_| !default.is_empty());
            json!({
                "ParameterName": name,
                "ParameterValue": user.and_then(|one| one.get("value")).cloned().or(default),
                "ApplyMethod": user.and_then(|one| one.get("method")).unwrap_or(&json!("pending-reboot")),
                "Source": if user.is_some() { "user" } else { "engine-default" },
                "ApplyType": if *dynamic { "dynamic" } else { "static" },
                "DataType": "string",
                "IsModifiable": true,
            })
        })
        .filter(|parameter| source.is_empty() || parameter.get("Source") == Some(&json!(source)))
        .collect();
    page_of(call, "Parameters", "Parameter", shown)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let name = named(call, "DBParameterGroupName")?;
    let id = arn(call, "pg", &name);
    let mut changes = BTreeMap::new();
    for parameter in listed(call)? {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        let (dynamic, _) = known(text("ParameterName"))?;
        if !dynamic && text("ApplyMethod") == "immediate" {
            let message = "cannot use immediate apply method for static parameter";
            return Err(AwsError::bad("InvalidParameterCombination", message));
        }
        let change = json!({"value": text("ParameterValue"), "method": text("ApplyMethod")});
        changes.insert(text("ParameterName").to_owned(), change);
    }
    let group = call.world.expect_mut(KIND, &id)?;
    let mut set = set_by_user(group);
    set.extend(changes);
    group.set("$parameters", set);
    Ok(json!({"DBParameterGroupName": name}))
}

/// At most 20 parameters a call (API reference, ModifyDBParameterGroup).
fn listed(call: &Call<'_>) -> Result<Vec<Value>, AwsError> {
    let parameters = call.list("Parameters");
    match parameters.len() {
        0 => Err(AwsError::missing("Parameters")),
        1..=20 => Ok(parameters),
        _ => Err(AwsError::bad("InvalidParameterValue", "At most 20 parameters can be changed")),
    }
}

fn reset(call: &mut Call<'_>) -> Answer {
    let name = named(call, "DBParameterGroupName")?;
    let id = arn(call, "pg", &name);
    let all = call.flag("ResetAllParameters").unwrap_or_default();
    let names: Vec<String> = call
        .list("Parameters")
        .iter()
        .filter_map(|one| one.get("ParameterName")?.as_str().map(str::to_owned))
        .collect();
    names.iter().try_for_each(|name| known(name).map(|_| ()))?;
    let group = call.world.expect_mut(KIND, &id)?;
    let mut set = set_by_user(group);
    set.retain(|name, _| !all && !names.contains(name));
    group.set("$parameters", set);
    Ok(json!({"DBParameterGroupName": name}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = arn(call, "pg", &named(call, "DBParameterGroupName")?);
    call.world.delete(KIND, &id, call.now)?;
    done()
}

/// The id of the group a database shall use, after checking its family; `None` for AWS's default.
pub fn usable(call: &Call<'_>, name: &str, family: &str) -> Result<Option<String>, AwsError> {
    if name.starts_with("default.") {
        return Ok(None);
    }
    let id = arn(call, "pg", name);
    let group = call.world.expect(KIND, &id)?;
    let have = group.text("DBParameterGroupFamily");
    if have != family {
        let message = format!(
            "The parameter group {name} with DBParameterGroupFamily {have} cannot be used for this \
             instance. Please use a parameter group with DBParameterGroupFamily {family}"
        );
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    Ok(Some(id))
}
