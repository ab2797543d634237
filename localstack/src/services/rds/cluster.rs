//! DocumentDB clusters and their instances.

use serde_json::{Value, json};

use super::super::{Operation, interfaces};
use super::{
    Field, arn, asked, engines, filtered, groups, identifier, instance, memberships, no_such_group,
    page_of, snapshot,
};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::world::{Stage, Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateDBCluster", create),
    ("DescribeDBClusters", describe),
    ("ModifyDBCluster", modify),
    ("DeleteDBCluster", delete),
];

const KIND: &str = "docdb_cluster";

fn create(call: &mut Call<'_>) -> Answer {
    let name = identifier(call, "DBClusterIdentifier")?;
    let engine = call.required("Engine")?;
    if engine != "docdb" {
        return Err(AwsError::unimplemented(format!("clusters of the engine `{engine}`")));
    }
    let version = engines::version("docdb", call.text("EngineVersion"))?;
    let user = call.required("MasterUsername")?;
    let password = instance::check_password(call)?;
    let group_name = call.text("DBSubnetGroupName").unwrap_or("default").to_lowercase();
    let group = call.world.expect("db_subnet_group", &arn(call, "subgrp", &group_name))?.id.clone();
    let security = call.texts("VpcSecurityGroupIds");
    interfaces::check_groups(call, &security, no_such_group)?;
    let parameters = format!("default.{}", version.family);
    let parameters = call.text("DBClusterParameterGroupName").unwrap_or(&parameters).to_owned();
    let resource = format!("cluster-{}", call.world.new_name(26));
    let thing = Thing::new(KIND, arn(call, "cluster", &name))
        .with("DBClusterIdentifier", name)
        .with("DbClusterResourceId", resource)
        .with("Engine", "docdb")
        .with("EngineVersion", version.number)
        .with("MasterUsername", user)
        .with("DBSubnetGroup", group_name)
        .with("DBClusterParameterGroup", parameters)
        .with("Port", call.number("Port").unwrap_or(27017))
        .with("BackupRetentionPeriod", call.number("BackupRetentionPeriod").unwrap_or(1))
        .with("StorageEncrypted", call.flag("StorageEncrypted").unwrap_or_default())
        .with("DeletionProtection", call.flag("DeletionProtection").unwrap_or_default())
        .with("ClusterCreateTime", call.date(call.now))
        .with("VpcSecurityGroups", memberships(&security))
        .with("$security", security.clone())
        .with("$subnetGroup", group.clone())
        .with("$password", password)
        .tagged(call.tags("Tags"))
        .uses(group)
        .uses_all(security);
    let thing = call.create(thing)?;
    instance::manage_secret(call, &thing)?;
    answer(call, &thing.id)
}

fn answer(call: &Call<'_>, id: &str) -> Answer {
    let thing = call.world.expect(KIND, id)?;
    Ok(json!({"DBCluster": shape(call.world, thing, call.now)}))
}

fn members<'w>(world: &'w World, cluster: &'w Thing) -> impl Iterator<Item = &'w Thing> {
    world.children(&cluster.id).filter(|child| child.kind == "docdb_instance")
}

fn shape(world: &World, thing: &Thing, now: f64) -> Value {
    let mut shape = thing.attrs.clone();
    let status = thing.status(now, ["creating", "available", "modifying", "failed", "deleting"]);
    let members: Vec<Value> = members(world, thing)
        .enumerate()
        .map(|(at, member)| {
            json!({
                "DBInstanceIdentifier": member.text("DBInstanceIdentifier"),
                "IsClusterWriter": at == 0,
                "DBClusterParameterGroupStatus": "in-sync",
                "PromotionTier": 1,
            })
        })
        .collect();
    let host = |word: &str| {
        let hash = thing.text("DbClusterResourceId").get(8..19).unwrap_or_default().to_lowercase();
        let name = thing.text("DBClusterIdentifier");
        format!("{name}.{word}-{hash}.{}.docdb.amazonaws.com", thing.region)
    };
    shape.insert("Endpoint".to_owned(), host("cluster").into());
    shape.insert("ReaderEndpoint".to_owned(), host("cluster-ro").into());
    shape.insert("Status".to_owned(), status.into());
    shape.insert("MultiAZ".to_owned(), (members.len() > 1).into());
    shape.insert("DBClusterMembers".to_owned(), json!({"DBClusterMember": members}));
    shape.insert("DBClusterArn".to_owned(), thing.id.clone().into());
    shape.insert("TagList".to_owned(), json!({"Tag": tag_list(&thing.tags, "Key", "Value")}));
    shape.retain(|name, value| {
        !name.starts_with('$') && name != "FinalSnapshot" && !value.is_null()
    });
    Value::Object(shape)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let mut found = asked(call, KIND, "DBClusterIdentifier", "cluster")?;
    let fields: &[Field] = &[
        ("db-cluster-id", |one| one.text("DBClusterIdentifier").to_owned()),
        ("engine", |one| one.text("Engine").to_owned()),
    ];
    filtered(call, &mut found, fields)?;
    let shown = found.iter().map(|thing| shape(call.world, thing, call.now)).collect();
    page_of(call, "DBClusters", "DBCluster", shown)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = arn(call, "cluster", &identifier(call, "DBClusterIdentifier")?);
    if call.world.expect(KIND, &id)?.stage(call.now) != Stage::Active {
        let message = format!("DB cluster {id} is not in available state.");
        return Err(AwsError::bad("InvalidDBClusterStateFault", message));
    }
    let security = call.texts("VpcSecurityGroupIds");
    interfaces::check_groups(call, &security, no_such_group)?;
    let days = call.number("BackupRetentionPeriod");
    let protected = call.flag("DeletionProtection");
    if call.text("EngineVersion").is_some() {
        return Err(AwsError::unimplemented("version upgrades of DocumentDB clusters"));
    }
    let thing = call.world.expect_mut(KIND, &id)?;
    if let Some(protected) = protected {
        thing.set("DeletionProtection", protected);
    }
    if let Some(days) = days {
        thing.set("BackupRetentionPeriod", days);
    }
    if !security.is_empty() {
        thing.set("VpcSecurityGroups", memberships(&security));
        thing.set("$security", security.clone());
        let group = thing.text("$subnetGroup").to_owned();
        thing.refs = security.iter().cloned().chain([group]).collect();
        let cluster = thing.clone();
        let members: Vec<_> = members(call.world, &cluster).map(|one| one.id.clone()).collect();
        members.iter().try_for_each(|member| interfaces::regroup(call, member, &security))?;
    }
    if days.is_some() || !security.is_empty() {
        call.world.change(&id, call.now);
    }
    let thing = call.world.expect(KIND, &id)?.clone();
    instance::manage_secret(call, &thing)?;
    answer(call, &id)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = arn(call, "cluster", &identifier(call, "DBClusterIdentifier")?);
    let thing = call.world.expect(KIND, &id)?.clone();
    let refuse = |message: &str| Err(AwsError::bad("InvalidDBClusterStateFault", message));
    if thing.gone.is_some() {
        return refuse("Cluster is already being deleted.");
    }
    if thing.attrs.get("DeletionProtection") == Some(&json!(true)) {
        let message = "Cannot delete protected Cluster, please disable deletion protection and try \
                       again.";
        return Err(AwsError::bad("InvalidParameterCombination", message));
    }
    if members(call.world, &thing).any(|member| member.gone.is_none()) {
        return refuse(
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        );
    }
    let snapshot = instance::final_snapshot(call, "FinalDBSnapshotIdentifier")?;
    if let Some(name) = &snapshot {
        if thing.stage(call.now) != Stage::Active {
            return refuse("The cluster is not in available state.");
        }
        snapshot::check_free(call, &thing, name)?;
    }
    instance::depart(call, &thing, snapshot)?;
    answer(call, &id)
}

/// An instance takes storage, users and network from its cluster.
pub fn create_instance(call: &mut Call<'_>, name: &str) -> Answer {
    let cluster_name = identifier(call, "DBClusterIdentifier")?;
    let class = call.required("DBInstanceClass")?;
    engines::check_class("docdb", &class, "")?;
    let cluster = call.world.expect(KIND, &arn(call, "cluster", &cluster_name))?.clone();
    if cluster.stage(call.now) != Stage::Active {
        let message = format!("DB cluster {cluster_name} is not in available state.");
        return Err(AwsError::bad("InvalidDBClusterStateFault", message));
    }
    let group = call.world.expect("db_subnet_group", cluster.text("$subnetGroup"))?;
    let subnets = groups::subnets(group);
    let at = members(call.world, &cluster).count() % subnets.len().max(1);
    let place: Vec<String> = subnets.get(at).cloned().into_iter().collect();
    let zone = place.first().and_then(|id| call.world.get(id));
    let zone = zone.map(|subnet| subnet.text("availabilityZone").to_owned());
    let resource = format!("db-{}", call.world.new_name(26));
    let thing = Thing::new("docdb_instance", arn(call, "db", name))
        .with("DBInstanceIdentifier", name)
        .with("DBClusterIdentifier", cluster_name)
        .with("DBInstanceClass", class)
        .with("DbiResourceId", resource)
        .with("Engine", "docdb")
        .with("EngineVersion", cluster.text("EngineVersion"))
        .with("InstanceCreateTime", call.date(call.now))
        .with("StorageEncrypted", cluster.attrs["StorageEncrypted"].clone())
        .with("AutoMinorVersionUpgrade", call.flag("AutoMinorVersionUpgrade").unwrap_or(true))
        .with("BackupRetentionPeriod", 0)
        .with("AvailabilityZone", zone)
        .tagged(call.tags("Tags"))
        .child_of(cluster.id.clone())
        .uses(cluster.id.clone());
    let thing = call.create(thing)?;
    let security: Vec<String> = cluster.attrs["$security"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    interfaces::place(call, &thing.id, "RDSNetworkInterface", &place, &security)?;
    Ok(json!({"DBInstance": shape_instance(call.world, &thing, call.now)}))
}

pub fn shape_instance(world: &World, thing: &Thing, now: f64) -> Value {
    let mut shape = thing.attrs.clone();
    let pending = shape.remove("$pending").unwrap_or_else(|| json!({}));
    let changing = thing.stage(now) == Stage::Changing;
    if !changing {
        shape.extend(pending.as_object().cloned().unwrap_or_default());
    }
    let pending = if changing { pending } else { json!({}) };
    shape.insert("PendingModifiedValues".to_owned(), pending);
    shape.insert("DBInstanceStatus".to_owned(), instance::status(thing, now).into());
    shape.insert("DBInstanceArn".to_owned(), thing.id.clone().into());
    let cluster = thing.parent.as_deref().and_then(|id| world.get(id));
    let group = cluster.and_then(|cluster| world.get(cluster.text("$subnetGroup")));
    if let Some(group) = group {
        shape.insert("DBSubnetGroup".to_owned(), groups::shape(world, group));
    }
    shape.insert("TagList".to_owned(), json!({"Tag": tag_list(&thing.tags, "Key", "Value")}));
    shape.retain(|name, value| !name.starts_with('$') && !value.is_null());
    Value::Object(shape)
}
