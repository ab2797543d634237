//! Regions, availability zones and the account's old limits.

use serde_json::{Value, json};

use super::super::Operation;
use super::{field, page};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeAvailabilityZones", describe_zones),
    ("DescribeRegions", describe_regions),
    ("DescribeAccountAttributes", describe_account_attributes),
];

/// Region, the short form in zone ids, and the letters with their zone numbers. The letters of one
/// account are another account's other letters; these are as good as any.
/// A region, the prefix of its zone ids, its zones' letters and numbers.
type Region = (&'static str, &'static str, &'static [(char, u8)]);

const REGIONS: &[Region] = &[
    ("ap-northeast-1", "apne1", &[('a', 4), ('c', 1), ('d', 2)]),
    ("ap-northeast-2", "apne2", &[('a', 1), ('b', 2), ('c', 3)]),
    ("ap-northeast-3", "apne3", &[('a', 3), ('b', 1), ('c', 2)]),
    ("ap-south-1", "aps1", &[('a', 1), ('b', 3), ('c', 2)]),
    ("ap-southeast-1", "apse1", &[('a', 1), ('b', 2), ('c', 3)]),
    ("ap-southeast-2", "apse2", &[('a', 1), ('b', 3), ('c', 2)]),
    ("ca-central-1", "cac1", &[('a', 1), ('b', 2), ('d', 4)]),
    ("eu-central-1", "euc1", &[('a', 2), ('b', 3), ('c', 1)]),
    ("eu-north-1", "eun1", &[('a', 1), ('b', 2), ('c', 3)]),
    ("eu-west-1", "euw1", &[('a', 1), ('b', 2), ('c', 3)]),
    ("eu-west-2", "euw2", &[('a', 2), ('b', 3), ('c', 1)]),
    ("eu-west-3", "euw3", &[('a', 1), ('b', 2), ('c', 3)]),
    ("sa-east-1", "sae1", &[('a', 1), ('b', 2), ('c', 3)]),
    ("us-east-1", "use1", &[('a', 6), ('b', 1), ('c', 2), ('d', 4), ('e', 3), ('f', 5)]),
    ("us-east-2", "use2", &[('a', 1), ('b', 2), ('c', 3)]),
    ("us-west-1", "usw1", &[('b', 3), ('c', 1)]),
    ("us-west-2", "usw2", &[('a', 2), ('b', 1), ('c', 3), ('d', 4)]),
];

/// An availability zone.
pub struct Zone {
    pub name: String,
    pub id: String,
}

/// The zones of a region; a region that is not in the table has three.
pub fn zones(region: &str) -> Vec<Zone> {
    const USUAL: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3)];
    let row = REGIONS.iter().find(|(name, ..)| *name == region);
    let (short, letters) = row.map_or((region, USUAL), |(_, short, letters)| (*short, *letters));
    letters
        .iter()
        .map(|(letter, number)| Zone {
            name: format!("{region}{letter}"),
            id: format!("{short}-az{number}"),
        })
        .collect()
}

/// The zone of this name; any zone when none is named.
pub fn zone(call: &Call<'_>, name: Option<&str>) -> Result<Zone, AwsError> {
    let all = zones(call.region());
    let names: Vec<String> = all.iter().map(|zone| zone.name.clone()).collect();
    let found = all.into_iter().find(|zone| name.is_none_or(|name| name == zone.name));
    found.ok_or_else(|| {
        let message = format!(
            "Value ({}) for parameter availabilityZone is invalid. Subnets can currently only be \
             created in the following availability zones: {}.",
            name.unwrap_or_default(),
            names.join(", ")
        );
        AwsError::bad("InvalidParameterValue", message)
    })
}

fn describe_zones(call: &mut Call<'_>) -> Answer {
    let region = call.region().to_owned();
    let all: Vec<Thing> = zones(&region)
        .into_iter()
        .map(|zone| {
            Thing::new("availability_zone", zone.name.clone())
                .with("zoneName", zone.name)
                .with("zoneId", zone.id)
                .with("zoneState", "available")
                .with("zoneType", "availability-zone")
                .with("optInStatus", "opt-in-not-required")
                .with("regionName", region.clone())
                .with("groupName", format!("{region}-zg-1"))
                .with("networkBorderGroup", region.clone())
                .with("messageSet", json!({"item": []}))
        })
        .collect();
    let fields = &[
        ("zone-name", field!("zoneName") as fn(&Thing, f64) -> _),
        ("zone-id", field!("zoneId")),
        ("zone-type", field!("zoneType")),
        ("state", field!("zoneState")),
        ("opt-in-status", field!("optInStatus")),
        ("region-name", field!("regionName")),
        ("group-name", field!("groupName")),
    ];
    let (names, ids) = (call.texts("ZoneName"), call.texts("ZoneId"));
    let asked = |list: &[String], zone: &Thing, name: &str| {
        list.is_empty() || list.iter().any(|one| one == zone.text(name))
    };
    let unknown = names.iter().find(|name| !all.iter().any(|zone| zone.id == **name));
    if let Some(name) = unknown {
        let message = format!("Invalid availability zone: [{name}]");
        return Err(AwsError::bad("InvalidParameterValue", message));
    }
    let found = call.filtered(all.iter(), fields)?.into_iter();
    let found = found.filter(|zone| asked(&names, zone, "zoneName") && asked(&ids, zone, "zoneId"));
    let shown: Vec<Value> = found.map(|zone| Value::Object(zone.attrs.clone())).collect();
    Ok(json!({"availabilityZoneInfo": {"item": shown}}))
}

fn describe_regions(call: &mut Call<'_>) -> Answer {
    let all: Vec<Thing> = REGIONS
        .iter()
        .map(|(name, ..)| {
            Thing::new("region", *name)
                .with("regionName", *name)
                .with("regionEndpoint", format!("ec2.{name}.amazonaws.com"))
                .with("optInStatus", "opt-in-not-required")
        })
        .collect();
    let fields = &[
        ("region-name", field!("regionName") as fn(&Thing, f64) -> _),
        ("endpoint", field!("regionEndpoint")),
        ("opt-in-status", field!("optInStatus")),
    ];
    let names = call.texts("RegionName");
    let found = call.filtered(all.iter(), fields)?.into_iter();
    let found = found.filter(|one| names.is_empty() || names.contains(&one.id));
    let shown: Vec<Value> = found.map(|one| Value::Object(one.attrs.clone())).collect();
    Ok(json!({"regionInfo": {"item": shown}}))
}

fn describe_account_attributes(call: &mut Call<'_>) -> Answer {
    let all = [
        ("supported-platforms", "VPC"),
        ("default-vpc", "none"),
        ("max-instances", "20"),
        ("max-elastic-ips", "5"),
        ("vpc-max-elastic-ips", "5"),
        ("vpc-max-security-groups-per-interface", "5"),
    ];
    let asked = call.texts("AttributeName");
    let shown = all
        .iter()
        .filter(|(name, _)| asked.is_empty() || asked.iter().any(|one| one == name))
        .map(|(name, value)| {
            let values = json!({"attributeName": name,
                "attributeValueSet": {"item": [{"attributeValue": value}]}});
            values.as_object().cloned().unwrap_or_default()
        });
    page(call, "accountAttributeSet", shown.collect())
}
