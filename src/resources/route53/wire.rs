//! How Route 53 spells ids, names and ownership.

pub mod record;
pub mod records;

use std::collections::BTreeMap;

use aws_sdk_route53::types::{HostedZone, Tag, TagResourceType};

use crate::aws::Scope;
use crate::resource::{Claim, Result};

/// `/hostedzone/Z1` and `/change/C1` are answered, `Z1` and `C1` are asked for.
pub fn bare(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}

/// One spelling of a DNS name: lower case, no final dot, `*` as itself.
pub fn plain(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*").to_lowercase()
}

/// Public zones of exactly this name; a name may have several.
pub async fn zones_named(scope: &Scope, name: &str) -> Result<Vec<HostedZone>> {
    let answer = scope.aws.route53.list_hosted_zones_by_name().dns_name(name).send().await?;
    let private = |zone: &HostedZone| zone.config().is_some_and(|config| config.private_zone());
    let fits = |zone: &HostedZone| plain(zone.name()) == plain(name) && !private(zone);
    Ok(answer.hosted_zones.into_iter().filter(fits).collect())
}

pub async fn tags(scope: &Scope, zone: &str) -> Result<BTreeMap<String, String>> {
    let call = scope.aws.route53.list_tags_for_resource();
    let call = call.resource_type(TagResourceType::Hostedzone).resource_id(zone);
    let answer = call.send().await?;
    let tags = answer.resource_tag_set().map(|set| set.tags()).unwrap_or_default();
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
    Ok(tags.iter().filter_map(pair).collect())
}

pub fn tag_list(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    scope.tags(claim).into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}
