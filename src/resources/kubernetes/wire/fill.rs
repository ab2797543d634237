//! What stands in a manifest for values that are secret or known only after apply.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::address::{Address, Ref, references};
use crate::aws::{Failure, Hidden, Scope};
use crate::openedx::{secrets, values};
use crate::resource::{Resource, Result};

/// A pointer to a resource of any kind; it serializes like a [`Ref`], so it is an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor(pub Address);

impl<R: Resource> From<&Ref<R>> for Anchor {
    fn from(of: &Ref<R>) -> Self {
        Self(of.address.clone())
    }
}

impl Serialize for Anchor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({ "$ref": self.0 }).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Anchor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let address = references(&value).into_iter().next();
        address.map(Self).ok_or_else(|| D::Error::custom("expected {\"$ref\": ADDRESS}"))
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from", deny_unknown_fields)]
pub enum Fill {
    /// A live value of an upstream, by JSON pointer (`/endpoint`).
    Live { of: Anchor, pointer: String },
    /// One value of a secret in Secrets Manager, whose ARN is a live value of an upstream: what it
    /// holds under the key or what is worked out from it, and all of it for an empty key.
    Secret {
        of: Anchor,
        arn: String,
        key: String,
        /// Where the upstream tells which version is current; none for what is of use only while
        /// it is read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
}

/// Whether something is filled in later.
pub fn has_token(text: &str) -> bool {
    !values::tokens_in(text).is_empty()
}

/// The body with every placeholder replaced; one without a source is a bug that must not be applied.
pub async fn filled(body: &Value, fills: &BTreeMap<String, Fill>, scope: &Scope) -> Result<Value> {
    let (mut known, mut secrets) = (BTreeMap::new(), BTreeMap::new());
    for (name, fill) in fills {
        known.insert(name.clone(), resolve(fill, scope, &mut secrets).await?);
    }
    let mut body = body.clone();
    replace(&mut body, &known)
        .map_err(|name| Failure::unexpected("edxaws", "Fill", format!("nothing fills `{name}`")))?;
    Ok(body)
}

async fn resolve(
    fill: &Fill,
    scope: &Scope,
    secrets: &mut BTreeMap<String, Hidden<String>>,
) -> Result<String> {
    match fill {
        Fill::Live { of, pointer } => fact(scope, of, pointer),
        Fill::Secret { of, arn, key, .. } => {
            let arn = fact(scope, of, arn)?;
            secret(scope, &arn, key, secrets).await
        }
    }
}

fn fact(scope: &Scope, of: &Anchor, pointer: &str) -> Result<String> {
    let live = scope.facts.value(&of.0).ok_or_else(|| Failure::upstream(&of.0))?;
    let value = live.pointer(pointer).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let missing = || {
        let message = format!("`{}` has no `{pointer}` yet", of.0);
        Failure::unexpected("edxaws", "Fill", message)
    };
    value.filter(|text| text != "null").ok_or_else(missing)
}

/// Each secret is read once per object.
async fn secret(
    scope: &Scope,
    arn: &str,
    key: &str,
    read: &mut BTreeMap<String, Hidden<String>>,
) -> Result<String> {
    if !read.contains_key(arn) {
        let answer = scope.aws.secrets.get_secret_value().secret_id(arn).send().await?;
        let text = answer.secret_string().unwrap_or_default();
        read.insert(arn.to_owned(), Hidden::new(text.to_owned()));
    }
    let refuse = |message| Failure::unexpected("secretsmanager", "GetSecretValue", message);
    let missing = || refuse(format!("secret `{arn}` holds no `{key}`"));
    let whole = read.get(arn).ok_or_else(missing)?;
    if key.is_empty() {
        return Ok(whole.expose().clone());
    }
    let mut values = secrets::values(whole, [key.to_owned()])
        .map_err(|error| refuse(format!("secret `{arn}`: {error}")))?;
    values.remove(key).map(|value| value.expose().clone()).ok_or_else(missing)
}

fn replace(value: &mut Value, known: &BTreeMap<String, String>) -> Result<(), String> {
    match value {
        Value::String(text) => *text = values::fill(text, known)?,
        Value::Array(items) => {
            for item in items {
                replace(item, known)?;
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                replace(field, known)?;
            }
        }
        _ => {}
    }
    Ok(())
}
