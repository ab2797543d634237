//! Changes of replication groups: settings, number of replicas.

use serde_json::{Map, Value, json};

use super::super::{Operation, interfaces};
use super::{
    PARAMETER_GROUP, REPLICATION_GROUP, arn, combination, named, parameters, replication, texts,
    value,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("ModifyReplicationGroup", modify),
    ("IncreaseReplicaCount", increase),
    ("DecreaseReplicaCount", decrease),
];

/// The group of the request, which must be available.
fn available(call: &Call<'_>) -> Result<Thing, AwsError> {
    let id = arn(call, REPLICATION_GROUP, &named(call, "ReplicationGroupId", 40)?);
    let thing = call.world.expect(REPLICATION_GROUP, &id)?;
    if thing.stage(call.now) == Stage::Active {
        return Ok(thing.clone());
    }
    let status = replication::status(thing, call.now);
    let message = format!("Replication group {id} has status {status}, not available.");
    Err(AwsError::bad("InvalidReplicationGroupState", message))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let thing = available(call)?;
    if call.flag("ApplyImmediately") != Some(true) {
        return Err(AwsError::unimplemented("changes that wait for the maintenance window"));
    }
    let changes = changes(call, &thing)?;
    let group = call.world.expect_mut(REPLICATION_GROUP, &thing.id)?;
    group.attrs.extend(changes);
    let security = texts(group, "$security");
    let parameter = group.text("$parameters").to_owned();
    let subnet_group = group.text("$subnetGroup").to_owned();
    let parameter =
        (!parameter.starts_with("default.")).then(|| arn(call, PARAMETER_GROUP, &parameter));
    let refs = parameter.into_iter().chain(security.clone()).chain([subnet_group]).collect();
    call.world.expect_mut(REPLICATION_GROUP, &thing.id)?.refs = refs;
    for node in replication::nodes(call.world, &thing.id) {
        interfaces::regroup(call, &node.id, &security)?;
    }
    call.world.change(&thing.id, call.now);
    replication::answer(call, &thing.id)
}

/// What the request changes, checked.
fn changes(call: &Call<'_>, thing: &Thing) -> Result<Map<String, Value>, AwsError> {
    let mut changes = Map::new();
    let switched = |name: &str, key: &str| {
        call.flag(name).unwrap_or(thing.attrs.get(key) == Some(&json!(true)))
    };
    let failover = switched("AutomaticFailoverEnabled", "$failover");
    let multi = switched("MultiAZEnabled", "$multi");
    let nodes = replication::nodes(call.world, &thing.id).len() as i64;
    replication::check_nodes(nodes, failover, multi)?;
    changes.insert("$failover".to_owned(), failover.into());
    changes.insert("$multi".to_owned(), multi.into());
    if let Some(node) = call.text("CacheNodeType") {
        replication::check_node_type(node)?;
        changes.insert("CacheNodeType".to_owned(), node.into());
    }
    if let Some(days) = call.number("SnapshotRetentionLimit") {
        changes.insert("SnapshotRetentionLimit".to_owned(), days.into());
    }
    if let Some(text) = call.text("ReplicationGroupDescription") {
        changes.insert("Description".to_owned(), text.into());
    }
    if call.text("AuthToken").is_some() {
        let encrypted = thing.attrs.get("TransitEncryptionEnabled") == Some(&json!(true));
        let token = replication::check_token(call, encrypted)?;
        // The one before stays good until the next; source: "Authenticating with the AUTH command".
        let former = match call.text("AuthTokenUpdateStrategy") {
            None | Some("ROTATE") => thing.attrs.get("$token").cloned().unwrap_or_default(),
            Some("SET") => Value::Null,
            Some(other) => {
                let message = format!("the strategy `{other}` for tokens");
                return Err(AwsError::unimplemented(message));
            }
        };
        changes.insert("$token".to_owned(), token);
        changes.insert("$formerToken".to_owned(), former);
        changes.insert("AuthTokenEnabled".to_owned(), true.into());
    }
    let security = call.texts("SecurityGroupIds");
    if !security.is_empty() {
        interfaces::check_groups(call, &security, replication::no_such_group)?;
        changes.insert("$security".to_owned(), security.into());
    }
    upgrade(call, thing, &mut changes)?;
    Ok(changes)
}

/// Redis may become Valkey, never the other way; versions only go up; the family must fit.
fn upgrade(
    call: &Call<'_>,
    thing: &Thing,
    changes: &mut Map<String, Value>,
) -> Result<(), AwsError> {
    let old_engine = thing.text("Engine");
    let engine = call.text("Engine").unwrap_or(old_engine);
    if old_engine == "valkey" && engine != "valkey" {
        return Err(combination("Modifying the engine from Valkey is not supported."));
    }
    let asked = call.text("EngineVersion");
    if engine != old_engine && asked.is_none() {
        return Err(combination("EngineVersion is required to change the engine."));
    }
    let (number, family) = replication::version(engine, asked.or(Some(thing.text("$version"))))?;
    if engine == old_engine && number < thing.text("$version") {
        return Err(value(format!("Downgrading to {number} is not supported.")));
    }
    let parameter = call.text("CacheParameterGroupName").unwrap_or(thing.text("$parameters"));
    parameters::usable(call, &parameter.to_lowercase(), family)?;
    changes.insert("Engine".to_owned(), engine.into());
    changes.insert("$version".to_owned(), number.into());
    changes.insert("$parameters".to_owned(), parameter.to_lowercase().into());
    Ok(())
}

/// The new number of replicas, beside the primary.
fn replicas(call: &Call<'_>) -> Result<usize, AwsError> {
    if call.flag("ApplyImmediately") != Some(true) {
        return Err(combination("ApplyImmediately must be true"));
    }
    let count =
        call.number("NewReplicaCount").ok_or_else(|| AwsError::missing("NewReplicaCount"))?;
    usize::try_from(count).ok().filter(|count| *count <= 5).ok_or_else(|| value("NewReplicaCount"))
}

fn no_operation() -> AwsError {
    let message = "The operation was not performed because no changes were required.";
    AwsError::bad("NoOperationFault", message)
}

fn increase(call: &mut Call<'_>) -> Answer {
    let thing = available(call)?;
    let wanted = replicas(call)? + 1;
    let have = replication::nodes(call.world, &thing.id).len();
    if wanted <= have {
        return Err(no_operation());
    }
    for _ in have..wanted {
        replication::add_node(call, &thing.id)?;
    }
    call.world.change(&thing.id, call.now);
    replication::answer(call, &thing.id)
}

fn decrease(call: &mut Call<'_>) -> Answer {
    let thing = available(call)?;
    let wanted = replicas(call)? + 1;
    let nodes = replication::nodes(call.world, &thing.id);
    if wanted >= nodes.len() {
        return Err(no_operation());
    }
    let failover = thing.attrs.get("$failover") == Some(&json!(true));
    if failover && wanted < 2 {
        return Err(combination(
            "Automatic failover needs at least one replica; switch it off first.",
        ));
    }
    let leaving: Vec<String> = nodes.iter().skip(wanted).map(|node| node.id.clone()).collect();
    leaving.iter().for_each(|node| call.world.remove(node));
    call.world.change(&thing.id, call.now);
    replication::answer(call, &thing.id)
}
