//! How EC2 spells tags, ownership and missing answers.

use std::sync::Arc;

use aws_sdk_ec2::types::{Filter, ResourceType, RouteTable, Tag, TagSpecification};

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Found, Result};

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim, what: ResourceType) -> TagSpecification {
    let tags = scope.tags(claim).into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build());
    TagSpecification::builder().resource_type(what).set_tags(Some(tags.collect())).build()
}

/// Only what carries this stack's tag.
pub fn ours(scope: &Scope) -> Filter {
    filter(&format!("tag:{}", tags::STACK), &scope.stack.name)
}

pub fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// A live object recognized by its EC2 tags.
pub fn found<L>(tags: &[Tag], live: L) -> Found<L> {
    Found::tagged(tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?))), live)
}

/// The stack's route tables; tables and routes both read them.
pub async fn route_tables(scope: &Scope) -> Result<Arc<Vec<RouteTable>>> {
    let call = scope.aws.ec2.describe_route_tables().filters(ours(scope));
    let ask = async { Ok(call.into_paginator().items().send().collect::<Result<_, _>>().await?) };
    scope.shared("route tables", ask).await
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    Failure::unexpected("ec2", action, format!("the answer holds no {what}"))
}

/// A step of a removal whose object may be gone already.
pub fn gone<T, E: Into<Failure>>(answer: Result<T, E>) -> Result<()> {
    unless(answer, Verdict::Gone)
}

/// An attachment that may have been made already.
pub fn already<T, E: Into<Failure>>(answer: Result<T, E>) -> Result<()> {
    unless(answer, Verdict::Exists)
}

fn unless<T, E: Into<Failure>>(answer: Result<T, E>, fine: Verdict) -> Result<()> {
    match answer.map_err(Into::into) {
        Err(failure) if verdict(&failure) != fine => Err(failure),
        _ => Ok(()),
    }
}
