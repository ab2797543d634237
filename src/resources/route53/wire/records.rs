//! Which of a zone's records belong to a record set.

use std::collections::BTreeSet;

use aws_sdk_route53::types::RrType;

use super::record::Entry;
use crate::aws::{Failure, Scope, Verdict, verdict};
use crate::resource::Result;

/// In our own zone: what stands under the names that are recorded or wanted. Without a record of
/// them they count as ours only when every one is exactly as wanted.
pub fn ours(
    all: &[Entry],
    recorded: Option<&[Entry]>,
    desired: Option<&[Entry]>,
) -> Option<Vec<Entry>> {
    let desired = desired.unwrap_or_default();
    let Some(recorded) = recorded else {
        let complete = !desired.is_empty() && desired.iter().all(|entry| all.contains(entry));
        return complete.then(|| desired.to_vec());
    };
    let keys: BTreeSet<_> = recorded.iter().chain(desired).map(Entry::key).collect();
    let found: Vec<Entry> = all.iter().filter(|one| keys.contains(&one.key())).cloned().collect();
    (!found.is_empty()).then_some(found)
}

/// In somebody else's zone: only what is exactly as recorded or wanted.
pub async fn foreign(
    scope: &Scope,
    zone: &str,
    recorded: Option<&[Entry]>,
    desired: Option<&[Entry]>,
) -> Result<Option<Vec<Entry>>> {
    let recorded = recorded.unwrap_or_default();
    let candidates: BTreeSet<&Entry> = recorded.iter().chain(desired.unwrap_or_default()).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for entry in &candidates {
        if seen.insert(entry.key())
            && let Some(there) = one_in(scope, zone, entry).await?
            && candidates.contains(&there)
        {
            found.push(there);
        }
    }
    Ok((!found.is_empty()).then_some(found))
}

/// All records of a zone, in a few calls; none when the zone is gone.
pub async fn all_in(scope: &Scope, zone: &str) -> Result<Vec<Entry>> {
    let mut all = Vec::new();
    let mut from: Option<(String, Option<RrType>)> = None;
    loop {
        let (name, kind) = from.take().unzip();
        let call = scope.aws.route53.list_resource_record_sets().hosted_zone_id(zone);
        let call = call.set_start_record_name(name).set_start_record_type(kind.flatten());
        let page = match call.send().await.map_err(Failure::from) {
            Ok(page) => page,
            Err(failure) if verdict(&failure) == Verdict::Gone => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        all.extend(page.resource_record_sets().iter().map(Entry::read));
        match page.next_record_name() {
            Some(next) if page.is_truncated() => {
                from = Some((next.to_owned(), page.next_record_type().cloned()));
            }
            _ => {
                all.sort();
                return Ok(all);
            }
        }
    }
}

/// What stands in a zone under an entry's name and type.
async fn one_in(scope: &Scope, zone: &str, entry: &Entry) -> Result<Option<Entry>> {
    let call = scope
        .aws
        .route53
        .list_resource_record_sets()
        .hosted_zone_id(zone)
        .start_record_name(&entry.name)
        .start_record_type(RrType::from(entry.kind.as_str()))
        .max_items(1);
    match call.send().await.map_err(Failure::from) {
        Ok(page) => {
            let first = page.resource_record_sets().first().map(Entry::read);
            Ok(first.filter(|there| there.key() == entry.key()))
        }
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}
