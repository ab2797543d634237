//! How RDS spells tags and ownership.

use aws_sdk_rds::types::Tag;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Found, Resource, Result, Wanted};

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    let tags = scope.tags(claim).into_iter();
    tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// A live object recognized by the tags on it; `None` when it is not this stack's.
pub fn recognized<L>(scope: &Scope, tags: &[Tag], live: L) -> Option<Found<L>> {
    let pairs = || tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
    pairs()
        .any(|pair| pair == (tags::STACK, scope.stack.name.as_str()))
        .then(|| Found::tagged(pairs(), live))
}

/// A live object found by name. A recorded one was proven ours when it was made; any other must
/// show it by its tags, which take a call of their own.
pub async fn owned<R: Resource>(
    scope: &Scope,
    wanted: &Wanted<R>,
    arn: &str,
    live: R::Live,
) -> Result<Option<Found<R::Live>>> {
    if wanted.live.is_some() {
        return Ok(Some(Found::asked(&wanted.address, live)));
    }
    match scope.aws.rds.list_tags_for_resource().resource_name(arn).send().await {
        Ok(answer) => Ok(recognized(scope, answer.tag_list(), live)
            .filter(|found| found.address.as_ref() == Some(&wanted.address))),
        // "Not there" is an answer, not a failure.
        Err(error) => match Failure::from(error) {
            failure if verdict(&failure) == Verdict::Gone => Ok(None),
            failure => Err(failure),
        },
    }
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("rds", action, format!("the answer holds no {what}"))
}

/// AWS answers lists in any order.
pub fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// Whether `live` is the version the profile asks for: `8.4` is any `8.4.x`.
pub fn is_version(desired: &str, live: &str) -> bool {
    live.strip_prefix(desired).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The name of the snapshot a database leaves behind: the same for every try of the same delete,
/// another for a later database of the same name.
pub fn final_snapshot(id: &str, resource_id: &str) -> String {
    let letters: Vec<char> = resource_id.chars().filter(char::is_ascii_alphanumeric).collect();
    let end: String = letters.iter().rev().take(8).rev().collect();
    format!("{id}-final-{}", end.to_lowercase())
}
