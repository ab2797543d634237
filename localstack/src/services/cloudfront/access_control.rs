//! Origin access controls.

use serde_json::{Value, json};

use super::super::Operation;
use super::{check_version, e_tag, quantity};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateOriginAccessControl", create),
    ("GetOriginAccessControl", get),
    ("ListOriginAccessControls", list),
    ("DeleteOriginAccessControl", delete),
];

const KIND: &str = "origin_access_control";

fn create(call: &mut Call<'_>) -> Answer {
    let field = |name: &str| format!("OriginAccessControlConfig.{name}");
    let name = call.required(&field("Name"))?;
    for required in ["SigningProtocol", "SigningBehavior", "OriginAccessControlOriginType"] {
        call.required(&field(required))?;
    }
    if call.world.of_kind(KIND).any(|other| other.text("Name") == name) {
        let message = "An origin access control with the same name already exists.";
        return Err(AwsError::new(409, "OriginAccessControlAlreadyExists", message));
    }
    let id = format!("E{}", call.world.new_name(13));
    let mut thing = Thing::new(KIND, &id).with("Id", id.clone()).with("Description", "");
    let config = call.value("OriginAccessControlConfig").and_then(Value::as_object).cloned();
    thing.attrs.extend(config.unwrap_or_default());
    let thing = call.create(thing)?;
    Ok(json!({
        "$status": 201,
        "$headers": headers(&thing),
        "OriginAccessControl": shape(&thing),
    }))
}

fn headers(thing: &Thing) -> Value {
    let location =
        format!("https://cloudfront.amazonaws.com/2020-05-31/origin-access-control/{}", thing.id);
    json!({"ETag": e_tag(thing), "Location": location})
}

fn config(thing: &Thing) -> Value {
    let mut config = thing.attrs.clone();
    config.retain(|name, _| !name.starts_with('$') && name != "Id");
    Value::Object(config)
}

fn shape(thing: &Thing) -> Value {
    json!({"Id": thing.id, "OriginAccessControlConfig": config(thing)})
}

fn get(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    let thing = call.world.expect(KIND, &id)?;
    Ok(json!({"$headers": {"ETag": e_tag(thing)}, "OriginAccessControl": shape(thing)}))
}

fn list(call: &mut Call<'_>) -> Answer {
    let summary = |thing: &Thing| {
        let mut summary = config(thing);
        summary["Id"] = thing.id.clone().into();
        summary
    };
    let all: Vec<Value> = call.world.of_kind(KIND).map(summary).collect();
    let (page, next) = call.page(all, "MaxItems", "Marker");
    let mut answer = quantity("OriginAccessControlSummary", page);
    answer["Marker"] = call.text("Marker").unwrap_or_default().into();
    answer["MaxItems"] = call.number("MaxItems").unwrap_or(100).into();
    answer["IsTruncated"] = next.is_some().into();
    answer["NextMarker"] = next.into();
    Ok(json!({"OriginAccessControlList": answer}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("Id")?;
    check_version(call, call.world.expect(KIND, &id)?)?;
    call.world.delete(KIND, &id, call.now)?;
    Ok(json!({"$status": 204}))
}
