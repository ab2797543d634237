//! Listing objects and their versions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Operation;
use super::object::{all, marker};
use super::{bucket, only};
use crate::call::{Answer, Call, date};
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] =
    &[("ListObjects", list_v1), ("ListObjectsV2", list), ("ListObjectVersions", versions)];

/// The objects as one sees them: the newest version of each key, unless it is a marker.
fn current<'w>(call: &'w Call<'_>, bucket: &'w str) -> Vec<&'w Thing> {
    let mut seen = BTreeSet::new();
    let newest =
        all(call.world, bucket).into_iter().filter(|one| seen.insert(one.text("Key").to_owned()));
    newest.filter(|object| !marker(object)).collect()
}

fn shown(object: &Thing) -> Value {
    json!({
        "Key": object.text("Key"),
        "LastModified": date(object.created),
        "ETag": object.text("ETag"),
        "Size": object.attrs.get("Size"),
        "StorageClass": "STANDARD",
    })
}

/// Splits the keys into those shown and the folders of the others.
fn by_folder<'w>(
    call: &Call<'_>,
    objects: Vec<&'w Thing>,
    after: Option<&str>,
) -> (Vec<&'w Thing>, Vec<Value>) {
    let prefix = call.text("prefix").unwrap_or_default();
    let delimiter = call.text("delimiter").filter(|text| !text.is_empty());
    let (mut kept, mut folders) = (Vec::new(), BTreeSet::new());
    for object in objects {
        let key = object.text("Key");
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        if after.is_some_and(|after| key <= after) {
            continue;
        }
        match delimiter.and_then(|mark| Some((rest.find(mark)?, mark))) {
            Some((at, mark)) => {
                folders.insert(format!("{prefix}{}{mark}", rest.get(..at).unwrap_or_default()));
            }
            None => kept.push(object),
        }
    }
    (kept, folders.into_iter().map(|folder| json!({"Prefix": folder})).collect())
}

fn size(call: &Call<'_>) -> usize {
    call.number("max-keys").and_then(|n| usize::try_from(n).ok()).unwrap_or(1000)
}

fn list(call: &mut Call<'_>) -> Answer {
    only(
        call,
        &[
            "list-type",
            "prefix",
            "delimiter",
            "max-keys",
            "continuation-token",
            "start-after",
            "encoding-type",
            "fetch-owner",
        ],
    )?;
    let id = bucket(call)?.id.clone();
    let after = call.text("continuation-token").or_else(|| call.text("start-after"));
    let (kept, folders) = by_folder(call, current(call, &id), after);
    let page: Vec<_> = kept.iter().take(size(call)).copied().collect();
    let more = kept.len() > page.len();
    let next = page.last().filter(|_| more).map(|object| object.text("Key"));
    Ok(json!({"ListBucketResult": {
        "Name": call.text("Bucket"),
        "Prefix": call.text("prefix").unwrap_or_default(),
        "Delimiter": call.text("delimiter"),
        "KeyCount": page.len() + folders.len(),
        "MaxKeys": size(call),
        "IsTruncated": more,
        "NextContinuationToken": next,
        "Contents": page.into_iter().map(shown).collect::<Vec<_>>(),
        "CommonPrefixes": folders,
    }}))
}

fn list_v1(call: &mut Call<'_>) -> Answer {
    only(call, &["prefix", "delimiter", "max-keys", "marker", "encoding-type"])?;
    let id = bucket(call)?.id.clone();
    let (kept, folders) = by_folder(call, current(call, &id), call.text("marker"));
    let page: Vec<_> = kept.iter().take(size(call)).copied().collect();
    let more = kept.len() > page.len();
    Ok(json!({"ListBucketResult": {
        "Name": call.text("Bucket"),
        "Prefix": call.text("prefix").unwrap_or_default(),
        "Marker": call.text("marker").unwrap_or_default(),
        "Delimiter": call.text("delimiter"),
        "MaxKeys": size(call),
        "IsTruncated": more,
        "Contents": page.into_iter().map(shown).collect::<Vec<_>>(),
        "CommonPrefixes": folders,
    }}))
}

fn versions(call: &mut Call<'_>) -> Answer {
    only(
        call,
        &[
            "versions",
            "prefix",
            "delimiter",
            "max-keys",
            "key-marker",
            "version-id-marker",
            "encoding-type",
        ],
    )?;
    let id = bucket(call)?.id.clone();
    let every = all(call.world, &id);
    let newest = |object: &Thing| {
        every
            .iter()
            .find(|one| one.text("Key") == object.text("Key"))
            .is_some_and(|one| one.id == object.id)
    };
    let (kept, folders) = by_folder(call, every.clone(), None);
    let start = match (call.text("key-marker"), call.text("version-id-marker")) {
        (Some(key), Some(version)) => kept
            .iter()
            .position(|one| one.text("Key") == key && one.text("VersionId") == version)
            .map_or(0, |at| at + 1),
        (Some(key), None) => kept.iter().filter(|one| one.text("Key") <= key).count(),
        (None, _) => 0,
    };
    let page: Vec<_> = kept.iter().skip(start).take(size(call)).copied().collect();
    let last = page.last().filter(|_| kept.len() > start + page.len());
    let (markers, versions): (Vec<&Thing>, Vec<&Thing>) = page.iter().partition(|one| marker(one));
    let entry = |object: &&Thing| {
        let mut entry = shown(object);
        if let Value::Object(map) = &mut entry {
            map.insert("VersionId".to_owned(), object.text("VersionId").into());
            map.insert("IsLatest".to_owned(), newest(object).into());
            map.insert("Owner".to_owned(), json!({"ID": ACCOUNT}));
            if marker(object) {
                ["ETag", "Size", "StorageClass"].iter().for_each(|name| {
                    map.remove(*name);
                });
            }
        }
        entry
    };
    Ok(json!({"ListVersionsResult": {
        "Name": call.text("Bucket"),
        "Prefix": call.text("prefix").unwrap_or_default(),
        "KeyMarker": call.text("key-marker").unwrap_or_default(),
        "VersionIdMarker": call.text("version-id-marker").unwrap_or_default(),
        "NextKeyMarker": last.map(|one| one.text("Key")),
        "NextVersionIdMarker": last.map(|one| one.text("VersionId")),
        "MaxKeys": size(call),
        "IsTruncated": last.is_some(),
        "Version": versions.iter().map(entry).collect::<Vec<_>>(),
        "DeleteMarker": markers.iter().map(entry).collect::<Vec<_>>(),
        "CommonPrefixes": folders,
    }}))
}
