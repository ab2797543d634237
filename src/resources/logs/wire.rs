//! How CloudWatch Logs spells tags and ownership.

use std::collections::HashMap;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::Result;

/// The tags of a log group that is this stack's; none when it is a stranger's or gone.
pub async fn our_tags(scope: &Scope, arn: &str) -> Result<Option<HashMap<String, String>>> {
    let answer = scope.aws.logs.list_tags_for_resource().resource_arn(arn).send().await;
    match answer.map_err(Failure::from) {
        Ok(answer) => {
            let ours = |tags: &HashMap<String, String>| {
                tags.get(tags::STACK) == Some(&scope.stack.name) && tags.contains_key(tags::ADDRESS)
            };
            Ok(answer.tags.filter(ours))
        }
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}
