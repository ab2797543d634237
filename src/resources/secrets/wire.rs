//! How Secrets Manager spells tags, ownership and versions, and the one way secret values come in.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, Tag};
use serde_json::Value;

use crate::aws::{Failure, Hidden, Scope, Verdict, tags, verdict};
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

/// This stack's secrets, those that other kinds keep for themselves among them.
pub async fn listed(scope: &Scope) -> Result<Arc<Vec<SecretListEntry>>> {
    scope.shared("secrets", ask(scope)).await
}

async fn ask(scope: &Scope) -> Result<Vec<SecretListEntry>> {
    let filter = |key, value: &str| Filter::builder().key(key).values(value).build();
    let call = scope
        .aws
        .secrets
        .list_secrets()
        .filters(filter(FilterNameStringType::TagKey, tags::STACK))
        .filters(filter(FilterNameStringType::TagValue, &scope.stack.name));
    let pages = call.into_paginator().send().collect::<Result<Vec<_>, _>>().await?;
    let mut all: Vec<_> = pages.iter().flat_map(|page| page.secret_list()).cloned().collect();
    // The filters match beginnings, and key and value may be of different tags.
    all.retain(|entry| is_ours(scope, entry.tags()));
    Ok(all)
}

/// One secret by name or ARN, without its value; also one that is on its way out.
pub async fn describe(scope: &Scope, id: &str) -> Result<Option<DescribeSecretOutput>> {
    match scope.aws.secrets.describe_secret().secret_id(id).send().await {
        Ok(found) => Ok(Some(found)),
        Err(error) => match Failure::from(error) {
            failure if verdict(&failure) == Verdict::Gone => Ok(None),
            failure => Err(failure),
        },
    }
}

/// The id of the version whose value counts: it tells that a value is another, and nothing of it.
pub fn current(stages: Option<&HashMap<String, Vec<String>>>) -> Option<String> {
    let is_current = |stages: &[String]| stages.iter().any(|stage| stage == "AWSCURRENT");
    let mut current = stages.into_iter().flatten().filter(|(_, stages)| is_current(stages));
    current.next().map(|(id, _)| id.clone())
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
