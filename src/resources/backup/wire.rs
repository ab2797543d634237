//! How AWS Backup spells tags, ownership and missing answers.

use std::collections::HashMap;

use aws_smithy_types::error::operation::BuildError;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Result};

/// The tags of a new vault or plan, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> HashMap<String, String> {
    scope.tags(claim).into_iter().collect()
}

/// An object's tags when they say that it belongs to this stack.
pub async fn tags_of_ours(scope: &Scope, arn: &str) -> Result<Option<HashMap<String, String>>> {
    let answer = scope.aws.backup.list_tags().resource_arn(arn).send().await;
    let found = present(answer.map_err(Failure::from))?;
    let found = found.map(|answer| answer.tags.unwrap_or_default());
    Ok(found.filter(|all| all.get(tags::STACK) == Some(&scope.stack.name)))
}

/// The pairs of a tag map, for `Found::tagged`.
pub fn pairs(tags: &HashMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Absent instead of an error where Backup says that it is not there.
pub fn present<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Puts what the SDK could not build into words.
pub fn built<T>(action: &str, part: Result<T, BuildError>) -> Result<T> {
    part.map_err(|error| Failure::unexpected("backup", action, error.to_string()))
}
