//! CloudFront in front of one platform's media bucket.

use aws_sdk_cloudfront::types::{
    DistributionConfig, DistributionConfigWithTags, DistributionSummary, Origin, ViewerCertificate,
};
use serde::{Deserialize, Serialize};

use super::OriginAccessControl;
use super::wire::config::Terms;
use super::wire::{incomplete, missing, owned, tagged};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Meter, Ready, Ref, Resource, Result,
    Scope, Times, Wanted,
};
use crate::resources::acm::CertificateValidation;
use crate::resources::s3::Bucket;

/// The zone that alias records to any distribution point into.
pub const DISTRIBUTION_ZONE: &str = "Z2FDTNDATAQYW2";

/// Desired values of a distribution.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Shown in the console; this program finds its distributions by it.
    pub comment: String,
    pub bucket: Ref<Bucket>,
    pub access: Ref<OriginAccessControl>,
    /// Hosts it answers for; the certificate must cover them.
    pub aliases: Vec<String>,
    /// In us-east-1.
    pub certificate: Ref<CertificateValidation>,
    pub price_class: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DistributionLive {
    pub id: String,
    pub arn: String,
    pub domain_name: String,
    pub comment: String,
    pub status: String,
    pub enabled: bool,
    pub bucket_domain: String,
    pub access_id: String,
    pub aliases: Vec<String>,
    pub certificate_arn: String,
    pub price_class: String,
}

impl Resource for Distribution {
    const KIND: &'static str = "distribution";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((180, 200, 754), (180, 300, 900));
    const ACTIONS: &'static [&'static str] = &[
        "cloudfront:CreateDistribution",
        "cloudfront:DeleteDistribution",
        "cloudfront:GetDistributionConfig",
        "cloudfront:ListDistributions",
        "cloudfront:ListTagsForResource",
        "cloudfront:TagResource",
        "cloudfront:UpdateDistribution",
    ];

    type Live = DistributionLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<DistributionLive>>> {
        let pages = scope.aws.cloudfront.list_distributions().into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await?;
        let lists = pages.iter().filter_map(|page| page.distribution_list());
        let prefix = format!("edxaws-{}-", scope.stack.name);
        let mut found = Vec::new();
        for live in lists.flat_map(|list| list.items()).map(read) {
            let known = |one: &&Wanted<Self>| {
                one.live.as_ref().is_some_and(|recorded| recorded.id == live.id)
            };
            match wanted.iter().find(known) {
                Some(one) => found.push(Found::asked(&one.address, live)),
                None if live.comment.starts_with(&prefix) => {
                    found.extend(owned(scope, &live.arn.clone(), live).await?);
                }
                None => {}
            }
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<DistributionLive> {
        let terms = self.terms(scope)?;
        let config = terms.config(&claim.token).map_err(incomplete)?;
        let with_tags = DistributionConfigWithTags::builder()
            .distribution_config(config)
            .tags(tagged(scope, claim))
            .build();
        let call = scope.aws.cloudfront.create_distribution_with_tags();
        let answer = call.distribution_config_with_tags(with_tags).send().await?;
        let made = answer.distribution();
        let made = made.ok_or_else(|| missing("CreateDistributionWithTags", "distribution"))?;
        Ok(DistributionLive {
            id: made.id().to_owned(),
            arn: made.arn().to_owned(),
            domain_name: made.domain_name().to_owned(),
            comment: terms.comment,
            status: made.status().to_owned(),
            enabled: true,
            bucket_domain: terms.bucket,
            access_id: terms.access_id,
            aliases: terms.aliases,
            certificate_arn: terms.certificate,
            price_class: terms.price_class,
        })
    }

    async fn update(&self, scope: &Scope, live: &DistributionLive, _claim: &Claim) -> Result<()> {
        let terms = self.terms(scope)?;
        let (mut config, tag) = config(scope, &live.id).await?;
        terms.apply(&mut config).map_err(incomplete)?;
        let call = scope.aws.cloudfront.update_distribution().id(&live.id);
        call.distribution_config(config).set_if_match(tag).send().await?;
        Ok(())
    }

    /// AWS deletes only what is disabled everywhere: until then each try takes the next step and
    /// answers what AWS answers.
    async fn delete(&self, scope: &Scope, live: &DistributionLive) -> Result<()> {
        let (mut config, mut tag) = config(scope, &live.id).await?;
        if config.enabled() {
            config.enabled = false;
            let call = scope.aws.cloudfront.update_distribution().id(&live.id);
            let answer = call.distribution_config(config).set_if_match(tag).send().await?;
            tag = answer.e_tag;
        }
        let call = scope.aws.cloudfront.delete_distribution().id(&live.id);
        call.set_if_match(tag).send().await?;
        Ok(())
    }

    fn diff(&self, live: &DistributionLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.free("comment", &self.comment, &live.comment);
        diff.free("enabled", &true, &live.enabled);
        diff.free("aliases", &self.sorted_aliases(), &live.aliases);
        diff.free("price_class", &self.price_class, &live.price_class);
        let bucket = facts.map(&self.bucket, |bucket| bucket.domain);
        diff.free_fact("bucket", bucket, &live.bucket_domain);
        let access = facts.map(&self.access, |access| access.id);
        diff.free_fact("access", access, &live.access_id);
        let certificate = facts.map(&self.certificate, |certificate| certificate.arn);
        diff.free_fact("certificate", certificate, &live.certificate_arn);
        diff.finish()
    }

    fn ready(&self, live: &DistributionLive) -> Ready {
        Ready::status(&live.status, &["Deployed"], &[])
    }

    fn outputs(&self, live: &DistributionLive) -> Vec<(&'static str, String)> {
        vec![("distribution_id", live.id.clone())]
    }

    /// Reckoned as delivered in North America and Europe, which `PriceClass_100` is limited to.
    fn cost(&self, meter: &mut Meter<'_>) {
        let gb = meter.share::<Self>(&usage::CDN_GB);
        let requests = meter.share::<Self>(&usage::CDN_REQUESTS).in_units_of(10_000);
        let cdn = tariff::Cdn {
            data: vec![("us", Some(gb))],
            requests: vec![("us-https", Some(requests))],
            invalidations: None,
        };
        if self.price_class != "PriceClass_100" {
            meter.note(format!(
                "`{}` reaches places where CloudFront costs more than in North America and Europe, \
                 whose prices are used",
                self.price_class
            ));
        }
        tariff::cdn(meter.sheet(), &cdn);
    }
}

impl Distribution {
    fn terms(&self, scope: &Scope) -> Result<Terms> {
        Ok(Terms {
            bucket: scope.live(&self.bucket)?.domain,
            access_id: scope.live(&self.access)?.id,
            certificate: scope.live(&self.certificate)?.arn,
            aliases: self.sorted_aliases(),
            price_class: self.price_class.clone(),
            comment: self.comment.clone(),
        })
    }

    fn sorted_aliases(&self) -> Vec<String> {
        let mut aliases = self.aliases.clone();
        aliases.sort();
        aliases
    }
}

/// The configuration and the version that a change of it must name.
async fn config(scope: &Scope, id: &str) -> Result<(DistributionConfig, Option<String>), Failure> {
    let answer = scope.aws.cloudfront.get_distribution_config().id(id).send().await?;
    let config = answer.distribution_config;
    Ok((config.ok_or_else(|| missing("GetDistributionConfig", "configuration"))?, answer.e_tag))
}

fn read(summary: &DistributionSummary) -> DistributionLive {
    let origin = summary.origins().and_then(|origins| origins.items().first());
    let access = origin.and_then(Origin::origin_access_control_id).unwrap_or_default();
    let certificate = summary.viewer_certificate().and_then(ViewerCertificate::acm_certificate_arn);
    let mut aliases = summary.aliases().map(|all| all.items().to_vec()).unwrap_or_default();
    aliases.sort();
    DistributionLive {
        id: summary.id().to_owned(),
        arn: summary.arn().to_owned(),
        domain_name: summary.domain_name().to_owned(),
        comment: summary.comment().to_owned(),
        status: summary.status().to_owned(),
        enabled: summary.enabled(),
        bucket_domain: origin.map(|origin| origin.domain_name().to_owned()).unwrap_or_default(),
        access_id: access.to_owned(),
        aliases,
        certificate_arn: certificate.unwrap_or_default().to_owned(),
        price_class: summary.price_class().as_str().to_owned(),
    }
}
