//! An S3 bucket: media of a platform, database dumps, access logs. SSE-S3 and no ACLs, as S3 makes
//! them by itself; never public.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
};
use serde::{Deserialize, Serialize};

use super::wire::{self, empty::empty, settings, settings::Lifecycle};
use crate::aws::{Failure, Verdict, verdict};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, OnDestroy, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Unique in the whole partition.
    pub name: String,
    /// Keeps former versions of every object, for 90 days.
    pub versioned: bool,
    /// `https://…` origins whose pages may read and upload; sorted.
    pub cors_origins: Vec<String>,
    /// Days after which objects go by themselves.
    pub expire_days: Option<u32>,
    /// `destroy` leaves it alone unless `--delete-data` is given.
    pub keep_on_destroy: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BucketLive {
    pub name: String,
    pub arn: String,
    /// The regional host name, `<name>.s3.<region>.amazonaws.com`.
    pub domain: String,
    pub versioned: bool,
    pub cors_origins: Vec<String>,
    pub lifecycle: Lifecycle,
    pub public_access_blocked: bool,
}

impl Resource for Bucket {
    const KIND: &'static str = "bucket";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (1, 3, 60));
    const ACTIONS: &'static [&'static str] = &[
        "s3:AbortMultipartUpload",
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetBucketCORS",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetLifecycleConfiguration",
        "s3:ListAllMyBuckets",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:PutBucketCORS",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
    ];

    type Live = BucketLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<BucketLive>>> {
        let mut all = Vec::new();
        for name in names(scope, wanted).await? {
            if let Some(found) = find(scope, wanted, &name).await? {
                all.push(found);
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<BucketLive> {
        refuse_existing(scope, &self.name).await?;
        let region = scope.stack.region.as_str();
        // S3's oldest region is the one that must not be named.
        let place = (region != "us-east-1").then(|| BucketLocationConstraint::from(region));
        let with = CreateBucketConfiguration::builder()
            .set_location_constraint(place)
            .set_tags(Some(wire::tagged(scope, claim)?))
            .build();
        let call = scope.aws.s3.create_bucket().bucket(&self.name);
        call.create_bucket_configuration(with).send().await?;
        Ok(fresh(scope, &self.name))
    }

    async fn update(&self, scope: &Scope, live: &BucketLive, _claim: &Claim) -> Result<()> {
        if !live.public_access_blocked {
            settings::block_public_access(scope, &live.name).await?;
        }
        if self.versioned != live.versioned {
            let (on, off) = (BucketVersioningStatus::Enabled, BucketVersioningStatus::Suspended);
            let status = if self.versioned { on } else { off };
            settings::set_versioned(scope, &live.name, status).await?;
        }
        if self.cors_origins != live.cors_origins {
            settings::set_cors_origins(scope, &live.name, &self.cors_origins).await?;
        }
        if self.lifecycle() != live.lifecycle {
            settings::set_lifecycle(scope, &live.name, &self.lifecycle()).await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &BucketLive) -> Result<()> {
        empty(scope, &live.name).await?;
        scope.aws.s3.delete_bucket().bucket(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &BucketLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("public_access_blocked", &true, &live.public_access_blocked);
        diff.free("versioned", &self.versioned, &live.versioned);
        diff.free("cors_origins", &self.cors_origins, &live.cors_origins);
        diff.free("lifecycle", &self.lifecycle(), &live.lifecycle);
        diff.finish()
    }

    fn on_destroy(&self) -> OnDestroy {
        if self.keep_on_destroy { OnDestroy::Keep } else { OnDestroy::Remove }
    }

    fn outputs(&self, live: &BucketLive) -> Vec<(&'static str, String)> {
        vec![("bucket", live.name.clone())]
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let bucket = tariff::Bucket {
            class: "standard",
            gb: meter.share::<Self>(&usage::S3_GB),
            writes: meter.share::<Self>(&usage::S3_WRITES).in_units_of(1_000),
            reads: meter.share::<Self>(&usage::S3_READS).in_units_of(1_000),
        };
        tariff::bucket(meter.sheet(), &bucket);
    }

    /// Objects stay; nobody asks for them any more.
    fn cost_after_destroy(&self, meter: &mut Meter<'_>) {
        if self.on_destroy() == OnDestroy::Keep {
            let gb = meter.share::<Self>(&usage::S3_GB);
            tariff::bucket_storage(meter.sheet(), "standard", gb);
        }
    }
}

impl Bucket {
    fn lifecycle(&self) -> Lifecycle {
        Lifecycle {
            unfinished_uploads: Some(7),
            old_versions: self.versioned.then_some(90),
            objects: self.expire_days.and_then(|days| i32::try_from(days).ok()),
        }
    }
}

/// The names to look at: those wanted, else whatever carries the stack's name. One call for all of
/// them, by what their names have in common.
async fn names(scope: &Scope, wanted: &[Wanted<Bucket>]) -> Result<BTreeSet<String>> {
    let ours = format!("edxaws-{}-", scope.stack.name);
    let asked = |name: &str| wanted.iter().any(|one| one.desired.name == name);
    let first = wanted.first().map_or(ours.as_str(), |one| &one.desired.name);
    let common = wanted.iter().fold(first, |start, one| common(start, &one.desired.name));
    let call = scope.aws.s3.list_buckets().bucket_region(&scope.stack.region).max_buckets(1000);
    let call = call.set_prefix((!common.is_empty()).then(|| common.to_owned()));
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
    let names = pages.into_iter().filter_map(|bucket| bucket.name);
    let all = wanted.is_empty();
    Ok(names.filter(|name| asked(name) || (all && name.starts_with(&ours))).collect())
}

/// What two names begin with alike. Bucket names are ASCII.
fn common<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    one.get(..same).unwrap_or_default()
}

/// A recorded bucket is ours; any other must prove it by its tags.
async fn find(
    scope: &Scope,
    wanted: &[Wanted<Bucket>],
    name: &str,
) -> Result<Option<Found<BucketLive>>> {
    let asked = wanted.iter().find(|one| one.desired.name == name);
    let recorded = |one: &&Wanted<Bucket>| one.live.as_ref().is_some_and(|live| live.name == name);
    if let Some(one) = asked.filter(recorded) {
        return Ok(Some(Found::asked(&one.address, read(scope, name, Some(one)).await?)));
    }
    let Some(tags) = wire::tags_of_ours(scope, name).await? else { return Ok(None) };
    let tags = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
    Ok(Some(Found::tagged(tags, read(scope, name, asked).await?)))
}

/// Reads only what the profile asks for or what was once set: S3 takes a call for each setting.
async fn read(scope: &Scope, name: &str, wanted: Option<&Wanted<Bucket>>) -> Result<BucketLive> {
    let before = wanted.and_then(|one| one.live.as_ref());
    if let Some(known) = scope.recorded(before) {
        return Ok(known.clone());
    }
    let versioned =
        wanted.is_none_or(|one| one.desired.versioned) || before.is_none_or(|live| live.versioned);
    let cors = wanted.is_none_or(|one| !one.desired.cors_origins.is_empty())
        || before.is_none_or(|live| !live.cors_origins.is_empty());
    let (public_access_blocked, versioned, cors_origins, lifecycle) = tokio::try_join!(
        settings::public_access_blocked(scope, name),
        async { if versioned { settings::versioned(scope, name).await } else { Ok(false) } },
        async { if cors { settings::cors_origins(scope, name).await } else { Ok(Vec::new()) } },
        settings::lifecycle(scope, name),
    )?;
    let fresh = fresh(scope, name);
    Ok(BucketLive { public_access_blocked, versioned, cors_origins, lifecycle, ..fresh })
}

/// A bucket as S3 makes it: nothing set, public access blocked since 2023.
fn fresh(scope: &Scope, name: &str) -> BucketLive {
    let region = &scope.stack.region;
    let partition = &scope.stack.partition;
    BucketLive {
        name: name.to_owned(),
        arn: format!("arn:{partition}:s3:::{name}"),
        domain: format!("{name}.s3.{region}.{}", wire::dns_suffix(partition)),
        versioned: false,
        cors_origins: Vec::new(),
        lifecycle: Lifecycle::default(),
        public_access_blocked: true,
    }
}

/// In us-east-1 S3 answers 200 to the creation of a bucket that the account already has, so a
/// bucket of the user's own would be taken for ours.
async fn refuse_existing(scope: &Scope, name: &str) -> Result<()> {
    if scope.stack.region != "us-east-1" {
        return Ok(());
    }
    match scope.aws.s3.head_bucket().bucket(name).send().await.map_err(Failure::from) {
        // A bucket of another account: the create says so.
        Err(failure) if matches!(verdict(&failure), Verdict::Gone | Verdict::Denied) => Ok(()),
        Err(failure) => Err(failure),
        Ok(_) => {
            let message = format!("the bucket `{name}` exists already");
            let code = "BucketAlreadyOwnedByYou".to_owned();
            Err(Failure { code, ..Failure::unexpected("s3", "CreateBucket", message) })
        }
    }
}
