//! Snapshots of databases: taken on request, or as the last act of one that is deleted.

use serde_json::{Value, json};

use super::super::Operation;
use super::{Field, arn, asked, filtered, named, page_of};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateDBSnapshot", create),
    ("DescribeDBSnapshots", describe),
    ("DeleteDBSnapshot", delete),
    ("DescribeDBClusterSnapshots", describe_of_clusters),
    ("DeleteDBClusterSnapshot", delete_of_cluster),
];

/// How snapshots of instances and of clusters spell the same things.
struct Spelling {
    kind: &'static str,
    arn: &'static str,
    id: &'static str,
    source: &'static str,
    element: &'static str,
}

const INSTANCE: Spelling = Spelling {
    kind: "rds_snapshot",
    arn: "snapshot",
    id: "DBSnapshotIdentifier",
    source: "DBInstanceIdentifier",
    element: "DBSnapshot",
};

const CLUSTER: Spelling = Spelling {
    kind: "docdb_snapshot",
    arn: "cluster-snapshot",
    id: "DBClusterSnapshotIdentifier",
    source: "DBClusterIdentifier",
    element: "DBClusterSnapshot",
};

fn spelling(database: &Thing) -> &'static Spelling {
    if database.kind == "docdb_cluster" { &CLUSTER } else { &INSTANCE }
}

/// The name must be free before a delete that wants a final snapshot begins.
pub fn check_free(call: &Call<'_>, database: &Thing, name: &str) -> Result<(), AwsError> {
    let Spelling { kind, arn: what, .. } = spelling(database);
    match call.world.get(&arn(call, what, name)) {
        Some(taken) => Err(crate::rules::exists(kind, &taken.id)),
        None => Ok(()),
    }
}

/// Takes a snapshot that is complete at `ready`. It belongs to the client and stays.
pub fn take(
    call: &mut Call<'_>,
    database: &Thing,
    name: &str,
    ready: f64,
) -> Result<Thing, AwsError> {
    let Spelling { kind, arn: what, id, source, .. } = spelling(database);
    let copies = database.attrs.get("CopyTagsToSnapshot") == Some(&json!(true));
    let copied = |name: &str| database.attrs.get(name).cloned().unwrap_or(Value::Null);
    let mut snapshot = Thing::new(kind, arn(call, what, name))
        .with(id, name)
        .with(source, copied(source))
        .with("Engine", copied("Engine"))
        .with("EngineVersion", copied("EngineVersion"))
        .with("AllocatedStorage", copied("AllocatedStorage"))
        .with("MasterUsername", copied("MasterUsername"))
        .with("SnapshotType", "manual")
        .with("SnapshotCreateTime", call.date(call.now))
        .tagged(if copies { database.tags.clone() } else { call.tags("Tags") });
    snapshot.attrs.insert(encrypted(kind).to_owned(), copied("StorageEncrypted"));
    snapshot.attrs.retain(|_, value| !value.is_null());
    snapshot.ready = ready;
    call.create(snapshot)
}

fn encrypted(kind: &str) -> &'static str {
    if kind == "rds_snapshot" { "Encrypted" } else { "StorageEncrypted" }
}

fn shape(snapshot: &Thing, now: f64) -> Value {
    let mut shape = snapshot.attrs.clone();
    let prefix = if snapshot.kind == "rds_snapshot" { "DBSnapshot" } else { "DBClusterSnapshot" };
    let done = snapshot.stage(now) != Stage::Creating;
    shape.insert("Status".to_owned(), if done { "available" } else { "creating" }.into());
    shape.insert("PercentProgress".to_owned(), if done { 100 } else { 0 }.into());
    shape.insert(format!("{prefix}Arn"), snapshot.id.clone().into());
    let tags = tag_list(&snapshot.tags, "Key", "Value");
    shape.insert("TagList".to_owned(), json!({"Tag": tags}));
    Value::Object(shape)
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = named(call, INSTANCE.id)?;
    let id = arn(call, "db", &named(call, INSTANCE.source)?);
    let database = call.world.expect("rds_instance", &id)?.clone();
    if database.stage(call.now) != Stage::Active {
        let message = "Cannot create a snapshot because the database instance is not currently in \
                       the available state.";
        return Err(AwsError::bad("InvalidDBInstanceState", message));
    }
    let snapshot = take(call, &database, &name, call.now + 180.0)?;
    Ok(json!({"DBSnapshot": shape(&snapshot, call.now)}))
}

fn shown(call: &Call<'_>, spelling: &Spelling, fields: &[Field]) -> Answer {
    let mut found = asked(call, spelling.kind, spelling.id, spelling.arn)?;
    let source = call.text(spelling.source).map(str::to_lowercase);
    found.retain(|one| source.as_deref().is_none_or(|source| one.text(spelling.source) == source));
    filtered(call, &mut found, fields)?;
    let shown = found.iter().map(|snapshot| shape(snapshot, call.now)).collect();
    page_of(call, &format!("{}s", spelling.element), spelling.element, shown)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let fields: &[Field] = &[
        ("db-instance-id", |one| one.text("DBInstanceIdentifier").to_owned()),
        ("db-snapshot-id", |one| one.text("DBSnapshotIdentifier").to_owned()),
        ("snapshot-type", |one| one.text("SnapshotType").to_owned()),
        ("engine", |one| one.text("Engine").to_owned()),
    ];
    shown(call, &INSTANCE, fields)
}

fn describe_of_clusters(call: &mut Call<'_>) -> Answer {
    let fields: &[Field] = &[
        ("db-cluster-id", |one| one.text("DBClusterIdentifier").to_owned()),
        ("db-cluster-snapshot-id", |one| one.text("DBClusterSnapshotIdentifier").to_owned()),
        ("snapshot-type", |one| one.text("SnapshotType").to_owned()),
        ("engine", |one| one.text("Engine").to_owned()),
    ];
    shown(call, &CLUSTER, fields)
}

fn removed(call: &mut Call<'_>, spelling: &Spelling, state: &str) -> Answer {
    let id = arn(call, spelling.arn, &named(call, spelling.id)?);
    let snapshot = call.world.expect(spelling.kind, &id)?.clone();
    if snapshot.stage(call.now) == Stage::Creating {
        return Err(AwsError::bad(state, format!("The snapshot {id} is not available")));
    }
    call.world.delete(spelling.kind, &id, call.now)?;
    Ok(json!({spelling.element: shape(&snapshot, call.now)}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    removed(call, &INSTANCE, "InvalidDBSnapshotState")
}

fn delete_of_cluster(call: &mut Call<'_>) -> Answer {
    removed(call, &CLUSTER, "InvalidDBClusterSnapshotStateFault")
}
