//! Finding and reading secrets.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{KIND, invalid, refused, shown};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("GetSecretValue", get_value),
    ("DescribeSecret", describe),
    ("ListSecrets", list),
    ("ListSecretVersionIds", list_versions),
    ("GetResourcePolicy", policy),
];

/// ListSecrets lags behind (API reference: up to five minutes); here a little, to be noticed.
const LAG: f64 = 5.0;

/// The secret of a name, an ARN, or an ARN without its random end; also one that was forced away
/// and still blocks its name.
pub fn found_any<'c>(call: &'c Call<'_>, id: &str) -> Option<&'c Thing> {
    let partial = format!("{id}-");
    call.here(KIND).find(|secret| {
        secret.id == id
            || secret.text("Name") == id
            || (id.starts_with("arn:")
                && secret.id.strip_prefix(&partial).is_some_and(|rest| rest.len() == 6))
    })
}

pub fn find<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let id = call.required("SecretId")?;
    let found = found_any(call, &id).filter(|secret| {
        secret.gone.is_none() || secret.attrs.get("$forced") != Some(&json!(true))
    });
    found.ok_or_else(|| {
        let message = "Secrets Manager can't find the specified secret.";
        AwsError::bad("ResourceNotFoundException", message)
    })
}

pub fn refuse_deleted(secret: &Thing) -> Result<(), AwsError> {
    match secret.gone {
        None => Ok(()),
        Some(_) => Err(refused(
            "You can't perform this operation on the secret because it was marked for deletion.",
        )),
    }
}

pub fn refuse_managed(secret: &Thing) -> Result<(), AwsError> {
    match secret.owner {
        Owner::Aws => Err(refused(format!(
            "You can't perform this operation on the secret because it is managed by {}.",
            secret.text("OwningService")
        ))),
        _ => Ok(()),
    }
}

fn versions(secret: &Thing) -> Map<String, Value> {
    secret.attrs["$versions"].as_object().cloned().unwrap_or_default()
}

fn stages(secret: &Thing) -> Value {
    versions(secret).into_iter().map(|(id, version)| (id, json!([version["stage"]]))).collect()
}

fn get_value(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?;
    refuse_deleted(secret)?;
    let (id, stage) = (call.text("VersionId"), call.text("VersionStage"));
    let stage = stage.or(if id.is_none() { Some("AWSCURRENT") } else { None });
    let found = versions(secret).into_iter().find(|(version, value)| {
        id.is_none_or(|id| id == version) && stage.is_none_or(|stage| value["stage"] == stage)
    });
    let (version, value) = found.ok_or_else(|| {
        let message = "Secrets Manager can't find the specified secret value for staging label: \
                       AWSCURRENT";
        AwsError::bad("ResourceNotFoundException", message)
    })?;
    let mut answer = json!({
        "ARN": secret.id,
        "Name": secret.text("Name"),
        "VersionId": version,
        "VersionStages": [value["stage"]],
        "CreatedDate": secret.attrs["LastChangedDate"],
    });
    for key in ["SecretString", "SecretBinary"] {
        if let Some(text) = value.get(key) {
            answer[key] = text.clone();
        }
    }
    Ok(answer)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?;
    let mut shape = shown(secret);
    shape.insert("VersionIdsToStages".to_owned(), stages(secret));
    Ok(Value::Object(shape))
}

fn list(call: &mut Call<'_>) -> Answer {
    let deleted_too = call.flag("IncludePlannedDeletion").unwrap_or_default();
    let filters = call.list("Filters");
    let mut all: Vec<Value> = Vec::new();
    for secret in call.here(KIND) {
        let forced = secret.attrs.get("$forced") == Some(&json!(true));
        let visible = secret.gone.is_none() || (deleted_too && !forced);
        if !visible || call.now - secret.created < LAG || !fits(secret, &filters)? {
            continue;
        }
        let mut shape = shown(secret);
        shape.insert("SecretVersionsToStages".to_owned(), stages(secret));
        all.push(Value::Object(shape));
    }
    let (page, next) = call.page(all, "MaxResults", "NextToken");
    Ok(json!({"SecretList": page, "NextToken": next}))
}

/// All filters must fit; a filter's values are beginnings, any of which is enough.
fn fits(secret: &Thing, filters: &[Value]) -> Result<bool, AwsError> {
    for filter in filters {
        let key = filter.get("Key").and_then(Value::as_str).unwrap_or_default();
        let values = filter.get("Values").and_then(Value::as_array).cloned().unwrap_or_default();
        let texts: Vec<&str> = match key {
            "name" => vec![secret.text("Name")],
            "description" => vec![secret.text("Description")],
            "owning-service" => vec![secret.text("OwningService")],
            "tag-key" => secret.tags.keys().map(String::as_str).collect(),
            "tag-value" => secret.tags.values().map(String::as_str).collect(),
            other => {
                return Err(AwsError::unimplemented(format!(
                    "the filter `{other}` of ListSecrets"
                )));
            }
        };
        let values = values.iter().filter_map(Value::as_str);
        if values.clone().any(|value| value.starts_with('!')) {
            return Err(AwsError::unimplemented("negated filters of ListSecrets"));
        }
        if !values.clone().any(|value| texts.iter().any(|text| text.starts_with(value))) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn list_versions(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?;
    let all: Vec<Value> = versions(secret)
        .iter()
        .map(|(id, version)| json!({"VersionId": id, "VersionStages": [version["stage"]]}))
        .collect();
    Ok(json!({"ARN": secret.id, "Name": secret.text("Name"), "Versions": all}))
}

fn policy(call: &mut Call<'_>) -> Answer {
    if call.text("ResourcePolicy").is_some() {
        return Err(invalid("GetResourcePolicy takes no policy"));
    }
    let secret = find(call)?;
    Ok(json!({"ARN": secret.id, "Name": secret.text("Name")}))
}
