//! How SES spells tags, and what it says about an identity.

use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::types::Tag;

use crate::aws::{Failure, Scope, Verdict, verdict};
use crate::resource::{Claim, Result};

/// The tags of a new identity, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Vec<Tag> {
    let tag = |(k, v)| Tag::builder().key(k).value(v).build().ok();
    scope.tags(claim).into_iter().filter_map(tag).collect()
}

/// What AWS says about an identity; `None` when there is none.
pub async fn identity(scope: &Scope, domain: &str) -> Result<Option<GetEmailIdentityOutput>> {
    let call = scope.aws.ses.get_email_identity().email_identity(domain);
    match call.send().await.map_err(Failure::from) {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}
