//! Secrets Manager: versions of secret values, random passwords, recovery windows.

mod lookup;
mod password;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::codes;
use crate::world::{Owner, Thing};
use lookup::{find, found_any, refuse_deleted, refuse_managed};

pub const SERVICE: Service = Service {
    name: "secretsmanager",
    signing: "secretsmanager",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS, lookup::OPERATIONS, password::OPERATIONS],
    codes: CODES,
    ..Service::EMPTY
};

const CODES: &[Codes] = &[codes(KIND, "ResourceNotFoundException", "ResourceExistsException")];

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateSecret", create),
    ("PutSecretValue", put_value),
    ("UpdateSecret", update),
    ("DeleteSecret", delete),
    ("RestoreSecret", restore),
    ("TagResource", tag),
    ("UntagResource", untag),
];

const KIND: &str = "secret";
const DAY: f64 = 86_400.0;
/// A secret deleted without recovery keeps its name for a moment.
const FORCED: f64 = 8.0;

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterException", message)
}

fn refused(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidRequestException", message)
}

/// The token of a new version: the client's, 32 to 64 characters, or one of AWS's own.
fn version_id(call: &mut Call<'_>) -> Result<String, AwsError> {
    match call.text("ClientRequestToken") {
        Some(token) if (32..=64).contains(&token.len()) => Ok(token.to_owned()),
        Some(_) => Err(invalid("ClientRequestToken must have 32 to 64 characters")),
        None => Ok(uuid(call)),
    }
}

fn uuid(call: &mut Call<'_>) -> String {
    let (high, low) = (call.world.random(), call.world.random());
    uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
        .into_uuid()
        .to_string()
}

/// The value in a request, as text or base64; most requests must hold just one.
fn value_of(call: &Call<'_>) -> Result<Option<(&'static str, String)>, AwsError> {
    match (call.text("SecretString"), call.text("SecretBinary")) {
        (Some(_), Some(_)) => Err(invalid("You can't specify both a binary and a string secret")),
        (Some(text), None) => Ok(Some(("SecretString", text.to_owned()))),
        (None, Some(binary)) => Ok(Some(("SecretBinary", binary.to_owned()))),
        (None, None) => Ok(None),
    }
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("Name")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+=.@!-".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(fits) {
        return Err(invalid(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    let version = version_id(call)?;
    let value = value_of(call)?;
    if let Some(taken) = found_any(call, &name).cloned() {
        return taken_name(&taken, &version, value.as_ref());
    }
    let description = call.text("Description").unwrap_or_default().to_owned();
    let secret = new_secret(call, &name).with("Description", description).tagged(call.tags("Tags"));
    let made = value.is_some();
    let secret = match value {
        Some(value) => with_value(secret, &version, value),
        None => secret,
    };
    let secret = call.create(secret)?;
    Ok(json!({"ARN": secret.id, "Name": name, "VersionId": made.then_some(version)}))
}

/// A repeat of the same token and value is answered with what it made; anything else is refused.
fn taken_name(taken: &Thing, version: &str, value: Option<&(&str, String)>) -> Answer {
    let name = taken.text("Name");
    if taken.gone.is_some() {
        return Err(refused(
            "You can't create this secret because a secret with this name is already scheduled for \
             deletion.",
        ));
    }
    let same = taken.attrs["$versions"].get(version).zip(value);
    if same.is_some_and(|(made, (key, text))| made.get(*key) == Some(&json!(text))) {
        return Ok(json!({"ARN": taken.id, "Name": name, "VersionId": version}));
    }
    let message = format!("The operation failed because the secret {name} already exists.");
    Err(AwsError::bad("ResourceExistsException", message))
}

/// AWS ends the ARN with six random characters, so a later secret of the same name is another.
fn new_secret(call: &mut Call<'_>, name: &str) -> Thing {
    let suffix = call.world.new_name(6);
    let now = call.now;
    Thing::new(KIND, call.arn("secretsmanager", &format!("secret:{name}-{suffix}")))
        .with("Name", name)
        .with("$versions", json!({}))
        .with("CreatedDate", now)
        .with("LastChangedDate", now)
}

/// Makes `value` the current version; the one before becomes the previous one.
fn with_value(mut secret: Thing, version: &str, (key, text): (&str, String)) -> Thing {
    let mut versions = secret.attrs["$versions"].as_object().cloned().unwrap_or_default();
    versions.retain(|_, old| old["stage"] == "AWSCURRENT");
    versions.values_mut().for_each(|old| old["stage"] = "AWSPREVIOUS".into());
    versions.insert(version.to_owned(), json!({key: text, "stage": "AWSCURRENT"}));
    secret.set("$versions", versions);
    secret
}

fn store(call: &mut Call<'_>, id: &str) -> Result<Option<String>, AwsError> {
    let version = version_id(call)?;
    let Some(value) = value_of(call)? else { return Ok(None) };
    let now = call.now;
    let secret = call.world.expect_mut(KIND, id)?;
    if let Some(made) = secret.attrs["$versions"].get(&version) {
        if made.get(value.0) == Some(&json!(value.1)) {
            return Ok(Some(version));
        }
        let message = "A version with this ClientRequestToken already holds another value.";
        return Err(AwsError::bad("ResourceExistsException", message));
    }
    let mut changed = with_value(secret.clone(), &version, value);
    changed.set("LastChangedDate", now);
    *secret = changed;
    Ok(Some(version))
}

fn put_value(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?.clone();
    refuse_deleted(&secret)?;
    refuse_managed(&secret)?;
    let version = store(call, &secret.id)?
        .ok_or_else(|| invalid("You must provide either SecretString or SecretBinary."))?;
    let stages = ["AWSCURRENT"];
    let name = secret.text("Name");
    Ok(json!({"ARN": secret.id, "Name": name, "VersionId": version, "VersionStages": stages}))
}

fn update(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?.clone();
    refuse_deleted(&secret)?;
    refuse_managed(&secret)?;
    let version = store(call, &secret.id)?;
    if let Some(description) = call.text("Description").map(str::to_owned) {
        call.world.expect_mut(KIND, &secret.id)?.set("Description", description);
    }
    Ok(json!({"ARN": secret.id, "Name": secret.text("Name"), "VersionId": version}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let force = call.flag("ForceDeleteWithoutRecovery").unwrap_or_default();
    let days = call.number("RecoveryWindowInDays");
    if force && days.is_some() {
        return Err(invalid(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    if days.is_some_and(|days| !(7..=30).contains(&days)) {
        return Err(invalid(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    let secret = find(call)?.clone();
    refuse_managed(&secret)?;
    if !force {
        refuse_deleted(&secret)?;
    }
    let wait = if force { FORCED } else { days.unwrap_or(30) as f64 * DAY };
    let now = call.now;
    let gone = call.world.expect_mut(KIND, &secret.id)?;
    gone.gone = Some(now + wait);
    gone.set("DeletedDate", now);
    gone.set("$forced", force);
    Ok(json!({"ARN": secret.id, "Name": secret.text("Name"), "DeletionDate": now + wait}))
}

fn restore(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?.clone();
    let back = call.world.expect_mut(KIND, &secret.id)?;
    back.gone = None;
    back.attrs.remove("DeletedDate");
    Ok(json!({"ARN": secret.id, "Name": secret.text("Name")}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?.clone();
    refuse_deleted(&secret)?;
    let tags = call.tags("Tags");
    call.world.expect_mut(KIND, &secret.id)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let secret = find(call)?.clone();
    refuse_deleted(&secret)?;
    let keys = call.texts("TagKeys");
    call.world.expect_mut(KIND, &secret.id)?.tags.retain(|key, _| !keys.contains(key));
    done()
}

/// The secret another service makes for a database: owned by AWS, rotated by it, gone with it.
pub(super) fn managed(
    call: &mut Call<'_>,
    service: &str,
    word: &str,
    parent: &str,
    user: &str,
) -> Result<String, AwsError> {
    let name = format!("{service}!{word}-{}", uuid(call));
    let version = uuid(call);
    let password = password::random(call, 28);
    let value = json!({"username": user, "password": password}).to_string();
    let tags = BTreeMap::from([
        (format!("aws:{service}:primaryDBInstanceArn"), parent.to_owned()),
        ("aws:secretsmanager:owningService".to_owned(), service.to_owned()),
    ]);
    let secret = new_secret(call, &name)
        .with("Description", format!("Secret associated with primary RDS DB: {parent}"))
        .with("OwningService", service)
        .with("RotationEnabled", true)
        .with("RotationRules", json!({"AutomaticallyAfterDays": 7}))
        .tagged(tags)
        .owned_by(Owner::Aws)
        .child_of(parent);
    Ok(call.create(with_value(secret, &version, ("SecretString", value)))?.id)
}

/// Private attributes hold the values and are never shown.
fn shown(secret: &Thing) -> serde_json::Map<String, Value> {
    let mut shape = secret.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("ARN".to_owned(), secret.id.clone().into());
    shape.insert("Tags".to_owned(), crate::call::tag_list(&secret.tags, "Key", "Value").into());
    shape
}
