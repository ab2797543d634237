//! The public DNS zone of the platforms.

use aws_sdk_route53::types::{DelegationSet, HostedZone as Answer, TagResourceType};
use serde::{Deserialize, Serialize};

use super::wire::{bare, plain, tag_list, tags, zones_named};
use crate::aws::{Verdict, tags as ownership, verdict};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Meter, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a public zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostedZone {
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostedZoneLive {
    pub id: String,
    pub name: String,
    /// What the parent zone must delegate to.
    pub name_servers: Vec<String>,
    /// Whether our tags are on it: AWS takes none in the call that makes a zone.
    pub tagged: bool,
}

impl Resource for HostedZone {
    const KIND: &'static str = "hosted_zone";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((1, 2, 5), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "route53:ChangeTagsForResource",
        "route53:CreateHostedZone",
        "route53:DeleteHostedZone",
        "route53:GetHostedZone",
        "route53:ListHostedZonesByName",
        "route53:ListTagsForResource",
    ];

    type Live = HostedZoneLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<HostedZoneLive>>> {
        let mut found = Vec::new();
        for one in wanted {
            match &one.live {
                Some(recorded) => {
                    let live = read(scope, &recorded.id, recorded.tagged).await?;
                    found.extend(live.map(|live| Found::asked(&one.address, live)));
                }
                None => found.extend(unrecorded(scope, one).await?),
            }
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<HostedZoneLive> {
        let call = scope.aws.route53.create_hosted_zone().name(&self.name);
        let answer = match call.caller_reference(&claim.token).send().await.map_err(Failure::from) {
            Ok(answer) => answer,
            // AWS refuses a repeated reference where other services answer with the first object.
            Err(failure) if verdict(&failure) == Verdict::Exists => {
                return self.claimed(scope, claim).await?.ok_or(failure);
            }
            Err(failure) => return Err(failure),
        };
        let zone = answer.hosted_zone();
        Ok(HostedZoneLive {
            id: zone.map(|zone| bare(zone.id())).unwrap_or_default(),
            name: zone.map(|zone| plain(zone.name())).unwrap_or_default(),
            name_servers: servers(answer.delegation_set()),
            tagged: false,
        })
    }

    async fn update(&self, scope: &Scope, live: &HostedZoneLive, claim: &Claim) -> Result<()> {
        let call = scope.aws.route53.change_tags_for_resource().resource_id(&live.id);
        let call = call.resource_type(TagResourceType::Hostedzone);
        call.set_add_tags(Some(tag_list(scope, claim))).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &HostedZoneLive) -> Result<()> {
        scope.aws.route53.delete_hosted_zone().id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &HostedZoneLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &plain(&self.name), &live.name);
        diff.free("tagged", &true, &live.tagged);
        diff.finish()
    }

    fn outputs(&self, live: &HostedZoneLive) -> Vec<(&'static str, String)> {
        vec![("zone_id", live.id.clone()), ("name_servers", live.name_servers.join(" "))]
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let queries = meter.share::<Self>(&usage::DNS_QUERIES).in_units_of(1_000_000);
        let sheet = meter.sheet();
        tariff::zone(sheet);
        tariff::queries(sheet, "standard", queries);
    }

    fn seen(live: &HostedZoneLive, recorded: Option<Self>) -> Option<Self> {
        Some(recorded.unwrap_or_else(|| Self { name: live.name.clone() }))
    }
}

impl HostedZone {
    async fn claimed(&self, scope: &Scope, claim: &Claim) -> Result<Option<HostedZoneLive>> {
        let zones = zones_named(scope, &self.name).await?;
        match zones.iter().find(|zone| zone.caller_reference() == claim.token) {
            Some(zone) => read(scope, &bare(zone.id()), false).await,
            None => Ok(None),
        }
    }
}

/// A zone is ours by the reference it was made with, or by its tags.
async fn unrecorded(
    scope: &Scope,
    wanted: &Wanted<HostedZone>,
) -> Result<Vec<Found<HostedZoneLive>>> {
    let mut found = Vec::new();
    for zone in zones_named(scope, &wanted.desired.name).await? {
        let id = bare(zone.id());
        if wanted.claim.as_ref().is_some_and(|claim| claim.token == zone.caller_reference()) {
            let live = read(scope, &id, false).await?;
            found.extend(live.map(|live| with_token(Found::asked(&wanted.address, live), &zone)));
            continue;
        }
        let tags = tags(scope, &id).await?;
        if tags.get(ownership::STACK) == Some(&scope.stack.name)
            && tags.contains_key(ownership::ADDRESS)
            && let Some(live) = read(scope, &id, true).await?
        {
            found.push(Found::tagged(tags.iter().map(|(k, v)| (k.as_str(), v.as_str())), live));
        }
    }
    Ok(found)
}

fn with_token(found: Found<HostedZoneLive>, zone: &Answer) -> Found<HostedZoneLive> {
    Found { token: Some(zone.caller_reference().to_owned()), ..found }
}

/// Once our tags are known to be on a zone they are not read again.
async fn read(scope: &Scope, id: &str, tagged: bool) -> Result<Option<HostedZoneLive>> {
    let answer =
        match scope.aws.route53.get_hosted_zone().id(id).send().await.map_err(Failure::from) {
            Ok(answer) => answer,
            Err(failure) if verdict(&failure) == Verdict::Gone => return Ok(None),
            Err(failure) => return Err(failure),
        };
    let tagged = tagged || tags(scope, id).await?.get(ownership::STACK) == Some(&scope.stack.name);
    Ok(Some(HostedZoneLive {
        id: id.to_owned(),
        name: answer.hosted_zone().map(|zone| plain(zone.name())).unwrap_or_default(),
        name_servers: servers(answer.delegation_set()),
        tagged,
    }))
}

fn servers(set: Option<&DelegationSet>) -> Vec<String> {
    let mut servers: Vec<String> = set
        .map(|set| set.name_servers().iter().map(|name| plain(name)).collect())
        .unwrap_or_default();
    servers.sort();
    servers
}
