//! How SNS spells tags, ownership and missing answers.

use aws_sdk_sns::types::Tag;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Result};

/// The tags of a new topic, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Result<Vec<Tag>> {
    let tag = |(key, value): (String, String)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| Failure::unexpected("sns", "CreateTopic", error.to_string()))
    };
    scope.tags(claim).into_iter().map(tag).collect()
}

/// A topic's tags when they say that it belongs to this stack.
pub async fn tags_of_ours(scope: &Scope, arn: &str) -> Result<Option<Vec<Tag>>> {
    let answer = scope.aws.sns.list_tags_for_resource().resource_arn(arn).send().await;
    let found =
        present(answer.map_err(Failure::from))?.map(|answer| answer.tags.unwrap_or_default());
    let ours = |set: &Vec<Tag>| {
        set.iter().any(|tag| tag.key == tags::STACK && tag.value == scope.stack.name)
    };
    Ok(found.filter(ours))
}

/// Absent instead of an error where SNS says that it is not there.
pub fn present<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}
