//! Route 53: zones, records, changes. Global: regions do not matter.

mod record;
mod zone;

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call, items, pairs, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol, Route, route};
use crate::rules::Codes;
use crate::rules::rows::rest_codes;
use crate::world::{Thing, World};

pub const SERVICE: Service = Service {
    name: "route53",
    signing: "route53",
    protocol: Protocol::RestXml,
    lists: Lists::Plain,
    operations: &[zone::OPERATIONS, record::OPERATIONS, OPERATIONS],
    routes: ROUTES,
    codes: CODES,
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("GetChange", get_change),
    ("ListTagsForResource", list_tags),
    ("ListTagsForResources", list_tags_of_many),
    ("ChangeTagsForResource", change_tags),
];

const ROUTES: &[Route] = &[
    route("POST", "/2013-04-01/hostedzone", "CreateHostedZone"),
    route("GET", "/2013-04-01/hostedzone", "ListHostedZones"),
    route("GET", "/2013-04-01/hostedzonesbyname", "ListHostedZonesByName"),
    route("GET", "/2013-04-01/hostedzonecount", "GetHostedZoneCount"),
    route("GET", "/2013-04-01/hostedzone/{Id}", "GetHostedZone"),
    route("DELETE", "/2013-04-01/hostedzone/{Id}", "DeleteHostedZone"),
    route("POST", "/2013-04-01/hostedzone/{Id}/rrset", "ChangeResourceRecordSets"),
    route("GET", "/2013-04-01/hostedzone/{Id}/rrset", "ListResourceRecordSets"),
    route("GET", "/2013-04-01/change/{Id}", "GetChange"),
    route("GET", "/2013-04-01/tags/{ResourceType}/{ResourceId}", "ListTagsForResource"),
    route("POST", "/2013-04-01/tags/{ResourceType}/{ResourceId}", "ChangeTagsForResource"),
    route("POST", "/2013-04-01/tags/{ResourceType}", "ListTagsForResources"),
];

const CODES: &[Codes] = &[
    rest_codes("hosted_zone", "NoSuchHostedZone", "HostedZoneAlreadyExists"),
    rest_codes("route53_change", "NoSuchChange", "PriorRequestNotComplete"),
    rest_codes("record", "InvalidChangeBatch", "InvalidChangeBatch"),
];

/// Lower case with a final dot; `*` as Route 53 writes it.
fn full(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_lowercase()).replace('*', "\\052")
}

/// Names in Route 53's order: by labels from the right.
fn reversed(name: &str) -> Vec<String> {
    name.trim_end_matches('.').split('.').rev().map(str::to_owned).collect()
}

/// Since when a public record with this value is to be seen, if it is: in the zone of the longest
/// fitting name, unless that zone is not delegated (`$undelegated`).
pub fn public(world: &World, name: &str, kind: &str, value: &str) -> Option<f64> {
    let name = full(name);
    let delegated = |zone: &&Thing| zone.attrs.get("$undelegated") != Some(&Value::Bool(true));
    let holds = |zone: &&Thing| {
        let suffix = zone.text("Name");
        name == suffix || name.ends_with(&format!(".{suffix}"))
    };
    let zones: Vec<&Thing> = world.of_kind("hosted_zone").filter(delegated).filter(holds).collect();
    let longest = zones.iter().map(|zone| zone.text("Name").len()).max()?;
    let nearest = zones.into_iter().filter(|zone| zone.text("Name").len() == longest);
    let records = nearest.filter_map(|zone| world.get(&record::id(&zone.id, &name, kind)));
    let fits = |thing: &&Thing| record::values(&thing.attrs["$record"]).contains(&full(value));
    let since = |thing: &Thing| thing.attrs.get("$inSync").and_then(Value::as_f64);
    records.filter(fits).map(|thing| since(thing).unwrap_or(thing.created)).reduce(f64::min)
}

/// A change of `what` that has been accepted.
fn accept(call: &mut Call<'_>, what: &str) -> Result<Thing, AwsError> {
    let id = format!("C{}", call.world.new_name(20));
    let thing =
        Thing::new("route53_change", &id).called(what).with("SubmittedAt", call.date(call.now));
    call.create(thing)
}

fn change_info(change: &Thing, now: f64) -> Value {
    json!({
        "Id": format!("/change/{}", change.id),
        "Status": if now < change.ready { "PENDING" } else { "INSYNC" },
        "SubmittedAt": change.text("SubmittedAt"),
    })
}

fn get_change(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let change = call.world.expect("route53_change", &id)?;
    Ok(json!({"GetChangeResponse": {"ChangeInfo": change_info(change, call.now)}}))
}

/// Tags are on zones only; this local AWS has no health checks.
fn zone_of(call: &Call<'_>) -> Result<String, AwsError> {
    let kind = call.required("ResourceType")?;
    if kind != "hostedzone" {
        return Err(AwsError::unimplemented(format!("tags of Route 53's `{kind}`")));
    }
    let id = call.required("ResourceId")?;
    Ok(call.world.expect("hosted_zone", &id)?.id.clone())
}

fn tag_set(zone: &Thing) -> Value {
    let tags = json!({"Tag": tag_list(&zone.tags, "Key", "Value")});
    json!({"ResourceType": "hostedzone", "ResourceId": zone.id, "Tags": tags})
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let id = zone_of(call)?;
    let set = tag_set(call.world.expect("hosted_zone", &id)?);
    Ok(json!({"ListTagsForResourceResponse": {"ResourceTagSet": set}}))
}

fn list_tags_of_many(call: &mut Call<'_>) -> Answer {
    let ids = call.texts("ListTagsForResourcesRequest.ResourceIds.ResourceId");
    let mut sets = Vec::new();
    for id in &ids {
        sets.push(tag_set(call.world.expect("hosted_zone", id)?));
    }
    let sets = json!({"ResourceTagSet": sets});
    Ok(json!({"ListTagsForResourcesResponse": {"ResourceTagSets": sets}}))
}

fn change_tags(call: &mut Call<'_>) -> Answer {
    let id = zone_of(call)?;
    let list = |path: &str| call.value(path).map(items).unwrap_or_default();
    let added = pairs(&list("ChangeTagsForResourceRequest.AddTags.Tag"), "Key", "Value");
    let removed = list("ChangeTagsForResourceRequest.RemoveTagKeys.Key");
    let zone = call.world.expect_mut("hosted_zone", &id)?;
    zone.tags.extend(added);
    zone.tags.retain(|key, _| !removed.iter().any(|gone| gone == key.as_str()));
    done()
}
