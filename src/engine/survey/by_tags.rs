//! Asking the tagging service instead of each kind: whether a thing exists, and nothing about it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};

use super::Sighting;
use crate::address::Address;
use crate::aws::{Failure, Scope, tags};
use crate::resource::Result;
use crate::state::{Phase, State};

/// What is recorded as ready and carries the tags of its claim. The service knows a region; what is
/// global, or carries no tags, is not in its answer.
pub async fn by_tags(scope: &Scope, state: &State) -> Result<BTreeMap<Address, Sighting>> {
    let of_stack = TagFilter::builder().key(tags::STACK).values(&scope.stack.name).build();
    let call = scope.aws.tagging.get_resources().tag_filters(of_stack);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let seen: BTreeSet<String> =
        pages.await.map_err(Failure::from)?.iter().filter_map(token).collect();
    let ready = state.records.iter().filter(|(_, record)| record.phase == Phase::Ready);
    let known = ready.filter_map(|(address, record)| {
        let token = record.claim(address).token;
        let live = record.live.clone().filter(|_| seen.contains(&token))?;
        Some((address.clone(), Sighting { live, token: Some(token) }))
    });
    Ok(known.collect())
}

fn token(thing: &ResourceTagMapping) -> Option<String> {
    let claim = thing.tags().iter().find(|tag| tag.key() == tags::CLAIM)?;
    Some(claim.value().to_owned())
}
