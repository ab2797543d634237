//! How IAM spells tags, ownership, and policy documents.

use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, RoleDetail, Tag, UserDetail};
use serde_json::Value;

use crate::aws::{Failure, Scope, StackId, Verdict, tags, verdict};
use crate::resource::{Claim, Found, Result};

/// Everything of a stack stands under one path, so it can be told apart in an answer about the
/// whole account. IAM knows no regions, so the region is part of it.
pub fn path(stack: &StackId) -> String {
    format!("/edxaws/{}/{}/", stack.region, stack.name)
}

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    let tags = scope.tags(claim).into_iter();
    tags.filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// Whether path and tag both say that the object is this stack's.
pub fn ours(scope: &Scope, object_path: Option<&str>, tags: &[Tag]) -> bool {
    let tagged = |tag: &Tag| tag.key() == tags::STACK && tag.value() == scope.stack.name;
    object_path == Some(path(&scope.stack).as_str()) && tags.iter().any(tagged)
}

/// A live object recognized by its IAM tags.
pub fn found<L>(tags: &[Tag], live: L) -> Found<L> {
    Found::tagged(tags.iter().map(|tag| (tag.key(), tag.value())), live)
}

/// This stack's roles with their policies and tags: the one call that shows all of it at once.
pub async fn roles(scope: &Scope) -> Result<Arc<Vec<RoleDetail>>> {
    scope.shared("iam roles", ask_roles(scope)).await
}

async fn ask_roles(scope: &Scope) -> Result<Vec<RoleDetail>> {
    let call = scope.aws.iam.get_account_authorization_details().filter(EntityType::Role);
    let mut pages = call.max_items(1000).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        all.extend(
            page.role_detail_list().iter().filter(|r| ours(scope, r.path(), r.tags())).cloned(),
        );
    }
    Ok(all)
}

/// This stack's users, likewise.
pub async fn users(scope: &Scope) -> Result<Vec<UserDetail>> {
    let call = scope.aws.iam.get_account_authorization_details().filter(EntityType::User);
    let mut pages = call.max_items(1000).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        all.extend(
            page.user_detail_list().iter().filter(|u| ours(scope, u.path(), u.tags())).cloned(),
        );
    }
    Ok(all)
}

/// A step of a larger removal: what is gone already counts as done.
pub fn done<T>(result: Result<T, impl Into<Failure>>) -> Result<()> {
    match result.map_err(Into::into) {
        Err(failure) if verdict(&failure) != Verdict::Gone => Err(failure),
        _ => Ok(()),
    }
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("iam", action, format!("the answer holds no {what}"))
}

/// A policy document as IAM shows it (percent-encoded), in the form that is compared.
pub fn document(encoded: &str) -> Value {
    let text = percent_decoded(encoded);
    serde_json::from_str(&text).map_or(Value::String(text), |document| canonical(&document))
}

/// The same document, however it is spelled: a list of one is its element, other lists of words are
/// sorted. Lists of statements keep their order.
pub fn canonical(document: &Value) -> Value {
    match document {
        Value::Object(map) => {
            map.iter().map(|(key, inner)| (key.clone(), canonical(inner))).collect()
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(canonical).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            match items.len() {
                1 => items.remove(0),
                _ => Value::Array(items),
            }
        }
        other => other.clone(),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_compare_however_they_are_spelled() {
        let shown = document(
            "%7B%22Action%22%3A%5B%22s3%3ABb%22%2C%22s3%3AAa%22%5D%2C%22R%22%3A%22%2A%22%7D",
        );
        assert_eq!(shown, canonical(&json!({"R": ["*"], "Action": ["s3:Aa", "s3:Bb"]})));
        assert_ne!(shown, canonical(&json!({"R": ["*"], "Action": ["s3:Aa"]})));
    }

    #[test]
    fn a_lonely_percent_sign_stays() {
        assert_eq!(percent_decoded("100%25 %zz %2"), "100% %zz %2");
    }
}
