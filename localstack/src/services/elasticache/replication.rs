//! Replication groups and the cache clusters (nodes) they consist of.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::{Operation, interfaces};
use super::{
    CLUSTER, REPLICATION_GROUP, SUBNET_GROUP, arn, asked, combination, named, page_of, parameters,
    shape, texts, value,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Stage, Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateReplicationGroup", create),
    ("DescribeReplicationGroups", describe),
    ("DeleteReplicationGroup", delete),
    ("DescribeCacheClusters", describe_clusters),
];

/// Engine, version, parameter group family.
const VERSIONS: &[(&str, &str, &str)] = &[
    ("redis", "7.0.7", "redis7"),
    ("redis", "7.1.0", "redis7"),
    ("valkey", "7.2.6", "valkey7"),
    ("valkey", "8.0.1", "valkey8"),
    ("valkey", "8.1.0", "valkey8"),
];

const FAMILIES: &[&str] = &["t3", "t4g", "m5", "m6g", "m7g", "r5", "r6g", "r7g"];
const SIZES: &[&str] = &["micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge"];

/// The full version and the parameter group family of what a request asks for.
pub fn version(
    engine: &str,
    asked: Option<&str>,
) -> Result<(&'static str, &'static str), AwsError> {
    let fits = |number: &str| {
        asked.is_none_or(|asked| number == asked || number.starts_with(&format!("{asked}.")))
    };
    let found = VERSIONS.iter().rev().find(|(of, number, _)| *of == engine && fits(number));
    found.map(|(_, number, family)| (*number, *family)).ok_or_else(|| {
        let asked = asked.unwrap_or("none");
        value(format!("Unknown engine or version: {engine} {asked}"))
    })
}

pub fn check_node_type(node: &str) -> Result<(), AwsError> {
    let mut parts = node.split('.');
    let (cache, family, size) = (parts.next(), parts.next(), parts.next());
    let burstable = family.is_some_and(|family| family.starts_with('t'));
    let fits = cache == Some("cache")
        && family.is_some_and(|family| FAMILIES.contains(&family))
        && size.is_some_and(|size| {
            SIZES.contains(&size) && burstable == ["micro", "small", "medium"].contains(&size)
        });
    if fits { Ok(()) } else { Err(value(format!("Invalid cache node type: {node}"))) }
}

pub fn no_such_group(id: &str) -> AwsError {
    value(format!("Invalid security group ID: {id}"))
}

/// A token is kept as a digest only.
pub fn check_token(call: &Call<'_>, encrypted: bool) -> Result<Value, AwsError> {
    let Some(token) = call.text("AuthToken") else { return Ok(Value::Null) };
    if !encrypted {
        return Err(combination(
            "The AUTH token feature is only supported when encryption-in-transit is enabled.",
        ));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "!&#$^<>-".contains(c);
    if !(16..=128).contains(&token.len()) || !token.chars().all(fits) {
        return Err(value("Invalid AuthToken provided."));
    }
    let hash = Sha256::digest(token);
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = named(call, "ReplicationGroupId", 40)?;
    let description = call.required("ReplicationGroupDescription")?;
    if call.value("NumNodeGroups").is_some() || call.value("NodeGroupConfiguration").is_some() {
        return Err(AwsError::unimplemented("replication groups of several shards"));
    }
    let engine = call.text("Engine").unwrap_or("redis").to_owned();
    let (number, family) = version(&engine, call.text("EngineVersion"))?;
    let node = call.required("CacheNodeType")?;
    check_node_type(&node)?;
    let nodes = call.number("NumCacheClusters").unwrap_or(1);
    let failover = call.flag("AutomaticFailoverEnabled").unwrap_or_default();
    let multi = call.flag("MultiAZEnabled").unwrap_or_default();
    check_nodes(nodes, failover, multi)?;
    // Valkey is encrypted in transit unless told otherwise.
    let tls = call.flag("TransitEncryptionEnabled").unwrap_or(engine == "valkey");
    let token = check_token(call, tls)?;
    let group_name = call
        .text("CacheSubnetGroupName")
        .map(str::to_lowercase)
        .ok_or_else(|| AwsError::unimplemented("a cache outside of a cache subnet group"))?;
    let group = call.world.expect(SUBNET_GROUP, &arn(call, SUBNET_GROUP, &group_name))?.id.clone();
    let security = call.texts("SecurityGroupIds");
    interfaces::check_groups(call, &security, no_such_group)?;
    let parameter = format!("default.{family}");
    let parameter = call.text("CacheParameterGroupName").unwrap_or(&parameter).to_lowercase();
    let parameter_id = parameters::usable(call, &parameter, family)?;
    let hash = call.world.new_name(6).to_lowercase();
    let thing = Thing::new(REPLICATION_GROUP, arn(call, REPLICATION_GROUP, &name))
        .with("ReplicationGroupId", name)
        .with("Description", description)
        .with("Engine", engine)
        .with("CacheNodeType", node)
        .with("ClusterEnabled", false)
        .with("ClusterMode", "disabled")
        .with("TransitEncryptionEnabled", tls)
        .with("AtRestEncryptionEnabled", call.flag("AtRestEncryptionEnabled").unwrap_or_default())
        .with("AuthTokenEnabled", !token.is_null())
        .with("SnapshotRetentionLimit", call.number("SnapshotRetentionLimit").unwrap_or(0))
        .with("AutoMinorVersionUpgrade", call.flag("AutoMinorVersionUpgrade").unwrap_or(true))
        .with("ReplicationGroupCreateTime", call.date(call.now))
        .with("$version", number)
        .with("$failover", failover)
        .with("$multi", multi)
        .with("$port", call.number("Port").unwrap_or(6379))
        .with("$hash", hash)
        .with("$token", token)
        .with("$parameters", parameter)
        .with("$security", security.clone())
        .with("$subnetGroup", group.clone())
        .tagged(call.tags("Tags"))
        .uses(group)
        .uses_all(parameter_id)
        .uses_all(security);
    let thing = call.create(thing)?;
    for _ in 0..nodes {
        add_node(call, &thing.id)?;
    }
    answer(call, &thing.id)
}

pub fn check_nodes(nodes: i64, failover: bool, multi: bool) -> Result<(), AwsError> {
    if !(1..=6).contains(&nodes) {
        return Err(value("NumCacheClusters must be between 1 and 6"));
    }
    if failover && nodes < 2 {
        return Err(value(
            "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
        ));
    }
    if multi && !failover {
        return Err(value("MultiAZ is only supported with automatic failover enabled."));
    }
    Ok(())
}

/// One more node, in the next subnet round, with its interface.
pub fn add_node(call: &mut Call<'_>, group: &str) -> Result<(), AwsError> {
    let thing = call.world.expect(REPLICATION_GROUP, group)?.clone();
    let present = nodes(call.world, group);
    let free = |number: &usize| {
        let name = node_name(&thing, *number);
        present.iter().all(|node| node.text("CacheClusterId") != name)
    };
    let number = (1..=6).find(free).unwrap_or(1);
    let name = node_name(&thing, number);
    let subnets = call.world.get(thing.text("$subnetGroup")).map(|group| texts(group, "$subnets"));
    let subnets = subnets.unwrap_or_default();
    let place: Vec<String> =
        subnets.get((number - 1) % subnets.len().max(1)).cloned().into_iter().collect();
    let zone = place.first().and_then(|id| call.world.get(id));
    let zone = zone.map(|subnet| subnet.text("availabilityZone").to_owned());
    let node = Thing::new(CLUSTER, arn(call, CLUSTER, &name))
        .with("CacheClusterId", name)
        .with("ReplicationGroupId", thing.text("ReplicationGroupId"))
        .with("PreferredAvailabilityZone", zone)
        .tagged(thing.tags.clone())
        .owned_by(Owner::Aws)
        .child_of(group);
    let node = call.create(node)?;
    let security = texts(&thing, "$security");
    interfaces::place(call, &node.id, "ElastiCache", &place, &security)
}

fn node_name(group: &Thing, number: usize) -> String {
    format!("{}-{number:03}", group.text("ReplicationGroupId"))
}

/// The nodes of a group, the primary first.
pub fn nodes(world: &World, group: &str) -> Vec<Thing> {
    world.children(group).filter(|child| child.kind == CLUSTER).cloned().collect()
}

pub fn answer(call: &Call<'_>, id: &str) -> Answer {
    let thing = call.world.expect(REPLICATION_GROUP, id)?;
    Ok(json!({"ReplicationGroup": shape_group(call.world, thing, call.now)}))
}

pub fn status(thing: &Thing, now: f64) -> &str {
    thing.status(now, ["creating", "available", "modifying", "create-failed", "deleting"])
}

fn switch(thing: &Thing, name: &str) -> &'static str {
    if thing.attrs.get(name) == Some(&json!(true)) { "enabled" } else { "disabled" }
}

fn host(thing: &Thing, first: &str) -> Value {
    let region: String =
        thing.region.split('-').map(|part| part.get(..1).unwrap_or(part)).collect();
    let (name, hash) = (thing.text("ReplicationGroupId"), thing.text("$hash"));
    let address = format!("{first}.{name}.{hash}.{region}.cache.amazonaws.com");
    json!({"Address": address, "Port": thing.attrs.get("$port")})
}

fn shape_group(world: &World, thing: &Thing, now: f64) -> Value {
    let mut shape = shape(thing);
    let nodes = nodes(world, &thing.id);
    let names: Vec<&str> = nodes.iter().map(|node| node.text("CacheClusterId")).collect();
    let members: Vec<Value> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| {
            json!({
                "CacheClusterId": node.text("CacheClusterId"),
                "CacheNodeId": "0001",
                "CurrentRole": if at == 0 { "primary" } else { "replica" },
                "PreferredAvailabilityZone": node.attrs.get("PreferredAvailabilityZone"),
                "ReadEndpoint": host(thing, node.text("CacheClusterId")),
            })
        })
        .collect();
    let status = status(thing, now);
    if thing.stage(now) != Stage::Creating {
        let group = json!({
            "NodeGroupId": "0001",
            "Status": status,
            "PrimaryEndpoint": host(thing, "master"),
            "ReaderEndpoint": host(thing, "replica"),
            "NodeGroupMembers": {"NodeGroupMember": members},
        });
        shape.insert("NodeGroups".to_owned(), json!({"NodeGroup": [group]}));
    }
    shape.insert("Status".to_owned(), status.into());
    shape.insert("AutomaticFailover".to_owned(), switch(thing, "$failover").into());
    shape.insert("MultiAZ".to_owned(), switch(thing, "$multi").into());
    shape.insert("MemberClusters".to_owned(), json!({"ClusterId": names}));
    shape.insert("PendingModifiedValues".to_owned(), json!({}));
    Value::Object(shape)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = asked(call, REPLICATION_GROUP, "ReplicationGroupId")?;
    let shown = found.iter().map(|thing| shape_group(call.world, thing, call.now)).collect();
    page_of(call, "ReplicationGroups", "ReplicationGroup", shown)
}

fn describe_clusters(call: &mut Call<'_>) -> Answer {
    let alone = "ShowCacheClustersNotInReplicationGroups";
    let found = match call.flag(alone) {
        Some(true) => Vec::new(),
        _ => asked(call, CLUSTER, "CacheClusterId")?,
    };
    let shown = found.iter().map(|node| shape_node(call.world, node, call.now)).collect();
    page_of(call, "CacheClusters", "CacheCluster", shown)
}

/// A node shows what its group decides.
fn shape_node(world: &World, node: &Thing, now: f64) -> Value {
    let mut shape = shape(node);
    let Some(group) = node.parent.as_deref().and_then(|id| world.get(id)) else {
        return Value::Object(shape);
    };
    let copied = ["Engine", "CacheNodeType", "TransitEncryptionEnabled", "AtRestEncryptionEnabled"];
    for name in copied.into_iter().chain(["AuthTokenEnabled", "SnapshotRetentionLimit"]) {
        shape.insert(name.to_owned(), group.attrs.get(name).cloned().unwrap_or_default());
    }
    let security: Vec<Value> = texts(group, "$security")
        .iter()
        .map(|id| json!({"SecurityGroupId": id, "Status": "active"}))
        .collect();
    let subnet_group = world.get(group.text("$subnetGroup"));
    let subnet_group = subnet_group.map(|one| one.text("CacheSubnetGroupName").to_owned());
    let more = json!({
        "EngineVersion": group.text("$version"),
        "CacheClusterStatus": status(group, now),
        "NumCacheNodes": 1,
        "PendingModifiedValues": {},
        "SecurityGroups": {"member": security},
        "CacheSubnetGroupName": subnet_group,
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.text("$parameters"),
            "ParameterApplyStatus": "in-sync",
        },
    });
    shape.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(shape)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = arn(call, REPLICATION_GROUP, &named(call, "ReplicationGroupId", 40)?);
    let thing = call.world.expect(REPLICATION_GROUP, &id)?;
    let status = status(thing, call.now);
    if !["available", "create-failed"].contains(&status) {
        let message =
            format!("Replication group {id} has status {status} which is not valid for deletion.");
        return Err(AwsError::bad("InvalidReplicationGroupState", message));
    }
    for name in ["FinalSnapshotIdentifier", "RetainPrimaryCluster"] {
        if call.text(name).is_some_and(|text| text != "false") {
            return Err(AwsError::unimplemented(format!(
                "the parameter {name} of DeleteReplicationGroup"
            )));
        }
    }
    call.world.delete(REPLICATION_GROUP, &id, call.now)?;
    answer(call, &id)
}
