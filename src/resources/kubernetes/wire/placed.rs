//! The one implementation behind every kind that is nothing but a manifest.

use std::fmt::Debug;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::{Manifest, ManifestLive, difference};
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Facts, Found, Identity, Meter, Ready, Resource, Result, Scope, Times, Wanted,
};

/// What tells such kinds apart: their names, and how long they take.
pub trait Sort: Clone + Debug + Send + Sync + 'static {
    const KIND: &'static str;
    const TIMES: Times;
    const RUNS: Runs = Runs::On;
}

/// Whether there is an end to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    On,
    Once,
}

/// Desired values: the manifest, and nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Placed<S: Sort> {
    pub manifest: Manifest,
    #[serde(skip)]
    sort: PhantomData<fn() -> S>,
}

impl<S: Sort> Placed<S> {
    pub fn new(manifest: Manifest) -> Self {
        Self { manifest, sort: PhantomData }
    }
}

impl<S: Sort> Resource for Placed<S> {
    const KIND: &'static str = S::KIND;
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = S::TIMES;
    const ACTIONS: &'static [&'static str] =
        &["eks:DescribeCluster", "secretsmanager:GetSecretValue", "sts:GetCallerIdentity"];
    const UNRECORDED: &'static [&'static str] = super::UNRECORDED;

    type Live = ManifestLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<ManifestLive>>> {
        super::list(scope, wanted).await
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<ManifestLive> {
        super::create(&self.manifest, scope, claim).await
    }

    async fn update(&self, scope: &Scope, live: &ManifestLive, claim: &Claim) -> Result<()> {
        super::update(&self.manifest, scope, live, claim).await
    }

    async fn delete(&self, scope: &Scope, live: &ManifestLive) -> Result<()> {
        super::delete(&self.manifest, scope, live).await
    }

    fn diff(&self, live: &ManifestLive, facts: &Facts) -> Change {
        difference::diff(&self.manifest, live, facts, S::RUNS)
    }

    fn ready(&self, live: &ManifestLive) -> Ready {
        difference::ready(&self.manifest, live)
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        tariff::claims(meter.sheet(), &self.manifest.body);
    }
}
