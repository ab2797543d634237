//! Waits until a requested certificate is issued; makes nothing.

use serde::{Deserialize, Serialize};

use super::Certificate;
use super::certificate::failed;
use super::wire::describe;
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Ready, Ref, Resource, Result, Scope,
    Times, Wanted,
};
use crate::resources::route53::RecordSet;

/// A certificate whose validation records are published.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateValidation {
    pub certificate: Ref<Certificate>,
    pub records: Ref<RecordSet>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateValidationLive {
    /// The certificate's.
    pub arn: String,
    pub status: String,
    pub failure: Option<String>,
}

impl Resource for CertificateValidation {
    const KIND: &'static str = "certificate_validation";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((60, 100, 540), (0, 0, 1));
    const ACTIONS: &'static [&'static str] = &["acm:DescribeCertificate"];
    const FORGET_ON_DELETE: bool = true;

    type Live = CertificateValidationLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<CertificateValidationLive>>> {
        let mut found = Vec::new();
        for one in wanted {
            let upstream = scope.live(&one.desired.certificate).ok().map(|live| live.arn);
            let arn = one.live.as_ref().map(|live| live.arn.clone()).or(upstream);
            let Some(arn) = arn else { continue };
            if let Some(live) = scope.recorded(one.live.as_ref()) {
                found.push(Found::asked(&one.address, live.clone()));
                continue;
            }
            let live = read(scope, &arn).await?;
            found.extend(live.map(|live| Found::asked(&one.address, live)));
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<CertificateValidationLive> {
        let arn = scope.live(&self.certificate)?.arn;
        read(scope, &arn).await?.ok_or_else(|| {
            let message = format!("the certificate `{arn}` is not there");
            Failure::unexpected("acm", "DescribeCertificate", message)
        })
    }

    async fn update(
        &self,
        _scope: &Scope,
        _live: &CertificateValidationLive,
        _claim: &Claim,
    ) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _scope: &Scope, _live: &CertificateValidationLive) -> Result<()> {
        Ok(())
    }

    fn diff(&self, live: &CertificateValidationLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        let arn = facts.map(&self.certificate, |certificate| certificate.arn);
        diff.fixed_fact("certificate", arn, &live.arn);
        diff.finish()
    }

    fn ready(&self, live: &CertificateValidationLive) -> Ready {
        match live.status.as_str() {
            "ISSUED" => Ready::Yes,
            "PENDING_VALIDATION" => Ready::Wait(
                "PENDING_VALIDATION: AWS looks for the validation records in the public DNS"
                    .to_owned(),
            ),
            status => Ready::Failed(failed(status, live.failure.as_deref())),
        }
    }
}

async fn read(scope: &Scope, arn: &str) -> Result<Option<CertificateValidationLive>> {
    let detail = describe(scope, arn).await?;
    Ok(detail.map(|detail| CertificateValidationLive {
        arn: arn.to_owned(),
        status: detail.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        failure: detail.failure_reason().map(|reason| reason.as_str().to_owned()),
    }))
}
