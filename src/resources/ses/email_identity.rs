//! The domain that mail is sent from, with DKIM keys that AWS keeps.

use aws_sdk_sesv2::types::DkimAttributes;
use serde::{Deserialize, Serialize};

use super::wire::{identity, tagged};
use crate::aws::tags;
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ready, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a sending domain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailIdentity {
    pub domain: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EmailIdentityLive {
    pub domain: String,
    /// Three names under `_domainkey`, to be published as CNAMEs.
    pub tokens: Vec<String>,
    /// Where AWS publishes the keys.
    pub signing_zone: String,
}

impl Resource for EmailIdentity {
    const KIND: &'static str = "email_identity";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "ses:CreateEmailIdentity",
        "ses:DeleteEmailIdentity",
        "ses:GetEmailIdentity",
        "ses:TagResource",
    ];

    type Live = EmailIdentityLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<EmailIdentityLive>>> {
        let mut found = Vec::new();
        for one in wanted {
            let recorded = one.live.as_ref().map(|live| &live.domain);
            let domain = recorded.unwrap_or(&one.desired.domain);
            let Some(answer) = identity(scope, domain).await? else { continue };
            let pairs: Vec<_> = answer.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            if pairs.contains(&(tags::STACK, scope.stack.name.as_str())) {
                found.push(Found::tagged(pairs, read(domain, answer.dkim_attributes())));
            }
        }
        found.retain(|one| one.address.is_some());
        Ok(found)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<EmailIdentityLive> {
        let call = scope.aws.ses.create_email_identity().email_identity(&self.domain);
        let answer = call.set_tags(Some(tagged(scope, claim))).send().await?;
        Ok(read(&self.domain, answer.dkim_attributes()))
    }

    async fn update(
        &self,
        _scope: &Scope,
        _live: &EmailIdentityLive,
        _claim: &Claim,
    ) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &EmailIdentityLive) -> Result<()> {
        scope.aws.ses.delete_email_identity().email_identity(&live.domain).send().await?;
        Ok(())
    }

    fn diff(&self, live: &EmailIdentityLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("domain", &self.domain, &live.domain);
        diff.finish()
    }

    fn ready(&self, live: &EmailIdentityLive) -> Ready {
        match live.tokens.is_empty() {
            true => Ready::Wait("DKIM keys".to_owned()),
            false => Ready::Yes,
        }
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let mails = meter.share::<Self>(&usage::MAILS).in_units_of(1_000);
        tariff::mail(meter.sheet(), mails);
    }
}

fn read(domain: &str, keys: Option<&DkimAttributes>) -> EmailIdentityLive {
    let mut tokens = keys.map(|keys| keys.tokens().to_vec()).unwrap_or_default();
    tokens.sort();
    // Older regions publish the keys in one common zone and do not name it.
    let zone = keys.and_then(DkimAttributes::signing_hosted_zone).unwrap_or("dkim.amazonses.com");
    EmailIdentityLive {
        domain: domain.to_owned(),
        tokens,
        signing_zone: zone.trim_end_matches('.').to_owned(),
    }
}
