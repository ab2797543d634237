//! How Elastic Load Balancing spells tags and ownership: names are unique, tags are a call apart.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::Tag;

use crate::address::Address;
use crate::aws::{Failure, Scope, tags};
use crate::resource::{Claim, Found, Result};

/// The tags of a new object, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    scope.tags(claim).into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// Whether a name can be this stack's; the tags decide.
pub fn possible(scope: &Scope, name: &str) -> bool {
    name.starts_with(&format!("edxaws-{}-", scope.stack.name))
}

/// Objects by ARN, each with the address it is recorded under, if any. Those without are kept when
/// their tags name this stack; only they cost a call, one for twenty of them.
pub async fn owned<L>(
    scope: &Scope,
    objects: Vec<(String, Option<Address>, L)>,
) -> Result<Vec<Found<L>>> {
    let unknown = objects.iter().filter(|(_, recorded, _)| recorded.is_none());
    let arns: Vec<String> = unknown.map(|(arn, ..)| arn.clone()).collect();
    let tags = tags_of(scope, &arns).await?;
    let keep = |(arn, recorded, live): (String, Option<Address>, L)| match recorded {
        Some(address) => Some(Found::asked(&address, live)),
        None => {
            let tags = tags.get(&arn)?;
            let ours = tags.get(tags::STACK) == Some(&scope.stack.name);
            let pairs = tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            ours.then(|| Found::tagged(pairs, live)).filter(|found| found.address.is_some())
        }
    };
    Ok(objects.into_iter().filter_map(keep).collect())
}

/// AWS answers for twenty ARNs at a time.
async fn tags_of(
    scope: &Scope,
    arns: &[String],
) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let mut all = BTreeMap::new();
    for batch in arns.chunks(20) {
        let call = scope.aws.elbv2.describe_tags().set_resource_arns(Some(batch.to_vec()));
        for one in call.send().await?.tag_descriptions() {
            let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
            let tags = one.tags().iter().filter_map(pair).collect();
            all.insert(one.resource_arn().unwrap_or_default().to_owned(), tags);
        }
    }
    Ok(all)
}

/// What a create must have answered with.
pub fn missing(action: &str, what: &str) -> Failure {
    let message = format!("the answer holds no {what}");
    Failure::unexpected("elasticloadbalancingv2", action, message)
}
