//! Volumes and snapshots, made by nodes and by Kubernetes.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{dry_run, field, id, known, page, selected, shape};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeVolumes", describe_volumes),
    ("DeleteVolume", delete_volume),
    ("DescribeSnapshots", describe_snapshots),
    ("DeleteSnapshot", delete_snapshot),
];

fn attachments<'t>(volume: &'t Thing, name: &'t str) -> impl Iterator<Item = String> + 't {
    let items = volume.attrs.get("attachmentSet").and_then(|set| set.get("item")?.as_array());
    let texts = items.into_iter().flatten().filter_map(move |one| one.get(name)?.as_str());
    texts.map(str::to_owned)
}

fn status(volume: &Thing, now: f64) -> String {
    let given = volume.text("status");
    if volume.gone.is_some() || given.is_empty() {
        volume.status(now, ["creating", "available", "available", "error", "deleting"]).to_owned()
    } else {
        given.to_owned()
    }
}

fn show_volume(volume: &Thing, now: f64) -> Map<String, Value> {
    let mut shape = shape(volume);
    shape.insert("status".to_owned(), status(volume, now).into());
    shape.entry("attachmentSet").or_insert_with(|| json!({"item": []}));
    shape
}

/// An instance that is terminated lets its volumes go, whether or not Kubernetes was there to see it.
fn leave_the_terminated(call: &mut Call<'_>) {
    let world = &mut *call.world;
    let ended = |volume: &&Thing| {
        attachments(volume, "instanceId").any(|instance| world.get(&instance).is_none())
    };
    let left: Vec<String> =
        world.of_kind("volume").filter(ended).map(|volume| volume.id.clone()).collect();
    for id in left {
        if let Some(volume) = world.things.get_mut(&id) {
            volume.set("status", "available");
            volume.set("attachmentSet", json!({"item": []}));
        }
    }
}

fn describe_volumes(call: &mut Call<'_>) -> Answer {
    leave_the_terminated(call);
    let fields = &[
        ("volume-id", id as fn(&Thing, f64) -> _),
        ("status", |volume, now| vec![status(volume, now)]),
        ("availability-zone", field!("availabilityZone")),
        ("volume-type", field!("volumeType")),
        ("snapshot-id", field!("snapshotId")),
        ("attachment.instance-id", |volume, _| attachments(volume, "instanceId").collect()),
        ("attachment.status", |volume, _| attachments(volume, "status").collect()),
    ];
    let found = selected(call, "volume", "VolumeId", fields)?;
    page(call, "volumeSet", found.into_iter().map(|one| show_volume(one, call.now)).collect())
}

fn delete_volume(call: &mut Call<'_>) -> Answer {
    leave_the_terminated(call);
    let id = call.required("VolumeId")?;
    let volume = known(call, "volume", &id)?;
    let (status, holder) = (status(volume, call.now), attachments(volume, "instanceId").next());
    dry_run(call)?;
    if status == "in-use" {
        let holder = holder.unwrap_or_default();
        let message = format!("Volume {id} is currently attached to {holder}");
        return Err(AwsError::bad("VolumeInUse", message));
    }
    call.world.delete("volume", &id, call.now)?;
    done()
}

fn describe_snapshots(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("snapshot-id", id as fn(&Thing, f64) -> _),
        ("volume-id", field!("volumeId")),
        ("status", field!("status")),
        ("owner-id", super::owner),
    ];
    let found = selected(call, "snapshot", "SnapshotId", fields)?;
    let owners = call.texts("Owner");
    let own = owners.is_empty() || owners.iter().any(|one| one == "self" || one == ACCOUNT);
    let shown = found.into_iter().filter(|_| own).map(shape);
    page(call, "snapshotSet", shown.collect())
}

fn delete_snapshot(call: &mut Call<'_>) -> Answer {
    let id = call.required("SnapshotId")?;
    known(call, "snapshot", &id)?;
    dry_run(call)?;
    call.world.delete("snapshot", &id, call.now)?;
    done()
}
