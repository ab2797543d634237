//! One access key, and the secret that holds the SMTP password made of it.
//!
//! AWS shows an access key's secret once. If that answer is lost, the key is worth nothing: it is
//! deleted and another is made. Which key a secret's value belongs to is told by the version of the
//! value: its id is made of the key's id, so nobody ever has to read the value.

use aws_sdk_secretsmanager::types::Tag;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::password::smtp_password;
use crate::aws::{Failure, Hidden, Verdict, verdict};
use crate::resource::{Claim, Result, Scope};
use crate::resources::iam::wire::{done, missing};
use crate::resources::secrets::wire::{current, describe, is_ours};

/// Whether the platform can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credentials {
    /// There is one access key, and the secret holds its password.
    Stored,
    /// Key or secret is missing, or they do not belong together.
    Missing,
}

/// Our secret as AWS describes it, without its value.
pub struct Holder {
    pub arn: String,
    /// Id of the version that is current.
    pub version: Option<String>,
}

/// The version id under which the password of a key is stored.
fn version_of(key: &str) -> String {
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub async fn look(scope: &Scope, name: &str) -> Result<(Credentials, Option<Holder>)> {
    let holder = holder(scope, name).await?;
    let version = holder.as_ref().and_then(|holder| holder.version.clone());
    let stored = match keys(scope, name).await?.as_slice() {
        [only] if version == Some(version_of(only)) => Credentials::Stored,
        _ => Credentials::Missing,
    };
    Ok((stored, holder))
}

/// Safe to repeat: every key but the stored one is deleted before another is made.
pub async fn converge(scope: &Scope, name: &str, claim: &Claim) -> Result<()> {
    let holder = holder(scope, name).await?;
    let stored = holder.as_ref().and_then(|holder| holder.version.clone());
    let (good, stray): (Vec<_>, Vec<_>) = keys(scope, name)
        .await?
        .into_iter()
        .partition(|key| stored.as_ref() == Some(&version_of(key)));
    for key in stray {
        delete_key(scope, name, &key).await?;
    }
    if !good.is_empty() {
        return Ok(());
    }
    let answer = scope.aws.iam.create_access_key().user_name(name).send().await?;
    let key = answer.access_key().ok_or_else(|| missing("CreateAccessKey", "key"))?;
    let password = smtp_password(key.secret_access_key(), &scope.stack.region);
    let value = password.map(|password| content(scope, key.access_key_id(), &password));
    store(scope, name, holder, &version_of(key.access_key_id()), value, claim).await
}

/// What the secret holds.
fn content(scope: &Scope, key: &str, password: &str) -> String {
    let host = format!("email-smtp.{}.{}", scope.stack.region, domain(&scope.stack.partition));
    json!({"host": host, "port": 587, "username": key, "password": password}).to_string()
}

fn domain(partition: &str) -> &'static str {
    if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}

async fn store(
    scope: &Scope,
    name: &str,
    holder: Option<Holder>,
    version: &str,
    value: Hidden<String>,
    claim: &Claim,
) -> Result<()> {
    let secrets = &scope.aws.secrets;
    if let Some(holder) = holder {
        let call = secrets.put_secret_value().secret_id(holder.arn).client_request_token(version);
        call.secret_string(value.expose()).send().await?;
        return Ok(());
    }
    let tags = scope.tags(claim).into_iter();
    let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let call = secrets.create_secret().name(name).client_request_token(version);
    call.secret_string(value.expose()).set_tags(Some(tags)).send().await?;
    Ok(())
}

/// A secret of this name that carries our tag and is not on its way out.
async fn holder(scope: &Scope, name: &str) -> Result<Option<Holder>> {
    let secret = describe(scope, name).await?;
    let ours =
        secret.filter(|secret| secret.deleted_date().is_none() && is_ours(scope, secret.tags()));
    Ok(ours.and_then(|secret| {
        let version = current(secret.version_ids_to_stages());
        Some(Holder { arn: secret.arn()?.to_owned(), version })
    }))
}

/// The ids of the user's access keys.
async fn keys(scope: &Scope, name: &str) -> Result<Vec<String>> {
    let pages = scope.aws.iam.list_access_keys().user_name(name).into_paginator();
    let result: std::result::Result<Vec<_>, _> = pages.items().send().collect().await;
    match result.map_err(Failure::from) {
        Ok(keys) => {
            Ok(keys.iter().filter_map(|key| Some(key.access_key_id()?.to_owned())).collect())
        }
        // The user is on its way out or not visible yet.
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

async fn delete_key(scope: &Scope, name: &str, key: &str) -> Result<()> {
    let call = scope.aws.iam.delete_access_key().user_name(name).access_key_id(key);
    done(call.send().await)
}

/// What the secret holds is worth nothing without the key, so it goes without a recovery window
/// that would block its name.
pub async fn remove(scope: &Scope, name: &str) -> Result<()> {
    if let Some(holder) = holder(scope, name).await? {
        let call = scope.aws.secrets.delete_secret().secret_id(holder.arn);
        done(call.force_delete_without_recovery(true).send().await)?;
    }
    for key in keys(scope, name).await? {
        delete_key(scope, name, &key).await?;
    }
    Ok(())
}
