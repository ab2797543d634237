//! How ElastiCache spells tags and ownership: its answers hold no tags, so a name that is not
//! recorded is proven by a call of its own.

use aws_sdk_elasticache::types::Tag;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Found, Resource, Result, Wanted};

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    let tags = scope.tags(claim).into_iter();
    tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// A live object found by name, if it is ours.
pub async fn owned<R: Resource>(
    scope: &Scope,
    wanted: &Wanted<R>,
    arn: &str,
    live: R::Live,
) -> Result<Option<Found<R::Live>>> {
    if wanted.live.is_some() {
        return Ok(Some(Found::asked(&wanted.address, live)));
    }
    let call = scope.aws.elasticache.list_tags_for_resource().resource_name(arn);
    let answer = match call.send().await {
        Ok(answer) => answer,
        // "Not there" is an answer, not a failure.
        Err(error) => match Failure::from(error) {
            failure if verdict(&failure) == Verdict::Gone => return Ok(None),
            failure => return Err(failure),
        },
    };
    let pairs = || answer.tag_list().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
    let ours = pairs().any(|pair| pair == (tags::STACK, scope.stack.name.as_str()));
    let found = Found::tagged(pairs(), live);
    Ok(Some(found).filter(|found| ours && found.address.as_ref() == Some(&wanted.address)))
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("elasticache", action, format!("the answer holds no {what}"))
}
