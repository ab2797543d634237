//! ModifyDBInstance: what may change, what shows as pending, what it drags along.

use serde_json::{Map, Value};

use super::super::{Operation, interfaces};
use super::instance::{
    INSIGHTS_DAYS, KIND, answer, check_insights, check_password, database, effective,
    manage_secret, parameter_status, status,
};
use super::{arn, engines, identifier, memberships, no_such_group, parameters};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[("ModifyDBInstance", modify)];

/// What shows as pending until the change is done.
const SLOW: &[&str] = &[
    "DBInstanceClass",
    "AllocatedStorage",
    "StorageType",
    "MultiAZ",
    "BackupRetentionPeriod",
    "EngineVersion",
];

fn modify(call: &mut Call<'_>) -> Answer {
    let thing = database(call, &identifier(call, "DBInstanceIdentifier")?)?;
    let status = status(&thing, call.now);
    if status != "available" {
        let message = format!("Database instance is not in available state ({status}).");
        return Err(AwsError::bad("InvalidDBInstanceState", message));
    }
    let (mut attrs, _) = effective(&thing, call.now);
    let mut wanted = requested(call, &attrs)?;
    if thing.kind == "docdb_instance" {
        // Everything else belongs to the cluster.
        wanted.retain(|name, _| name == "DBInstanceClass");
        let class = wanted.get("DBInstanceClass").and_then(Value::as_str);
        class.map_or(Ok(()), |class| engines::check_class("docdb", class, ""))?;
    }
    let slow: Map<String, Value> = wanted
        .iter()
        .filter(|(name, value)| SLOW.contains(&name.as_str()) && attrs.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !slow.is_empty() && call.flag("ApplyImmediately") != Some(true) {
        return Err(AwsError::unimplemented("changes that wait for the maintenance window"));
    }
    wanted.retain(|name, _| !SLOW.contains(&name.as_str()));
    attrs.extend(wanted);
    let changing = !slow.is_empty();
    attrs.insert("$pending".to_owned(), Value::Object(slow));
    call.world.expect_mut(&thing.kind, &thing.id)?.attrs = attrs;
    relate(call, &thing)?;
    manage_secret(call, &thing)?;
    if changing {
        call.world.change(&thing.id, call.now);
    }
    answer(call, &thing.id)
}

/// The values a ModifyDBInstance asks for, checked against the present ones.
fn requested(call: &Call<'_>, now: &Map<String, Value>) -> Result<Map<String, Value>, AwsError> {
    let mut wanted = Map::new();
    for name in ["AllocatedStorage", "BackupRetentionPeriod", "MaxAllocatedStorage"] {
        wanted.extend(call.number(name).map(|number| (name.to_owned(), number.into())));
    }
    let flags = ["MultiAZ", "DeletionProtection", "PubliclyAccessible", "CopyTagsToSnapshot"];
    for name in flags.into_iter().chain(["AutoMinorVersionUpgrade"]) {
        wanted.extend(call.flag(name).map(|flag| (name.to_owned(), flag.into())));
    }
    for name in ["DBInstanceClass", "StorageType"] {
        wanted.extend(call.text(name).map(|text| (name.to_owned(), text.into())));
    }
    let text = |name: &str| now.get(name).and_then(Value::as_str).unwrap_or_default();
    let class = call.text("DBInstanceClass").unwrap_or(text("DBInstanceClass"));
    if let Some(insights) = call.flag("EnablePerformanceInsights") {
        check_insights(Some(insights), class)?;
        wanted.insert("PerformanceInsightsEnabled".to_owned(), insights.into());
        let days = insights.then(|| call.number(INSIGHTS_DAYS).unwrap_or(7));
        wanted.insert(INSIGHTS_DAYS.to_owned(), days.into());
    }
    if text("Engine") == "mysql" {
        check_growth(call, now, &mut wanted)?;
        upgrade(call, now, &mut wanted)?;
        engines::check_class("mysql", class, text("EngineVersion"))?;
    }
    if call.text("MasterUserPassword").is_some() {
        wanted.insert("$password".to_owned(), check_password(call)?);
    }
    if let groups @ [_, ..] = call.texts("VpcSecurityGroupIds").as_slice() {
        interfaces::check_groups(call, groups, no_such_group)?;
        wanted.insert("VpcSecurityGroups".to_owned(), memberships(groups));
    }
    Ok(wanted)
}

/// Storage only ever grows.
fn check_growth(
    call: &Call<'_>,
    now: &Map<String, Value>,
    wanted: &mut Map<String, Value>,
) -> Result<(), AwsError> {
    let have = now.get("AllocatedStorage").and_then(Value::as_i64).unwrap_or_default();
    let size = call.number("AllocatedStorage").unwrap_or(have);
    let most = call.number("MaxAllocatedStorage");
    if size < have || most.is_some_and(|most| most < size) {
        let message = "Requested storage cannot be lower than the current storage.";
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    // A ceiling at the present size switches autoscaling off.
    if most == Some(size) {
        wanted.insert("MaxAllocatedStorage".to_owned(), Value::Null);
    }
    Ok(())
}

/// A new version needs a parameter group of its family, and leave when the major one changes.
fn upgrade(
    call: &Call<'_>,
    now: &Map<String, Value>,
    wanted: &mut Map<String, Value>,
) -> Result<(), AwsError> {
    let have = now.get("EngineVersion").and_then(Value::as_str);
    let have = engines::version("mysql", have)?;
    let next = match call.text("EngineVersion") {
        Some(asked) => engines::version("mysql", Some(asked))?,
        None => have,
    };
    let have = now.get("EngineVersion").and_then(Value::as_str).unwrap_or_default();
    if next.number < have {
        let message = format!("Cannot upgrade mysql from {have} to {}", next.number);
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    if !have.starts_with(next.major) && call.flag("AllowMajorVersionUpgrade") != Some(true) {
        let message = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new \
                       major version.";
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    wanted.insert("EngineVersion".to_owned(), next.number.into());
    let group = now.get("DBParameterGroups").and_then(|all| all.pointer("/DBParameterGroup/0"));
    let group = group.and_then(|one| one.get("DBParameterGroupName")).and_then(Value::as_str);
    let name = call.text("DBParameterGroupName").or(group).unwrap_or_default().to_lowercase();
    parameters::usable(call, &name, next.family)?;
    wanted.insert("DBParameterGroups".to_owned(), parameter_status(&name));
    Ok(())
}

/// Brings references and interfaces in line with what the attributes say now.
fn relate(call: &mut Call<'_>, before: &Thing) -> Result<(), AwsError> {
    if before.kind != KIND {
        return Ok(());
    }
    let thing = call.world.expect(KIND, &before.id)?.clone();
    let name = thing.attrs["DBParameterGroups"]
        .pointer("/DBParameterGroup/0/DBParameterGroupName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let parameter_group = (!name.starts_with("default.")).then(|| arn(call, "pg", name));
    let security: Vec<String> = thing.attrs["VpcSecurityGroups"]["VpcSecurityGroupMembership"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["VpcSecurityGroupId"].as_str().map(str::to_owned))
        .collect();
    interfaces::regroup(call, &thing.id, &security)?;
    let subnet_group = thing.text("$subnetGroup").to_owned();
    let refs = parameter_group.into_iter().chain(security).chain([subnet_group]).collect();
    call.world.expect_mut(KIND, &thing.id)?.refs = refs;
    Ok(())
}
