//! How Certificate Manager spells tags, and which client speaks for a certificate's region.

use std::collections::BTreeMap;

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateDetail, Tag};

use crate::aws::{Failure, Scope, Verdict, verdict};
use crate::resource::{Claim, Result};

/// The tags of a new certificate, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    let tag = |(k, v)| Tag::builder().key(k).value(v).build().ok();
    scope.tags(claim).into_iter().filter_map(tag).collect()
}

/// The tags of a certificate.
pub async fn tags(client: &Client, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = client.list_tags_for_certificate().certificate_arn(arn).send().await?;
    let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned());
    Ok(answer.tags().iter().map(pair).collect())
}

/// An ARN names its region: `arn:aws:acm:us-east-1:…`.
pub fn client<'a>(scope: &'a Scope, arn: &str) -> &'a Client {
    match arn.split(':').nth(3) {
        Some("us-east-1") => &scope.aws.acm_us_east_1,
        _ => &scope.aws.acm,
    }
}

/// What AWS says about a certificate; `None` when there is none.
pub async fn describe(scope: &Scope, arn: &str) -> Result<Option<CertificateDetail>> {
    let call = client(scope, arn).describe_certificate().certificate_arn(arn);
    match call.send().await.map_err(Failure::from) {
        Ok(answer) => Ok(answer.certificate),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}
