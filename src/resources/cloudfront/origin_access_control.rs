//! Lets distributions, and nobody else, read private buckets: CloudFront signs its requests.

use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols,
};
use serde::{Deserialize, Serialize};

use super::wire::{described, description, incomplete, missing};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of an access control for S3 origins. It takes no tags: its description says whose
/// it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginAccessControl {
    /// Unique in the account.
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OriginAccessControlLive {
    pub id: String,
    pub name: String,
}

impl Resource for OriginAccessControl {
    const KIND: &'static str = "origin_access_control";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "cloudfront:CreateOriginAccessControl",
        "cloudfront:DeleteOriginAccessControl",
        "cloudfront:GetOriginAccessControl",
        "cloudfront:ListOriginAccessControls",
    ];

    type Live = OriginAccessControlLive;

    async fn list(
        scope: &Scope,
        _wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<OriginAccessControlLive>>> {
        let pages = scope.aws.cloudfront.list_origin_access_controls().into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await?;
        let lists = pages.iter().filter_map(|page| page.origin_access_control_list());
        let all = lists.flat_map(|list| list.items());
        let live = |one: &aws_sdk_cloudfront::types::OriginAccessControlSummary| {
            let (id, name) = (one.id().to_owned(), one.name().to_owned());
            described(scope, one.description(), OriginAccessControlLive { id, name })
        };
        Ok(all.filter_map(live).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<OriginAccessControlLive> {
        let config = OriginAccessControlConfig::builder()
            .name(&self.name)
            .description(description(scope, claim))
            .origin_access_control_origin_type(OriginAccessControlOriginTypes::S3)
            .signing_behavior(OriginAccessControlSigningBehaviors::Always)
            .signing_protocol(OriginAccessControlSigningProtocols::Sigv4)
            .build()
            .map_err(incomplete)?;
        let call = scope.aws.cloudfront.create_origin_access_control();
        let answer = call.origin_access_control_config(config).send().await?;
        let made = answer.origin_access_control();
        let id = made.map(|made| made.id().to_owned());
        let id = id.ok_or_else(|| missing("CreateOriginAccessControl", "access control"))?;
        Ok(OriginAccessControlLive { id, name: self.name.clone() })
    }

    async fn update(
        &self,
        _scope: &Scope,
        _live: &OriginAccessControlLive,
        _claim: &Claim,
    ) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &OriginAccessControlLive) -> Result<()> {
        let answer = scope.aws.cloudfront.get_origin_access_control().id(&live.id).send().await?;
        let call = scope.aws.cloudfront.delete_origin_access_control().id(&live.id);
        call.set_if_match(answer.e_tag).send().await?;
        Ok(())
    }

    fn diff(&self, live: &OriginAccessControlLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.finish()
    }
}
