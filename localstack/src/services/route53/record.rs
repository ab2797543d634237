//! Records: batches that happen as a whole or not at all.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Operation;
use super::super::elbv2::balancer_zone;
use super::{accept, change_info, full, reversed};
use crate::call::{Answer, Call, items, number};
use crate::error::AwsError;
use crate::world::{Owner, Thing, World};

pub const OPERATIONS: &[(&str, Operation)] =
    &[("ChangeResourceRecordSets", change), ("ListResourceRecordSets", list)];

/// The zone of every CloudFront host.
const CLOUDFRONT: &str = "Z2FDTNDATAQYW2";

type Records = BTreeMap<(String, String), Value>;

pub fn id(zone: &str, name: &str, kind: &str) -> String {
    format!("record/{zone}/{name}/{kind}")
}

fn text<'v>(record: &'v Value, name: &str) -> &'v str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The values in one spelling, in order.
pub fn values(record: &Value) -> Vec<String> {
    let list = record.pointer("/ResourceRecords/ResourceRecord").map(items).unwrap_or_default();
    let name = matches!(text(record, "Type"), "CNAME" | "NS");
    let spelled = |value: &str| if name { full(value) } else { value.to_owned() };
    let mut values: Vec<String> = list.iter().map(|one| spelled(text(one, "Value"))).collect();
    values.sort();
    values
}

/// Whether a record came with its zone.
pub fn is_own(record: &Value, apex: &str) -> bool {
    matches!(text(record, "Type"), "NS" | "SOA") && text(record, "Name") == apex
}

/// What every zone begins with.
pub fn add_defaults(call: &mut Call<'_>, zone: &Thing) -> Result<(), AwsError> {
    let servers = zone.attrs.get("NameServers").and_then(Value::as_array).cloned();
    let servers = servers.unwrap_or_default();
    let first = servers.first().and_then(Value::as_str).unwrap_or_default();
    let soa = format!("{first}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
    let value =
        |server: &Value| json!({"Value": format!("{}.", server.as_str().unwrap_or_default())});
    let servers: Vec<Value> = servers.iter().map(value).collect();
    for (kind, ttl, values) in [("NS", 172_800, servers), ("SOA", 900, vec![json!({"Value": soa})])]
    {
        let record = json!({"Name": zone.text("Name"), "Type": kind, "TTL": ttl,
            "ResourceRecords": {"ResourceRecord": values}});
        put(call, &zone.id, record, Owner::Aws)?;
    }
    Ok(())
}

fn put(call: &mut Call<'_>, zone: &str, record: Value, owner: Owner) -> Result<(), AwsError> {
    let id = id(zone, text(&record, "Name"), text(&record, "Type"));
    if let Ok(there) = call.world.expect_mut("record", &id) {
        there.set("$record", record);
        return Ok(());
    }
    let thing = Thing::new("record", &id).with("$record", record).child_of(zone).owned_by(owner);
    call.create(thing).map(drop)
}

fn all_in(world: &World, zone: &str) -> Records {
    let records = world.children(zone).filter(|one| one.kind == "record");
    let record = |one: &Thing| one.attrs.get("$record").cloned().unwrap_or_default();
    records
        .map(record)
        .map(|one| ((text(&one, "Name").to_owned(), text(&one, "Type").to_owned()), one))
        .collect()
}

fn change(call: &mut Call<'_>) -> Answer {
    let zone = call.required("Id")?;
    let apex = call.world.expect("hosted_zone", &zone)?.text("Name").to_owned();
    let changes = call.list("ChangeResourceRecordSetsRequest.ChangeBatch.Changes.Change");
    if changes.is_empty() {
        return Err(refused("The request must contain at least one change"));
    }
    let before = all_in(call.world, &zone);
    let mut after = before.clone();
    let (mut names, mut wrong) = (Vec::new(), Vec::new());
    for change in &changes {
        let mut record = change.get("ResourceRecordSet").cloned().unwrap_or_default();
        record["Name"] = full(text(&record, "Name")).into();
        names.push(format!("{} {}", text(&record, "Name"), text(&record, "Type")));
        let action = text(change, "Action");
        let done =
            check(call, &apex, &record).and_then(|()| apply(&mut after, action, record, &apex));
        wrong.extend(done.err());
    }
    wrong.extend(after.keys().filter_map(|key| conflict(&after, key)));
    if !wrong.is_empty() {
        return Err(refused(&format!("[{}]", wrong.join(", "))));
    }
    for (name, kind) in before.keys().filter(|key| !after.contains_key(*key)) {
        call.world.remove(&id(&zone, name, kind));
    }
    let change = accept(call, &names.join(" "))?;
    for (key, record) in after {
        if before.get(&key) != Some(&record) {
            put(call, &zone, record, Owner::Client)?;
            let name = id(&zone, &key.0, &key.1);
            call.world.expect_mut("record", &name)?.set("$inSync", change.ready);
        }
    }
    let info = change_info(&change, call.now);
    Ok(json!({"ChangeResourceRecordSetsResponse": {"ChangeInfo": info}}))
}

fn refused(message: &str) -> AwsError {
    AwsError::bad("InvalidChangeBatch", message)
}

/// What is wrong with a record by itself, in AWS's words.
fn check(call: &Call<'_>, apex: &str, record: &Value) -> Result<(), String> {
    const KNOWN: [&str; 5] = ["Name", "Type", "TTL", "ResourceRecords", "AliasTarget"];
    let (name, kind) = (text(record, "Name"), text(record, "Type"));
    let extra =
        record.as_object().into_iter().flatten().find(|(key, _)| !KNOWN.contains(&key.as_str()));
    if let Some((key, _)) = extra {
        return Err(format!("the local AWS does not know records with {key}"));
    }
    if name != apex && !name.ends_with(&format!(".{apex}")) {
        return Err(format!("RRSet with DNS name {name} is not permitted in zone {apex}"));
    }
    if kind == "CNAME" && name == apex {
        return Err(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {apex}"
        ));
    }
    match (values(record).is_empty(), record.get("AliasTarget")) {
        (false, None) if record.get("TTL").and_then(number).is_some() => Ok(()),
        (true, Some(target)) => check_alias(call, kind, target),
        _ => Err(format!(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and \
             ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with \
             [Name={name}, Type={kind}]"
        )),
    }
}

/// The target must lie in the zone that the alias names.
fn check_alias(call: &Call<'_>, kind: &str, target: &Value) -> Result<(), String> {
    let (zone, host) = (text(target, "HostedZoneId"), full(text(target, "DNSName")));
    let own = call.world.of_kind("hosted_zone").any(|one| {
        one.id == zone
            && (host == one.text("Name") || host.ends_with(&format!(".{}", one.text("Name"))))
    });
    let balancer = host.split('.').rev().nth(4).is_some_and(|_| {
        let region = host.trim_end_matches('.').split('.').nth(1).unwrap_or_default();
        host.ends_with(".elb.amazonaws.com.") && balancer_zone(region) == zone
    });
    let distribution = host.ends_with(".cloudfront.net.") && zone == CLOUDFRONT;
    if own || balancer || distribution {
        return Ok(());
    }
    Err(format!(
        "Tried to create an alias that targets {host}, type {kind} in zone {zone}, but the alias \
         target name does not lie within the target zone"
    ))
}

fn same(one: &Value, other: &Value) -> bool {
    let alias = |record: &Value| {
        record.get("AliasTarget").map(|target| {
            let health = target.get("EvaluateTargetHealth").map(|flag| flag.to_string());
            let health = health.map(|flag| flag.trim_matches('"').to_owned());
            (text(target, "HostedZoneId").to_owned(), full(text(target, "DNSName")), health)
        })
    };
    let ttl = |record: &Value| record.get("TTL").and_then(number);
    values(one) == values(other) && ttl(one) == ttl(other) && alias(one) == alias(other)
}

fn apply(records: &mut Records, action: &str, record: Value, apex: &str) -> Result<(), String> {
    let key = (text(&record, "Name").to_owned(), text(&record, "Type").to_owned());
    let what = format!("resource record set [name='{}', type='{}']", key.0, key.1);
    let there = records.get(&key);
    match (action, there) {
        ("CREATE", Some(_)) => return Err(format!("Tried to create {what} but it already exists")),
        ("CREATE" | "UPSERT", _) => drop(records.insert(key, record)),
        ("DELETE", None) => return Err(format!("Tried to delete {what} but it was not found")),
        ("DELETE", Some(_)) if is_own(&record, apex) => {
            return Err(
                "A HostedZone must contain at least one NS record for the zone itself, and \
                        exactly one SOA record for the zone itself"
                    .to_owned(),
            );
        }
        ("DELETE", Some(there)) if !same(there, &record) => {
            let message = "but the values provided do not match the current values";
            return Err(format!("Tried to delete {what} {message}"));
        }
        ("DELETE", Some(_)) => drop(records.remove(&key)),
        _ => return Err(format!("the local AWS does not know the action {action}")),
    }
    Ok(())
}

/// A CNAME stands alone under its name.
fn conflict(records: &Records, (name, kind): &(String, String)) -> Option<String> {
    let alone = kind != "CNAME" || records.keys().filter(|(other, _)| other == name).count() == 1;
    (!alone).then(|| {
        format!(
            "RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other \
             records with the same DNS name"
        )
    })
}

/// In DNS order, from the given name and type on.
fn list(call: &mut Call<'_>) -> Answer {
    let zone = call.required("Id")?;
    call.world.expect("hosted_zone", &zone)?;
    let from = call.text("name").map(|name| reversed(&full(name))).unwrap_or_default();
    let kind = call.text("type").unwrap_or_default().to_owned();
    let mut records: Vec<((Vec<String>, String), Value)> = all_in(call.world, &zone)
        .into_iter()
        .map(|((name, kind), record)| ((reversed(&name), kind), record))
        .filter(|(key, _)| *key >= (from.clone(), kind.clone()))
        .collect();
    records.sort_by(|one, other| one.0.cmp(&other.0));
    let size =
        call.number("maxitems").and_then(|n| usize::try_from(n).ok()).unwrap_or(300).min(300);
    let next = records.get(size).map(|(_, record)| record.clone());
    let shown: Vec<Value> = records.into_iter().take(size).map(|(_, record)| record).collect();
    Ok(json!({"ListResourceRecordSetsResponse": {
        "ResourceRecordSets": {"ResourceRecordSet": shown},
        "IsTruncated": next.is_some(),
        "NextRecordName": next.as_ref().map(|record| text(record, "Name")),
        "NextRecordType": next.as_ref().map(|record| text(record, "Type")),
        "MaxItems": size,
    }}))
}
