//! A TLS certificate, requested; its validation is a resource of its own.

use std::collections::BTreeSet;

use aws_sdk_acm::types::{CertificateDetail, ValidationMethod};
use serde::{Deserialize, Serialize};

use super::wire::{client, describe, tagged, tags};
use crate::aws::tags as ownership;
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Ready, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a certificate, validated by DNS.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The domain and its alternatives, at most ten.
    pub names: Vec<String>,
    pub region: CertificateRegion,
}

/// Where a certificate lives: the load balancer reads its own region, CloudFront only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateRegion {
    #[serde(rename = "stack")]
    Stack,
    #[serde(rename = "us-east-1")]
    UsEast1,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateLive {
    pub arn: String,
    pub names: Vec<String>,
    pub status: String,
    /// Records that prove the ownership of each name; known a moment after the request.
    pub validations: Vec<Validation>,
    pub failure: Option<String>,
}

/// A CNAME that AWS wants to see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Validation {
    pub domain: String,
    pub name: String,
    pub value: String,
}

impl Resource for Certificate {
    const KIND: &'static str = "certificate";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((2, 5, 20), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "acm:AddTagsToCertificate",
        "acm:DeleteCertificate",
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "acm:ListTagsForCertificate",
        "acm:RequestCertificate",
    ];

    type Live = CertificateLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<CertificateLive>>> {
        let mut found: Vec<Found<CertificateLive>> = Vec::new();
        let recorded_first = |one: &&Wanted<Self>| one.live.is_none();
        let mut wanted: Vec<_> = wanted.iter().collect();
        wanted.sort_by_key(recorded_first);
        for one in wanted {
            match &one.live {
                Some(live) => {
                    let detail = describe(scope, &live.arn).await?;
                    found.extend(detail.map(|detail| Found::asked(&one.address, read(&detail))));
                }
                None => found.extend(one.desired.ours(scope).await?),
            }
        }
        // Several certificates for one domain each find the others.
        let mut seen = BTreeSet::new();
        found.retain(|one| seen.insert(one.live.arn.clone()));
        Ok(found)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<CertificateLive> {
        let (domain, alternatives) = self.names.split_first().ok_or_else(|| {
            Failure::unexpected("acm", "RequestCertificate", "a certificate needs a name")
        })?;
        let others = Some(alternatives.to_vec()).filter(|names| !names.is_empty());
        let call = self
            .client(scope)
            .request_certificate()
            .domain_name(domain)
            .set_subject_alternative_names(others)
            .validation_method(ValidationMethod::Dns)
            // AWS takes letters and digits, at most 32.
            .idempotency_token(claim.token.replace('-', ""))
            .set_tags(Some(tagged(scope, claim)));
        let arn = call.send().await?.certificate_arn.ok_or_else(|| {
            Failure::unexpected("acm", "RequestCertificate", "the answer holds no certificate")
        })?;
        Ok(CertificateLive {
            arn,
            names: sorted(&self.names),
            status: "PENDING_VALIDATION".to_owned(),
            validations: Vec::new(),
            failure: None,
        })
    }

    async fn update(&self, _scope: &Scope, _live: &CertificateLive, _claim: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &CertificateLive) -> Result<()> {
        let call = client(scope, &live.arn).delete_certificate().certificate_arn(&live.arn);
        call.send().await?;
        Ok(())
    }

    fn diff(&self, live: &CertificateLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("names", &sorted(&self.names), &live.names);
        diff.finish()
    }

    fn ready(&self, live: &CertificateLive) -> Ready {
        let known = |name: &String| live.validations.iter().any(|one| one.domain == *name);
        match live.status.as_str() {
            "ISSUED" => Ready::Yes,
            "PENDING_VALIDATION" if self.names.iter().all(known) => Ready::Yes,
            "PENDING_VALIDATION" => Ready::Wait("validation records".to_owned()),
            status => Ready::Failed(failed(status, live.failure.as_deref())),
        }
    }
}

impl Certificate {
    fn client<'a>(&self, scope: &'a Scope) -> &'a aws_sdk_acm::Client {
        match self.region {
            CertificateRegion::Stack => &scope.aws.acm,
            CertificateRegion::UsEast1 => &scope.aws.acm_us_east_1,
        }
    }

    /// Those of this stack among the account's certificates for the same domain.
    async fn ours(&self, scope: &Scope) -> Result<Vec<Found<CertificateLive>>> {
        let client = self.client(scope);
        let pages = client.list_certificates().into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await?;
        let domain = self.names.first().map(String::as_str);
        let mut found = Vec::new();
        for arn in all.iter().filter(|one| one.domain_name() == domain) {
            let Some(arn) = arn.certificate_arn() else { continue };
            let tags = tags(client, arn).await?;
            if tags.get(ownership::STACK) != Some(&scope.stack.name) {
                continue;
            }
            let Some(detail) = describe(scope, arn).await? else { continue };
            let pairs = tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            found.push(Found::tagged(pairs, read(&detail)));
        }
        Ok(found)
    }
}

/// What AWS says about a certificate that will never be issued.
pub(super) fn failed(status: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("status is `{status}`: {reason}"),
        None => format!("status is `{status}`"),
    }
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names
}

fn read(detail: &CertificateDetail) -> CertificateLive {
    let record = |option: &aws_sdk_acm::types::DomainValidation| {
        let record = option.resource_record()?;
        Some(Validation {
            domain: option.domain_name().to_owned(),
            name: record.name().to_owned(),
            value: record.value().to_owned(),
        })
    };
    CertificateLive {
        arn: detail.certificate_arn().unwrap_or_default().to_owned(),
        names: sorted(detail.subject_alternative_names()),
        status: detail.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        validations: detail.domain_validation_options().iter().filter_map(record).collect(),
        failure: detail.failure_reason().map(|reason| reason.as_str().to_owned()),
    }
}
