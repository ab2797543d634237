//! Public hosted zones.

use serde_json::{Value, json};

use super::super::Operation;
use super::{accept, change_info, full, record, reversed};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateHostedZone", create),
    ("GetHostedZone", get),
    ("ListHostedZones", list),
    ("ListHostedZonesByName", list_by_name),
    ("GetHostedZoneCount", count),
    ("DeleteHostedZone", delete),
];

fn create(call: &mut Call<'_>) -> Answer {
    let name = full(&call.required("CreateHostedZoneRequest.Name")?);
    let reference = call.required("CreateHostedZoneRequest.CallerReference")?;
    if call.value("CreateHostedZoneRequest.VPC").is_some() {
        return Err(AwsError::unimplemented("private hosted zones"));
    }
    let fits = |label: &str| {
        let letters = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        letters && (1..=63).contains(&label.len())
    };
    if name.len() > 255 || !name.trim_end_matches('.').split('.').all(fits) {
        return Err(AwsError::bad(
            "InvalidDomainName",
            format!("{name} is not a valid domain name"),
        ));
    }
    let repeated = |zone: &Thing| zone.text("CallerReference") == reference;
    if call.world.of_kind("hosted_zone").any(repeated) {
        let message = format!(
            "A hosted zone has already been created with the specified caller reference: {reference}"
        );
        return Err(AwsError::new(409, "HostedZoneAlreadyExists", message));
    }
    let id = format!("Z{}", call.world.new_name(20));
    let number = |call: &mut Call<'_>| call.world.random() % 2048;
    let ends = ["com", "org", "net", "co.uk"];
    let servers: Vec<String> = ends
        .iter()
        .map(|end| format!("ns-{}.awsdns-{:02}.{end}", number(call), number(call) % 64))
        .collect();
    let comment = call.text("CreateHostedZoneRequest.HostedZoneConfig.Comment");
    let zone = Thing::new("hosted_zone", &id)
        .with("Name", name)
        .with("CallerReference", reference)
        .with("Comment", comment.unwrap_or_default())
        .with("NameServers", servers);
    let zone = call.create(zone)?;
    record::add_defaults(call, &zone)?;
    let change = change_info(&accept(call, zone.text("Name"))?, call.now);
    Ok(json!({
        "$status": 201,
        "$headers": {"Location": format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{id}")},
        "CreateHostedZoneResponse": {
            "HostedZone": shape(call.world, &zone),
            "ChangeInfo": change,
            "DelegationSet": servers_of(&zone),
        },
    }))
}

fn shape(world: &World, zone: &Thing) -> Value {
    json!({
        "Id": format!("/hostedzone/{}", zone.id),
        "Name": zone.text("Name"),
        "CallerReference": zone.text("CallerReference"),
        "Config": {"Comment": zone.text("Comment"), "PrivateZone": false},
        "ResourceRecordSetCount": world.children(&zone.id).count(),
    })
}

fn servers_of(zone: &Thing) -> Value {
    json!({"NameServers": {"NameServer": zone.attrs.get("NameServers")}})
}

fn get(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let zone = call.world.expect("hosted_zone", &id)?;
    let (shape, servers) = (shape(call.world, zone), servers_of(zone));
    Ok(json!({"GetHostedZoneResponse": {"HostedZone": shape, "DelegationSet": servers}}))
}

fn list(call: &mut Call<'_>) -> Answer {
    let all: Vec<Value> =
        call.world.of_kind("hosted_zone").map(|zone| shape(call.world, zone)).collect();
    let (page, next) = call.page(all, "maxitems", "marker");
    Ok(json!({"ListHostedZonesResponse": {
        "HostedZones": {"HostedZone": page},
        "Marker": call.text("marker").unwrap_or_default(),
        "IsTruncated": next.is_some(),
        "NextMarker": next,
        "MaxItems": call.number("maxitems").unwrap_or(100),
    }}))
}

/// In DNS order, from the given name on.
fn list_by_name(call: &mut Call<'_>) -> Answer {
    let from = call.text("dnsname").map(|name| reversed(&full(name))).unwrap_or_default();
    let mut zones: Vec<&Thing> = call.world.of_kind("hosted_zone").collect();
    zones.retain(|zone| reversed(zone.text("Name")) >= from);
    zones.sort_by_key(|zone| (reversed(zone.text("Name")), zone.id.clone()));
    let size = call.number("maxitems").and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let next = zones.get(size).map(|zone| zone.text("Name").to_owned());
    let shown: Vec<Value> = zones.iter().take(size).map(|zone| shape(call.world, zone)).collect();
    Ok(json!({"ListHostedZonesByNameResponse": {
        "HostedZones": {"HostedZone": shown},
        "DNSName": call.text("dnsname"),
        "IsTruncated": next.is_some(),
        "NextDNSName": next,
        "MaxItems": size,
    }}))
}

fn count(call: &mut Call<'_>) -> Answer {
    let count = call.world.of_kind("hosted_zone").count();
    Ok(json!({"GetHostedZoneCountResponse": {"HostedZoneCount": count}}))
}

/// Only the zone's own NS and SOA may be left in it.
fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let zone = call.world.expect("hosted_zone", &id)?;
    let apex = zone.text("Name").to_owned();
    let own = |one: &Thing| record::is_own(&one.attrs["$record"], &apex);
    if call.world.children(&id).any(|one| one.kind == "record" && !own(one)) {
        let message = "The specified hosted zone contains non-required resource record sets and so \
                       cannot be deleted.";
        return Err(AwsError::bad("HostedZoneNotEmpty", message));
    }
    call.world.delete("hosted_zone", &id, call.now)?;
    let change = change_info(&accept(call, &apex)?, call.now);
    Ok(json!({"DeleteHostedZoneResponse": {"ChangeInfo": change}}))
}
