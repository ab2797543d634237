//! How S3 spells tags, ownership and missing answers.

pub mod empty;
pub mod settings;

use aws_sdk_s3::types::Tag;
use aws_smithy_types::error::operation::BuildError;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Result};

/// The tags of a new bucket, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Result<Vec<Tag>> {
    let tags = scope.tags(claim).into_iter();
    tags.map(|(k, v)| built("CreateBucket", Tag::builder().key(k).value(v).build())).collect()
}

/// A bucket's tags when they say that it belongs to this stack.
pub async fn tags_of_ours(scope: &Scope, bucket: &str) -> Result<Option<Vec<Tag>>> {
    let answer = scope.aws.s3.get_bucket_tagging().bucket(bucket).send().await;
    let found = present(answer.map_err(Failure::from))?.map(|answer| answer.tag_set);
    let ours = |set: &Vec<Tag>| {
        set.iter().any(|tag| tag.key == tags::STACK && tag.value == scope.stack.name)
    };
    Ok(found.filter(ours))
}

/// Absent instead of an error where S3 says that the bucket or the setting is not there.
pub fn present<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Puts what the SDK could not build into words.
pub fn built<T>(action: &str, part: Result<T, BuildError>) -> Result<T> {
    part.map_err(|error| Failure::unexpected("s3", action, error.to_string()))
}

/// The end of AWS's host names, which differs in China.
pub fn dns_suffix(partition: &str) -> &'static str {
    if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}
