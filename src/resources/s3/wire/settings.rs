//! The settings of a bucket, each read and written by a call of its own.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketVersioningStatus,
    CorsConfiguration, CorsRule, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, PublicAccessBlockConfiguration,
    VersioningConfiguration,
};
use serde::{Deserialize, Serialize};

use super::{built, present};
use crate::aws::{Failure, Scope};
use crate::resource::Result;

/// When S3 throws things away by itself, in days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    pub unfinished_uploads: Option<i32>,
    pub old_versions: Option<i32>,
    pub objects: Option<i32>,
}

pub async fn public_access_blocked(scope: &Scope, bucket: &str) -> Result<bool> {
    let answer = scope.aws.s3.get_public_access_block().bucket(bucket).send().await;
    let answer = present(answer.map_err(Failure::from))?;
    let blocked = answer.and_then(|one| one.public_access_block_configuration);
    Ok(blocked.is_some_and(|one| {
        [
            one.block_public_acls,
            one.ignore_public_acls,
            one.block_public_policy,
            one.restrict_public_buckets,
        ]
        .iter()
        .all(|on| *on == Some(true))
    }))
}

pub async fn block_public_access(scope: &Scope, bucket: &str) -> Result<()> {
    let all = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let call = scope.aws.s3.put_public_access_block().bucket(bucket);
    call.public_access_block_configuration(all).send().await?;
    Ok(())
}

pub async fn versioned(scope: &Scope, bucket: &str) -> Result<bool> {
    let answer = scope.aws.s3.get_bucket_versioning().bucket(bucket).send().await?;
    Ok(answer.status() == Some(&BucketVersioningStatus::Enabled))
}

/// Versioning that was once on can only be suspended.
pub async fn set_versioned(
    scope: &Scope,
    bucket: &str,
    status: BucketVersioningStatus,
) -> Result<()> {
    let wanted = VersioningConfiguration::builder().status(status).build();
    let call = scope.aws.s3.put_bucket_versioning().bucket(bucket);
    call.versioning_configuration(wanted).send().await?;
    Ok(())
}

/// The origins that browsers may fetch from, sorted.
pub async fn cors_origins(scope: &Scope, bucket: &str) -> Result<Vec<String>> {
    let answer = scope.aws.s3.get_bucket_cors().bucket(bucket).send().await;
    let answer = present(answer.map_err(Failure::from))?;
    let rules = answer.and_then(|one| one.cors_rules).unwrap_or_default();
    let mut origins: Vec<String> =
        rules.into_iter().flat_map(|rule| rule.allowed_origins).collect();
    origins.sort();
    Ok(origins)
}

pub async fn set_cors_origins(scope: &Scope, bucket: &str, origins: &[String]) -> Result<()> {
    if origins.is_empty() {
        scope.aws.s3.delete_bucket_cors().bucket(bucket).send().await?;
        return Ok(());
    }
    let rule = CorsRule::builder()
        .id("edxaws")
        .set_allowed_origins(Some(origins.to_vec()))
        .set_allowed_methods(Some(["GET", "HEAD", "PUT", "POST"].map(str::to_owned).to_vec()))
        .allowed_headers("*")
        .expose_headers("ETag")
        .max_age_seconds(3000);
    let rule = built("PutBucketCors", rule.build())?;
    let rules = built("PutBucketCors", CorsConfiguration::builder().cors_rules(rule).build())?;
    scope.aws.s3.put_bucket_cors().bucket(bucket).cors_configuration(rules).send().await?;
    Ok(())
}

pub async fn lifecycle(scope: &Scope, bucket: &str) -> Result<Lifecycle> {
    let answer = scope.aws.s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let answer = present(answer.map_err(Failure::from))?;
    let rules = answer.and_then(|one| one.rules).unwrap_or_default();
    let on = rules.iter().filter(|rule| rule.status == ExpirationStatus::Enabled);
    Ok(on.fold(Lifecycle::default(), |found, rule| {
        let uploads = rule.abort_incomplete_multipart_upload.as_ref();
        let versions = rule.noncurrent_version_expiration.as_ref();
        let objects = rule.expiration.as_ref();
        Lifecycle {
            unfinished_uploads: uploads
                .and_then(|one| one.days_after_initiation)
                .or(found.unfinished_uploads),
            old_versions: versions.and_then(|one| one.noncurrent_days).or(found.old_versions),
            objects: objects.and_then(|one| one.days).or(found.objects),
        }
    }))
}

pub async fn set_lifecycle(scope: &Scope, bucket: &str, wanted: &Lifecycle) -> Result<()> {
    let uploads = wanted
        .unfinished_uploads
        .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let versions = wanted
        .old_versions
        .map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build());
    let rule = LifecycleRule::builder()
        .id("edxaws")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .set_abort_incomplete_multipart_upload(uploads)
        .set_noncurrent_version_expiration(versions)
        .set_expiration(expiration(wanted));
    let rule = built("PutBucketLifecycleConfiguration", rule.build())?;
    let all = BucketLifecycleConfiguration::builder().rules(rule).build();
    let all = built("PutBucketLifecycleConfiguration", all)?;
    let call = scope.aws.s3.put_bucket_lifecycle_configuration().bucket(bucket);
    call.lifecycle_configuration(all).send().await?;
    Ok(())
}

/// Days also clear lonely delete markers; where nothing expires, that must be asked for.
fn expiration(wanted: &Lifecycle) -> Option<LifecycleExpiration> {
    let part = LifecycleExpiration::builder();
    match (wanted.objects, wanted.old_versions) {
        (Some(days), _) => Some(part.days(days).build()),
        (None, Some(_)) => Some(part.expired_object_delete_marker(true).build()),
        (None, None) => None,
    }
}
