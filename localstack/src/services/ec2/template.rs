//! Launch templates and their versions.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{dry_run, field, id, known, page, refuse, replay, selected, shape, tags};
use crate::call::{Answer, Call, number};
use crate::error::AwsError;
use crate::rules;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateLaunchTemplate", create),
    ("DescribeLaunchTemplates", describe),
    ("CreateLaunchTemplateVersion", create_version),
    ("DescribeLaunchTemplateVersions", describe_versions),
    ("ModifyLaunchTemplate", modify),
    ("DeleteLaunchTemplate", delete),
];

const KIND: &str = "launch_template";

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("LaunchTemplateName")?;
    let data = data(call)?;
    let token = match replay(call, KIND)? {
        Ok(made) => return Ok(json!({"launchTemplate": shape(&made)})),
        Err(token) => token,
    };
    check_name(call, &name)?;
    let tags = tags::of_new(call, KIND)?;
    dry_run(call)?;
    let id = call.world.new_id("lt");
    let creator = format!("arn:aws:iam::{ACCOUNT}:root");
    let about = call.text("VersionDescription");
    let first =
        json!({"number": 1, "data": data, "description": about, "date": call.date(call.now)});
    let mut template = Thing::new(KIND, &id)
        .with("launchTemplateId", id.clone())
        .with("launchTemplateName", name)
        .with("createTime", call.date(call.now))
        .with("createdBy", creator)
        .with("defaultVersionNumber", 1)
        .with("latestVersionNumber", 1)
        .with("$versions", json!([first]))
        .tagged(tags);
    template.token = token;
    let template = call.create(template)?;
    Ok(json!({"launchTemplate": shape(&template)}))
}

fn check_name(call: &Call<'_>, name: &str) -> Result<(), AwsError> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || "().-/_".contains(letter);
    if !(3..=128).contains(&name.len()) || !name.chars().all(fine) {
        let message = "Launch template name must be between 3 and 128 characters in length, and may contain letters, numbers, and the following characters: - ( ) . / _";
        return Err(AwsError::bad("InvalidLaunchTemplateName.MalformedException", message));
    }
    if call.here(KIND).any(|other| other.text("launchTemplateName") == name) {
        let message = "Launch template name already in use.";
        return Err(AwsError::bad("InvalidLaunchTemplateName.AlreadyExistsException", message));
    }
    Ok(())
}

/// The request's data in the spelling of answers.
fn data(call: &Call<'_>) -> Result<Value, AwsError> {
    let data = call.value("LaunchTemplateData");
    data.map(answered).ok_or_else(|| AwsError::missing("LaunchTemplateData"))
}

/// EC2 asks for `BlockDeviceMapping.1.Ebs.VolumeSize` and answers with
/// `blockDeviceMappingSet/item/ebs/volumeSize`.
fn answered(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries = map.iter().map(|(name, inner)| {
                let mut letters = name.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase());
                let name: String = first.into_iter().chain(letters).collect();
                match inner {
                    Value::Array(list) => {
                        let items: Vec<Value> = list.iter().map(answered).collect();
                        (format!("{name}Set"), json!({"item": items}))
                    }
                    _ => (name, answered(inner)),
                }
            });
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

/// The template that a request names by id or by name.
fn named(call: &Call<'_>) -> Result<String, AwsError> {
    match (call.text("LaunchTemplateId"), call.text("LaunchTemplateName")) {
        (Some(id), None) => known(call, KIND, id).map(|template| template.id.clone()),
        (None, Some(name)) => {
            let found = call.here(KIND).find(|one| one.text("launchTemplateName") == name);
            found.map(|template| template.id.clone()).ok_or_else(|| {
                let message = format!(
                    "The specified launch template, with template name {name}, does not exist."
                );
                AwsError::bad("InvalidLaunchTemplateName.NotFoundException", message)
            })
        }
        (Some(_), Some(_)) => Err(AwsError::bad(
            "InvalidParameterCombination",
            "Either a launch template ID or a launch template name must be specified, not both",
        )),
        (None, None) => Err(AwsError::missing("LaunchTemplateId")),
    }
}

fn describe(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("launch-template-name", field!("launchTemplateName") as fn(&Thing, f64) -> _),
        ("launch-template-id", id),
        ("create-time", field!("createTime")),
    ];
    let names = call.texts("LaunchTemplateName");
    let found = selected(call, KIND, "LaunchTemplateId", fields)?;
    let has = |name: &String| found.iter().any(|one| one.text("launchTemplateName") == name);
    if !names.iter().all(has) {
        let message =
            "At least one of the launch templates specified in the request does not exist.";
        return Err(AwsError::bad("InvalidLaunchTemplateName.NotFoundException", message));
    }
    let asked = found.into_iter().filter(|one| {
        names.is_empty() || names.iter().any(|name| name == one.text("launchTemplateName"))
    });
    page(call, "launchTemplates", asked.map(shape).collect())
}

fn versions(template: &Thing) -> &[Value] {
    template.attrs.get("$versions").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number_of(version: &Value) -> i64 {
    version.get("number").and_then(number).unwrap_or_default()
}

fn counter(template: &Thing, name: &str) -> i64 {
    template.attrs.get(name).and_then(number).unwrap_or_default()
}

/// The data of one version, in the spelling of answers.
pub fn version_data(template: &Thing, version: i64) -> Option<&Value> {
    versions(template).iter().find(|one| number_of(one) == version)?.get("data")
}

fn create_version(call: &mut Call<'_>) -> Answer {
    refuse(call, &["ResolveAlias"])?;
    let id = named(call)?;
    let mut data = data(call)?;
    let (token, digest) = (call.text("ClientToken").map(str::to_owned), call.digest("ClientToken"));
    let template = known(call, KIND, &id)?;
    let repeat = versions(template).iter().find(|one| {
        token.is_some() && one.get("token").and_then(Value::as_str) == token.as_deref()
    });
    if let Some(made) = repeat {
        if made.get("digest").and_then(Value::as_str) != Some(&digest) {
            return Err(rules::token_mismatch(KIND));
        }
        return Ok(json!({"launchTemplateVersion": show(template, made)}));
    }
    if let Some(source) = call.text("SourceVersion") {
        let source = numbered(template, source)?;
        data = merged(source.get("data").cloned().unwrap_or_default(), data);
    }
    dry_run(call)?;
    let next = counter(template, "latestVersionNumber") + 1;
    let version = json!({"number": next, "data": data, "date": call.date(call.now),
        "description": call.text("VersionDescription"), "token": token, "digest": digest});
    let mut all = versions(template).to_vec();
    all.push(version.clone());
    let template = call.world.expect_mut(KIND, &id)?;
    template.set("$versions", Value::Array(all));
    template.set("latestVersionNumber", next);
    Ok(json!({"launchTemplateVersion": show(template, &version)}))
}

/// The top-level parameters of the new data replace the source's.
fn merged(source: Value, data: Value) -> Value {
    let (Value::Object(mut all), Value::Object(new)) = (source, data) else { return Value::Null };
    all.extend(new);
    Value::Object(all)
}

/// A version by its number, `$Latest` or `$Default`.
fn numbered<'t>(template: &'t Thing, text: &str) -> Result<&'t Value, AwsError> {
    let wanted = match text {
        "$Latest" => Some(counter(template, "latestVersionNumber")),
        "$Default" => Some(counter(template, "defaultVersionNumber")),
        other => other.parse().ok(),
    };
    let found = versions(template).iter().find(|one| Some(number_of(one)) == wanted);
    found.ok_or_else(|| {
        let message = format!(
            "Could not find the specified version {text} for the launch template with ID {}.",
            template.id
        );
        AwsError::bad("InvalidLaunchTemplateId.VersionNotFound", message)
    })
}

fn show(template: &Thing, version: &Value) -> Value {
    let default = number_of(version) == counter(template, "defaultVersionNumber");
    json!({"launchTemplateId": template.id, "createdBy": template.text("createdBy"),
        "launchTemplateName": template.text("launchTemplateName"),
        "versionNumber": number_of(version), "versionDescription": version.get("description"),
        "createTime": version.get("date"), "defaultVersion": default,
        "launchTemplateData": version.get("data")})
}

fn describe_versions(call: &mut Call<'_>) -> Answer {
    refuse(call, &["MinVersion", "MaxVersion", "Filter", "ResolveAlias"])?;
    let asked = call.texts("LaunchTemplateVersion");
    let one = call.value("LaunchTemplateId").or(call.value("LaunchTemplateName")).is_some();
    let templates: Vec<&Thing> = if one {
        vec![known(call, KIND, &named(call)?)?]
    } else if asked.is_empty() || asked.iter().any(|version| !version.starts_with('$')) {
        return Err(AwsError::missing("LaunchTemplateId"));
    } else {
        call.here(KIND).collect()
    };
    let mut shown: Vec<Map<String, Value>> = Vec::new();
    for template in templates {
        let mut found: Vec<&Value> = if asked.is_empty() {
            versions(template).iter().collect()
        } else {
            asked.iter().map(|text| numbered(template, text)).collect::<Result<_, _>>()?
        };
        found.sort_by_key(|version| -number_of(version));
        found.dedup();
        let all = found.iter().map(|version| show(template, version));
        shown.extend(all.filter_map(|value| value.as_object().cloned()));
    }
    page(call, "launchTemplateVersionSet", shown)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = named(call)?;
    let default = call.required("SetDefaultVersion")?;
    let version = number_of(numbered(known(call, KIND, &id)?, &default)?);
    dry_run(call)?;
    let template = call.world.expect_mut(KIND, &id)?;
    template.set("defaultVersionNumber", version);
    Ok(json!({"launchTemplate": shape(template)}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = named(call)?;
    dry_run(call)?;
    let shown = shape(known(call, KIND, &id)?);
    // EC2 lets go of a template whatever was started from it; a node group then reports
    // `Ec2LaunchTemplateNotFound` (EKS API reference, Issue).
    call.world.delete(KIND, &id, call.now)?;
    Ok(json!({"launchTemplate": shown}))
}
