//! Distributions: in progress for minutes after every change, deleted only when disabled everywhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Operation, acm};
use super::{check_version, e_tag, next_version, quantity};
use crate::call::{Answer, Call, items, pairs};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateDistribution", create),
    ("CreateDistributionWithTags", create_with_tags),
    ("ListDistributions", list),
    ("GetDistribution", get),
    ("GetDistributionConfig", get_config),
    ("UpdateDistribution", update),
    ("DeleteDistribution", delete),
];

const KIND: &str = "cloudfront_distribution";

fn create(call: &mut Call<'_>) -> Answer {
    make(call, "DistributionConfig", BTreeMap::new())
}

fn create_with_tags(call: &mut Call<'_>) -> Answer {
    let tags = call.value("DistributionConfigWithTags.Tags.Items.Tag").map(items);
    let tags = pairs(&tags.unwrap_or_default(), "Key", "Value");
    make(call, "DistributionConfigWithTags.DistributionConfig", tags)
}

fn make(call: &mut Call<'_>, path: &str, tags: BTreeMap<String, String>) -> Answer {
    let config = call.value(path).cloned().ok_or_else(|| AwsError::missing(path))?;
    let reference = text(&config, "/CallerReference").to_owned();
    if reference.is_empty() {
        return Err(AwsError::bad("InvalidArgument", "The parameter CallerReference is required."));
    }
    let first = call.world.of_kind(KIND).find(|one| {
        one.attrs.get("$config").is_some_and(|made| text(made, "/CallerReference") == reference)
    });
    if let Some(first) = first {
        if first.attrs.get("$made") == Some(&config) {
            return Ok(answer(first, call.now, 201));
        }
        let message = "The caller reference that you are using to create a distribution is \
                       associated with another distribution.";
        return Err(AwsError::new(409, "DistributionAlreadyExists", message));
    }
    let refs = check(call, &config, None)?;
    let id = format!("E{}", call.world.new_name(13));
    let host = format!("d{}.cloudfront.net", call.world.new_name(13).to_lowercase());
    let thing = Thing::new(KIND, &id)
        .called(aliases(&config).join(" "))
        .with("ARN", format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}"))
        .with("arn", format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}"))
        .with("DomainName", host)
        .with("LastModifiedTime", call.date(call.now))
        .with("$made", config.clone())
        .with("$config", config)
        .tagged(tags)
        .uses_all(refs);
    let thing = call.create(thing)?;
    Ok(answer(&thing, call.now, 201))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn aliases(config: &Value) -> Vec<String> {
    let list = config.pointer("/Aliases/Items/CNAME").map(items).unwrap_or_default();
    list.iter().filter_map(|one| one.as_str().map(str::to_lowercase)).collect()
}

/// Checks a configuration; the access controls and the certificate it uses.
fn check(call: &mut Call<'_>, config: &Value, own: Option<&str>) -> Result<Vec<String>, AwsError> {
    let mut used = Vec::new();
    let origins = config.pointer("/Origins/Items/Origin").map(items).unwrap_or_default();
    let target = text(config, "/DefaultCacheBehavior/TargetOriginId");
    if !origins.iter().any(|origin| text(origin, "/Id") == target) {
        let message = "One or more of your origins or origin groups do not exist.";
        return Err(AwsError::gone("NoSuchOrigin", message));
    }
    for origin in &origins {
        let access = text(origin, "/OriginAccessControlId");
        if !access.is_empty() {
            if call.world.expect("origin_access_control", access).is_err() {
                let message = format!("The origin access control {access} does not exist.");
                return Err(AwsError::bad("InvalidOriginAccessControl", message));
            }
            used.push(access.to_owned());
        }
    }
    let wanted = aliases(config);
    let arn = text(config, "/ViewerCertificate/ACMCertificateArn");
    if !arn.is_empty() {
        acm::settle(call.world, call.now);
        check_certificate(call, arn, &wanted)?;
        used.push(arn.to_owned());
    } else if !wanted.is_empty() {
        let message = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must \
                       attach a trusted certificate that validates your authorization to use the \
                       domain name.";
        return Err(AwsError::bad("InvalidViewerCertificate", message));
    }
    let others = call.world.of_kind(KIND).filter(|other| Some(other.id.as_str()) != own);
    let taken = |other: &Thing| {
        let theirs = other.attrs.get("$config").map(aliases).unwrap_or_default();
        theirs.iter().any(|host| wanted.contains(host))
    };
    if others.into_iter().any(taken) {
        let message = "One or more of the CNAMEs you provided are already associated with a different \
                       resource.";
        return Err(AwsError::new(409, "CNAMEAlreadyExists", message));
    }
    Ok(used)
}

/// Issued, in us-east-1, for every alias.
fn check_certificate(call: &Call<'_>, arn: &str, hosts: &[String]) -> Result<(), AwsError> {
    let certificate = call
        .world
        .expect("acm_certificate", arn)
        .ok()
        .filter(|one| one.region == "us-east-1" && one.text("Status") == "ISSUED");
    let Some(certificate) = certificate else {
        let message = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't \
                       valid, or doesn't include a valid certificate chain.";
        return Err(AwsError::bad("InvalidViewerCertificate", message));
    };
    let names = certificate.attrs.get("SubjectAlternativeNames").map(items).unwrap_or_default();
    let covers = |name: &str, host: &str| {
        let wildcard = name
            .strip_prefix("*.")
            .is_some_and(|base| host.split_once('.').is_some_and(|(_, parent)| parent == base));
        wildcard || name == host
    };
    let covered =
        |host: &String| names.iter().any(|name| covers(name.as_str().unwrap_or_default(), host));
    if hosts.iter().all(covered) {
        return Ok(());
    }
    let message = "The certificate that is attached to your distribution doesn't cover the alternate \
                   domain name (CNAME) that you're trying to add.";
    Err(AwsError::bad("InvalidViewerCertificate", message))
}

fn status(thing: &Thing, now: f64) -> &'static str {
    if matches!(thing.stage(now), Stage::Creating | Stage::Changing) {
        "InProgress"
    } else {
        "Deployed"
    }
}

fn config_of(thing: &Thing) -> Value {
    thing.attrs.get("$config").cloned().unwrap_or_default()
}

fn answer(thing: &Thing, now: f64, code: u16) -> Value {
    let location = format!("https://cloudfront.amazonaws.com/2020-05-31/distribution/{}", thing.id);
    json!({
        "$status": code,
        "$headers": {"ETag": e_tag(thing), "Location": location},
        "Distribution": {
            "Id": thing.id,
            "ARN": thing.text("ARN"),
            "Status": status(thing, now),
            "LastModifiedTime": thing.text("LastModifiedTime"),
            "InProgressInvalidationBatches": 0,
            "DomainName": thing.text("DomainName"),
            "DistributionConfig": config_of(thing),
        },
    })
}

fn summary(thing: &Thing, now: f64) -> Value {
    let mut summary = config_of(thing);
    if let Some(map) = summary.as_object_mut() {
        map.remove("CallerReference");
        map.remove("DefaultRootObject");
        map.remove("Logging");
    }
    for (name, usual) in [
        ("WebACLId", json!("")),
        ("HttpVersion", json!("http2")),
        ("IsIPV6Enabled", json!(true)),
        ("PriceClass", json!("PriceClass_All")),
        ("Staging", json!(false)),
        ("Aliases", json!({"Quantity": 0})),
        ("CacheBehaviors", json!({"Quantity": 0})),
        ("CustomErrorResponses", json!({"Quantity": 0})),
        ("Restrictions", json!({"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}})),
    ] {
        if summary.get(name).is_none() {
            summary[name] = usual;
        }
    }
    summary["Id"] = thing.id.clone().into();
    summary["ARN"] = thing.text("ARN").into();
    summary["ETag"] = e_tag(thing).into();
    summary["Status"] = status(thing, now).into();
    summary["LastModifiedTime"] = thing.text("LastModifiedTime").into();
    summary["DomainName"] = thing.text("DomainName").into();
    summary
}

fn list(call: &mut Call<'_>) -> Answer {
    let all: Vec<Value> = call.world.of_kind(KIND).map(|one| summary(one, call.now)).collect();
    let (page, next) = call.page(all, "MaxItems", "Marker");
    let mut answer = quantity("DistributionSummary", page);
    answer["Marker"] = call.text("Marker").unwrap_or_default().into();
    answer["MaxItems"] = call.number("MaxItems").unwrap_or(100).into();
    answer["IsTruncated"] = next.is_some().into();
    answer["NextMarker"] = next.into();
    Ok(json!({"DistributionList": answer}))
}

fn get(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    Ok(answer(call.world.expect(KIND, &id)?, call.now, 200))
}

fn get_config(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let thing = call.world.expect(KIND, &id)?;
    Ok(json!({"$headers": {"ETag": e_tag(thing)}, "DistributionConfig": config_of(thing)}))
}

fn update(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let thing = call.world.expect(KIND, &id)?;
    check_version(call, thing)?;
    let old = config_of(thing);
    let config = call.value("DistributionConfig").cloned();
    let config = config.ok_or_else(|| AwsError::missing("DistributionConfig"))?;
    if text(&old, "/CallerReference") != text(&config, "/CallerReference") {
        let message = "You cannot change the value of CallerReference.";
        return Err(AwsError::bad("IllegalUpdate", message));
    }
    let refs = check(call, &config, Some(&id))?;
    let date = call.date(call.now);
    let thing = call.world.expect_mut(KIND, &id)?;
    thing.refs = refs.into_iter().collect();
    thing.set("$config", config);
    thing.set("LastModifiedTime", date);
    next_version(thing);
    call.world.change(&id, call.now);
    Ok(answer(call.world.expect(KIND, &id)?, call.now, 200))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let thing = call.world.expect(KIND, &id)?;
    check_version(call, thing)?;
    let enabled = text(&config_of(thing), "/Enabled") != "false";
    if enabled || status(thing, call.now) != "Deployed" {
        let message = "The distribution you are trying to delete has not been disabled.";
        return Err(AwsError::new(409, "DistributionNotDisabled", message));
    }
    call.world.delete(KIND, &id, call.now)?;
    Ok(json!({"$status": 204}))
}
