//! Waits until SES believes that a domain is ours; makes nothing.

use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use serde::{Deserialize, Serialize};

use super::EmailIdentity;
use super::wire::identity;
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Ready, Ref, Resource, Result, Scope,
    Times, Wanted,
};
use crate::resources::route53::RecordSet;

/// A sending domain whose DKIM records are published.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailVerification {
    pub identity: Ref<EmailIdentity>,
    pub records: Ref<RecordSet>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EmailVerificationLive {
    pub domain: String,
    pub verified: bool,
    pub status: String,
}

impl Resource for EmailVerification {
    const KIND: &'static str = "email_verification";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((60, 120, 300), (0, 0, 1));
    const ACTIONS: &'static [&'static str] = &["ses:GetEmailIdentity"];
    const FORGET_ON_DELETE: bool = true;

    type Live = EmailVerificationLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<EmailVerificationLive>>> {
        let mut found = Vec::new();
        for one in wanted {
            let recorded = one.live.as_ref().map(|live| live.domain.clone());
            let upstream = scope.live(&one.desired.identity).ok().map(|live| live.domain);
            let Some(domain) = recorded.or(upstream) else { continue };
            if let Some(live) = scope.recorded(one.live.as_ref()) {
                found.push(Found::asked(&one.address, live.clone()));
                continue;
            }
            let answer = identity(scope, &domain).await?;
            found.extend(answer.map(|answer| Found::asked(&one.address, read(&domain, &answer))));
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<EmailVerificationLive> {
        let domain = scope.live(&self.identity)?.domain;
        let answer = identity(scope, &domain).await?;
        answer.map(|answer| read(&domain, &answer)).ok_or_else(|| {
            let message = format!("the identity `{domain}` is not there");
            Failure::unexpected("sesv2", "GetEmailIdentity", message)
        })
    }

    async fn update(
        &self,
        _scope: &Scope,
        _live: &EmailVerificationLive,
        _claim: &Claim,
    ) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _scope: &Scope, _live: &EmailVerificationLive) -> Result<()> {
        Ok(())
    }

    fn diff(&self, live: &EmailVerificationLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        let domain = facts.map(&self.identity, |identity| identity.domain);
        diff.fixed_fact("identity", domain, &live.domain);
        diff.finish()
    }

    fn ready(&self, live: &EmailVerificationLive) -> Ready {
        if live.verified { Ready::Yes } else { Ready::status(&live.status, &[], &["FAILED"]) }
    }
}

fn read(domain: &str, answer: &GetEmailIdentityOutput) -> EmailVerificationLive {
    EmailVerificationLive {
        domain: domain.to_owned(),
        verified: answer.verified_for_sending_status(),
        status: answer.verification_status().map(|one| one.as_str().to_owned()).unwrap_or_default(),
    }
}
