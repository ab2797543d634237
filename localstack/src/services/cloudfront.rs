//! CloudFront: distributions and origin access controls. Global: regions do not matter.

mod access_control;
mod distribution;

use serde_json::{Value, json};

use super::{Operation, Service};
use crate::call::{Answer, Call, items, pairs, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol, Route, route};
use crate::rules::rows::{rest_codes, rest_in_use};
use crate::rules::{Codes, InUse};
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "cloudfront",
    signing: "cloudfront",
    protocol: Protocol::RestXml,
    lists: Lists::Plain,
    operations: &[access_control::OPERATIONS, distribution::OPERATIONS, OPERATIONS],
    routes: ROUTES,
    in_use: IN_USE,
    codes: CODES,
};

const OPERATIONS: &[(&str, Operation)] =
    &[("ListTagsForResource", list_tags), ("TagResource", tag)];

/// The routes with a query come first: they are the narrower ones.
const ROUTES: &[Route] = &[
    route("POST", "/2020-05-31/distribution?WithTags", "CreateDistributionWithTags"),
    route("POST", "/2020-05-31/distribution", "CreateDistribution"),
    route("GET", "/2020-05-31/distribution", "ListDistributions"),
    route("GET", "/2020-05-31/distribution/{Id}", "GetDistribution"),
    route("GET", "/2020-05-31/distribution/{Id}/config", "GetDistributionConfig"),
    route("PUT", "/2020-05-31/distribution/{Id}/config", "UpdateDistribution"),
    route("DELETE", "/2020-05-31/distribution/{Id}", "DeleteDistribution"),
    route("POST", "/2020-05-31/origin-access-control", "CreateOriginAccessControl"),
    route("GET", "/2020-05-31/origin-access-control", "ListOriginAccessControls"),
    route("GET", "/2020-05-31/origin-access-control/{Id}", "GetOriginAccessControl"),
    route("DELETE", "/2020-05-31/origin-access-control/{Id}", "DeleteOriginAccessControl"),
    route("POST", "/2020-05-31/tagging?Operation", "TagResource"),
    route("GET", "/2020-05-31/tagging", "ListTagsForResource"),
];

const IN_USE: &[InUse] = &[rest_in_use(
    "origin_access_control",
    &["cloudfront_distribution"],
    "OriginAccessControlInUse",
    "The origin access control {id} is in use by {by}.",
    "CloudFront API reference, DeleteOriginAccessControl",
)];

const CODES: &[Codes] = &[
    rest_codes("cloudfront_distribution", "NoSuchDistribution", "DistributionAlreadyExists"),
    rest_codes(
        "origin_access_control",
        "NoSuchOriginAccessControl",
        "OriginAccessControlAlreadyExists",
    ),
];

/// The version of a thing, which a change must name.
fn e_tag(thing: &Thing) -> String {
    let version = thing.attrs.get("$version").and_then(Value::as_u64).unwrap_or(1);
    format!("E{version:013X}")
}

fn next_version(thing: &mut Thing) {
    let version = thing.attrs.get("$version").and_then(Value::as_u64).unwrap_or(1);
    thing.set("$version", version + 1);
}

/// `If-Match` must be there and name the present version.
fn check_version(call: &Call<'_>, thing: &Thing) -> Result<(), AwsError> {
    let given = call.request.headers.get("if-match").and_then(Value::as_str);
    match given {
        None => Err(AwsError::bad(
            "InvalidIfMatchVersion",
            "The If-Match version is missing or not valid for the resource.",
        )),
        Some(tag) if tag.trim_matches('"') == e_tag(thing) => Ok(()),
        Some(_) => Err(AwsError::new(
            412,
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more request-header fields.",
        )),
    }
}

/// CloudFront's lists: a count and, when there is one, `Items`.
fn quantity(name: &str, values: Vec<Value>) -> Value {
    if values.is_empty() {
        return json!({"Quantity": 0});
    }
    json!({"Quantity": values.len(), "Items": {name: values}})
}

fn of_arn(call: &Call<'_>) -> Result<String, AwsError> {
    let arn = call.required("Resource")?;
    let found = call.world.of_kind("cloudfront_distribution").find(|one| one.text("ARN") == arn);
    found.map(|one| one.id.clone()).ok_or_else(|| {
        AwsError::gone("NoSuchResource", format!("The resource {arn} does not exist."))
    })
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let id = of_arn(call)?;
    let tags = &call.world.expect("cloudfront_distribution", &id)?.tags;
    Ok(json!({"Tags": {"Items": {"Tag": tag_list(tags, "Key", "Value")}}}))
}

/// `TagResource` and `UntagResource` differ in a query parameter only.
fn tag(call: &mut Call<'_>) -> Answer {
    let id = of_arn(call)?;
    let removes = call.text("Operation") == Some("Untag");
    let added = call.value("Tags.Items.Tag").map(items).unwrap_or_default();
    let keys = call.texts("TagKeys.Items.Key");
    let distribution = call.world.expect_mut("cloudfront_distribution", &id)?;
    if removes {
        distribution.tags.retain(|key, _| !keys.contains(key));
    } else {
        distribution.tags.extend(pairs(&added, "Key", "Value"));
    }
    Ok(json!({"$status": 204}))
}
