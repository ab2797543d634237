//! How CloudWatch spells tags and ownership.

pub mod subject;

use aws_sdk_cloudwatch::types::Tag;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Result};

/// The tags of a new alarm, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    let tags = scope.tags(claim).into_iter();
    tags.map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// An alarm's tags when they say that it belongs to this stack.
pub async fn tags_of_ours(scope: &Scope, arn: &str) -> Result<Option<Vec<Tag>>> {
    let answer = scope.aws.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await;
    let tags = match answer.map_err(Failure::from) {
        Ok(answer) => answer.tags.unwrap_or_default(),
        Err(failure) if verdict(&failure) == Verdict::Gone => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let ours = tags.iter().any(|tag| {
        tag.key() == Some(tags::STACK) && tag.value() == Some(scope.stack.name.as_str())
    });
    Ok(ours.then_some(tags))
}
