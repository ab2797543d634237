//! How CloudFront spells tags and ownership, and the configuration of a distribution.

pub mod config;

use aws_sdk_cloudfront::types::{Tag, Tags};
use aws_smithy_types::error::operation::BuildError;

use crate::aws::{Failure, Scope, tags};
use crate::resource::{Claim, Found, Result};

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Tags {
    let tag = |(k, v)| Tag::builder().key(k).value(v).build().ok();
    Tags::builder().set_items(Some(scope.tags(claim).into_iter().filter_map(tag).collect())).build()
}

/// The live object, if its tags name this stack.
pub async fn owned<L>(scope: &Scope, arn: &str, live: L) -> Result<Option<Found<L>>> {
    let call = scope.aws.cloudfront.list_tags_for_resource().resource(arn);
    let answer = call.send().await?;
    let tags = answer.tags().map(|tags| tags.items()).unwrap_or_default();
    let pairs: Vec<_> =
        tags.iter().map(|tag| (tag.key(), tag.value().unwrap_or_default())).collect();
    let ours = pairs.contains(&(tags::STACK, scope.stack.name.as_str()));
    Ok(ours.then(|| Found::tagged(pairs, live)).filter(|found| found.address.is_some()))
}

/// Ownership in a description, for what takes no tags: `edxaws:stack=… edxaws:address=…
/// edxaws:claim=…`.
pub fn description(scope: &Scope, claim: &Claim) -> String {
    let own = [tags::STACK, tags::ADDRESS, tags::CLAIM];
    let all = scope.tags(claim);
    let pairs = own.iter().filter_map(|key| Some(format!("{key}={}", all.get(*key)?)));
    pairs.collect::<Vec<_>>().join(" ")
}

/// The live object, if its description names this stack.
pub fn described<L>(scope: &Scope, description: &str, live: L) -> Option<Found<L>> {
    let pairs: Vec<_> = description.split(' ').filter_map(|pair| pair.split_once('=')).collect();
    let ours = pairs.contains(&(tags::STACK, scope.stack.name.as_str()));
    ours.then(|| Found::tagged(pairs, live)).filter(|found| found.address.is_some())
}

/// A request that cannot be spelled: never sent.
pub fn incomplete(error: BuildError) -> Failure {
    Failure::unexpected("cloudfront", "Build", error.to_string())
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("cloudfront", action, format!("the answer holds no {what}"))
}
