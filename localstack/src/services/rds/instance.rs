//! DB instances: of RDS for MySQL here, of DocumentDB in `cluster`.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::super::{Operation, interfaces, secrets};
use super::{
    Field, arn, cluster, engines, filtered, groups, identifier, memberships, no_such_group,
    page_of, parameters, snapshot,
};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::world::{Stage, Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateDBInstance", create),
    ("DescribeDBInstances", describe),
    ("DeleteDBInstance", delete),
];

pub const KIND: &str = "rds_instance";

/// The first backup is taken at the end of the creation.
pub const BACKING_UP: f64 = 60.0;

fn create(call: &mut Call<'_>) -> Answer {
    let name = identifier(call, "DBInstanceIdentifier")?;
    match call.required("Engine")?.as_str() {
        "mysql" => create_mysql(call, &name),
        "docdb" => cluster::create_instance(call, &name),
        other => Err(AwsError::bad("InvalidParameterValue", format!("Invalid DB engine: {other}"))),
    }
}

fn create_mysql(call: &mut Call<'_>, name: &str) -> Answer {
    let version = engines::version("mysql", call.text("EngineVersion"))?;
    let class = call.required("DBInstanceClass")?;
    engines::check_class("mysql", &class, version.number)?;
    check_storage(call)?;
    check_insights(call.flag("EnablePerformanceInsights"), &class)?;
    let user = call.required("MasterUsername")?;
    let password = check_password(call)?;
    let group_name = call
        .text("DBSubnetGroupName")
        .map(str::to_lowercase)
        .ok_or_else(|| AwsError::unimplemented("a database outside of a DB subnet group"))?;
    let group = call.world.expect("db_subnet_group", &arn(call, "subgrp", &group_name))?.clone();
    let security = call.texts("VpcSecurityGroupIds");
    interfaces::check_groups(call, &security, no_such_group)?;
    let default = format!("default.{}", version.family);
    let parameter_name = call.text("DBParameterGroupName").unwrap_or(&default).to_lowercase();
    let parameter_group = parameters::usable(call, &parameter_name, version.family)?;
    let places = places(call, &group);
    let zone = |at: usize| places.get(at).and_then(|id| call.world.get(id));
    let zone = |at: usize| zone(at).map(|s| s.text("availabilityZone").to_owned());
    let zones = (zone(0), zone(1));
    let resource = format!("db-{}", call.world.new_name(26));
    let thing = Thing::new(KIND, arn(call, "db", name))
        .with("DBInstanceIdentifier", name)
        .with("DbiResourceId", resource)
        .with("DBInstanceClass", class)
        .with("Engine", "mysql")
        .with("EngineVersion", version.number)
        .with("MasterUsername", user)
        .with("InstanceCreateTime", call.date(call.now))
        .with("DBParameterGroups", parameter_status(&parameter_name))
        .with("VpcSecurityGroups", memberships(&security))
        .with("AvailabilityZone", zones.0)
        .with("SecondaryAvailabilityZone", zones.1)
        .with("$subnetGroup", group.id.clone())
        .with("$password", password)
        .tagged(call.tags("Tags"))
        .uses(group.id.clone())
        .uses_all(parameter_group)
        .uses_all(security.clone());
    let thing = call.create(with_settings(call, thing))?;
    interfaces::place(call, &thing.id, "RDSNetworkInterface", &places, &security)?;
    manage_secret(call, &thing)?;
    answer(call, &thing.id)
}

/// The subnets it stands in: a standby takes another one.
fn places(call: &Call<'_>, group: &Thing) -> Vec<String> {
    let count = if call.flag("MultiAZ").unwrap_or_default() { 2 } else { 1 };
    groups::subnets(group).into_iter().take(count).collect()
}

/// How long Performance Insights keeps what it saw; shown only while it is on.
pub const INSIGHTS_DAYS: &str = "PerformanceInsightsRetentionPeriod";

/// The settings that a request names or AWS defaults.
fn with_settings(call: &Call<'_>, thing: Thing) -> Thing {
    let number = |name: &str, default: i64| call.number(name).unwrap_or(default);
    let flag = |name: &str, default: bool| call.flag(name).unwrap_or(default);
    let text = |name: &str, default: &str| call.text(name).unwrap_or(default).to_owned();
    let lifecycle = text("EngineLifecycleSupport", "open-source-rds-extended-support");
    let insights = flag("EnablePerformanceInsights", false);
    let thing = thing
        .with("AllocatedStorage", number("AllocatedStorage", 20))
        .with("StorageType", text("StorageType", "gp2"))
        .with("StorageEncrypted", flag("StorageEncrypted", false))
        .with("MultiAZ", flag("MultiAZ", false))
        .with("BackupRetentionPeriod", number("BackupRetentionPeriod", 1))
        .with("DeletionProtection", flag("DeletionProtection", false))
        .with("PubliclyAccessible", flag("PubliclyAccessible", false))
        .with("AutoMinorVersionUpgrade", flag("AutoMinorVersionUpgrade", true))
        .with("CopyTagsToSnapshot", flag("CopyTagsToSnapshot", false))
        .with("PerformanceInsightsEnabled", insights)
        .with("EngineLifecycleSupport", lifecycle)
        .with("DbInstancePort", 0)
        .with("$port", number("Port", 3306));
    let thing = match call.number("MaxAllocatedStorage") {
        Some(most) => thing.with("MaxAllocatedStorage", most),
        None => thing,
    };
    // A week is free and what AWS keeps when nothing is said.
    match insights {
        true => thing.with(INSIGHTS_DAYS, number(INSIGHTS_DAYS, 7)),
        false => thing,
    }
}

fn check_storage(call: &Call<'_>) -> Result<(), AwsError> {
    let combination = |message: String| Err(AwsError::bad("InvalidParameterCombination", message));
    let size = call.number("AllocatedStorage").unwrap_or(0);
    let kind = call.text("StorageType").unwrap_or("gp2");
    if !(20..=65_536).contains(&size) {
        return combination(format!(
            "Invalid storage size for engine name mysql and storage type {kind}: {size}"
        ));
    }
    if kind == "gp3" && size < 400 && call.number("Iops").is_some() {
        return combination(
            "You can't specify IOPS or storage throughput for engine mysql and a storage size less \
             than 400."
                .to_owned(),
        );
    }
    match call.number("MaxAllocatedStorage") {
        Some(most) if most <= size => {
            combination("Max storage size must be greater than storage size".to_owned())
        }
        _ => Ok(()),
    }
}

pub fn check_insights(wanted: Option<bool>, class: &str) -> Result<(), AwsError> {
    if wanted == Some(true) && !engines::has_insights(class) {
        let message = "Performance Insights not supported for this configuration.";
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    Ok(())
}

/// A password is kept as a digest only, so it can be compared but not read.
pub fn check_password(call: &Call<'_>) -> Result<Value, AwsError> {
    let managed = call.flag("ManageMasterUserPassword") == Some(true);
    match (call.text("MasterUserPassword"), managed) {
        (None, true) => Ok(Value::Null),
        (Some(_), true) => Err(AwsError::bad(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.",
        )),
        (Some(password), false) if (8..=41).contains(&password.len()) => Ok(digest(password)),
        _ => Err(AwsError::bad(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 \
             characters.",
        )),
    }
}

fn digest(password: &str) -> Value {
    let hash = Sha256::digest(password);
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// The secret that RDS makes, rotates and takes away with its database.
pub fn manage_secret(call: &mut Call<'_>, database: &Thing) -> Result<(), AwsError> {
    if call.flag("ManageMasterUserPassword") != Some(true)
        || database.attrs.contains_key("MasterUserSecret")
    {
        return Ok(());
    }
    let word = if database.kind == "docdb_cluster" { "cluster" } else { "db" };
    let user = database.text("MasterUsername").to_owned();
    let secret = secrets::managed(call, "rds", word, &database.id, &user)?;
    let shown = json!({"SecretArn": secret, "SecretStatus": "active"});
    call.world.expect_mut(&database.kind, &database.id)?.set("MasterUserSecret", shown);
    Ok(())
}

pub fn parameter_status(name: &str) -> Value {
    let status = json!({"DBParameterGroupName": name, "ParameterApplyStatus": "in-sync"});
    json!({"DBParameterGroup": [status]})
}

pub fn answer(call: &Call<'_>, id: &str) -> Answer {
    let thing = call.world.get(id).ok_or_else(|| crate::rules::not_found(KIND, id))?;
    Ok(json!({"DBInstance": shape(call.world, thing, call.now)}))
}

pub fn status(thing: &Thing, now: f64) -> &str {
    // What fails does so before there is something to back up.
    let backed_up =
        thing.attrs.get("BackupRetentionPeriod") != Some(&json!(0)) && thing.failure.is_none();
    // However quick the world is, it is the last part of being made, never the first.
    let last = BACKING_UP.min((thing.ready - thing.created) / 4.0);
    if thing.stage(now) == Stage::Creating && backed_up && thing.ready - now < last {
        return "backing-up";
    }
    thing.status(now, ["creating", "available", "modifying", "failed", "deleting"])
}

/// Changes that are on their way show beside the old values until they are done.
pub fn effective(thing: &Thing, now: f64) -> (Map<String, Value>, Value) {
    let mut attrs = thing.attrs.clone();
    let pending = attrs.remove("$pending").unwrap_or_else(|| json!({}));
    if thing.stage(now) == Stage::Changing {
        return (attrs, pending);
    }
    attrs.extend(pending.as_object().cloned().unwrap_or_default());
    (attrs, json!({}))
}

fn shape(world: &World, thing: &Thing, now: f64) -> Value {
    if thing.kind == "docdb_instance" {
        return cluster::shape_instance(world, thing, now);
    }
    let (mut shape, pending) = effective(thing, now);
    let status = status(thing, now);
    shape.insert("PendingModifiedValues".to_owned(), pending);
    shape.insert("DBInstanceStatus".to_owned(), status.into());
    shape.insert("DBInstanceArn".to_owned(), thing.id.clone().into());
    if let Some(group) = world.get(thing.text("$subnetGroup")) {
        shape.insert("DBSubnetGroup".to_owned(), groups::shape(world, group));
    }
    if status != "creating" {
        let host = format!(
            "{}.c{}.{}.rds.amazonaws.com",
            thing.text("DBInstanceIdentifier"),
            thing.text("DbiResourceId").get(3..14).unwrap_or_default().to_lowercase(),
            thing.region
        );
        let port = thing.attrs.get("$port");
        shape.insert("Endpoint".to_owned(), json!({"Address": host, "Port": port}));
    }
    shape.insert("TagList".to_owned(), json!({"Tag": tag_list(&thing.tags, "Key", "Value")}));
    shape.retain(|name, value| {
        !name.starts_with('$') && name != "FinalSnapshot" && !value.is_null()
    });
    Value::Object(shape)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let both = call.here(KIND).chain(call.here("docdb_instance"));
    let mut found: Vec<Thing> = match call.text("DBInstanceIdentifier") {
        Some(name) => vec![database(call, name)?],
        None => both.cloned().collect(),
    };
    let fields: &[Field] = &[
        ("db-instance-id", |one| one.text("DBInstanceIdentifier").to_owned()),
        ("db-cluster-id", |one| one.text("DBClusterIdentifier").to_owned()),
        ("dbi-resource-id", |one| one.text("DbiResourceId").to_owned()),
        ("engine", |one| one.text("Engine").to_owned()),
    ];
    filtered(call, &mut found, fields)?;
    let shown = found.iter().map(|thing| shape(call.world, thing, call.now)).collect();
    page_of(call, "DBInstances", "DBInstance", shown)
}

/// The instance of that name, whichever engine it runs.
pub fn database(call: &Call<'_>, name: &str) -> Result<Thing, AwsError> {
    let id = arn(call, "db", &name.to_lowercase());
    let found = call.world.get(&id).filter(|thing| thing.kind == "docdb_instance");
    found.map_or_else(|| call.world.expect(KIND, &id), Ok).cloned()
}

fn delete(call: &mut Call<'_>) -> Answer {
    let thing = database(call, &identifier(call, "DBInstanceIdentifier")?)?;
    if thing.gone.is_some() {
        let message = format!("Instance {} is already being deleted.", thing.id);
        return Err(AwsError::bad("InvalidDBInstanceState", message));
    }
    // That one whose creation failed can go although it takes no change any more is assumed.
    let protected = thing.attrs.get("DeletionProtection") == Some(&json!(true));
    if protected && status(&thing, call.now) != "failed" {
        let message = "Cannot delete protected DB Instance, please disable deletion protection and \
                       try again.";
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    let snapshot =
        if thing.kind == KIND { final_snapshot(call, "FinalDBSnapshotIdentifier")? } else { None };
    if let Some(name) = &snapshot {
        if status(&thing, call.now) != "available" {
            let message = "Cannot create a snapshot because the database instance is not currently \
                           in the available state.";
            return Err(AwsError::bad("InvalidDBInstanceState", message));
        }
        snapshot::check_free(call, &thing, name)?;
    }
    depart(call, &thing, snapshot)?;
    answer(call, &thing.id)
}

/// The name of the final snapshot a delete wants; AWS insists on a decision.
pub fn final_snapshot(call: &Call<'_>, parameter: &str) -> Result<Option<String>, AwsError> {
    let skip = call.flag("SkipFinalSnapshot").unwrap_or_default();
    let name = call.text(parameter).map(str::to_lowercase);
    let combination = |message: String| Err(AwsError::bad("InvalidParameterCombination", message));
    match (name, skip) {
        (None, false) => {
            combination(format!("{parameter} is required unless SkipFinalSnapshot is specified."))
        }
        (Some(_), true) => combination(format!(
            "{parameter} can not be specified when deleting with SkipFinalSnapshot."
        )),
        (name, _) => Ok(name),
    }
}

/// Begins the removal; the final snapshot is complete when the database is gone.
pub fn depart(
    call: &mut Call<'_>,
    thing: &Thing,
    snapshot: Option<String>,
) -> Result<(), AwsError> {
    if let Some(name) = &snapshot {
        call.world.expect_mut(&thing.kind, &thing.id)?.set("FinalSnapshot", name.clone());
    }
    call.world.delete(&thing.kind, &thing.id, call.now)?;
    if let Some(name) = snapshot {
        let gone = call.world.get(&thing.id).and_then(|thing| thing.gone);
        snapshot::take(call, thing, &name, gone.unwrap_or(call.now))?;
    }
    Ok(())
}
