//! How Secrets Manager spells tags and ownership, and the one way secret values come in.

use aws_sdk_secretsmanager::types::Tag;
use serde_json::Value;

use crate::aws::{Failure, Hidden, Scope, tags};
use crate::resource::{Address, Claim, Result};

/// The tags of a secret, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim, extra: (&str, String)) -> Vec<Tag> {
    let mut tags = scope.tags(claim);
    tags.insert(extra.0.to_owned(), extra.1);
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags as pairs.
pub fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> + Clone {
    tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)))
}

/// Whether the tags say that a secret is this stack's.
pub fn is_ours(scope: &Scope, tags: &[Tag]) -> bool {
    pairs(tags).any(|pair| pair == (tags::STACK, scope.stack.name.as_str()))
}

/// Whether the tags say that a secret is the one of `address` in this stack.
pub fn is_at(scope: &Scope, tags: &[Tag], address: &Address) -> bool {
    is_ours(scope, tags) && pairs(tags).any(|pair| pair == (tags::ADDRESS, address.as_str()))
}

/// The current value of a secret.
pub async fn value(scope: &Scope, id: &str) -> Result<Hidden<String>> {
    let answer = scope.aws.secrets.get_secret_value().secret_id(id).send().await?;
    let text = answer.secret_string().map(|text| Hidden::new(text.to_owned()));
    text.ok_or_else(|| missing("GetSecretValue", "text"))
}

/// A secret that is one password: plain, or under the key `password`.
pub async fn password(scope: &Scope, id: &str) -> Result<Hidden<String>> {
    let plain = value(scope, id).await?;
    Ok(plain.map(|text| match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(map)) => {
            map.get("password").and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
        }
        _ => text,
    }))
}

/// What a call must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("secretsmanager", action, format!("the answer holds no {what}"))
}
