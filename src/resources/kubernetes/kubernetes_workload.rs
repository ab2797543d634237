//! A Deployment, StatefulSet or DaemonSet, ready once its rollout is complete.

use serde::{Deserialize, Serialize};

use super::wire::{self, Manifest, ManifestLive, Object};
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Facts, Found, Identity, Meter, Ready, Resource, Result, Scope, Times, Wanted,
};

/// Desired values: the manifest, and nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KubernetesWorkload(pub Manifest);

impl Object for KubernetesWorkload {
    fn manifest(&self) -> &Manifest {
        &self.0
    }
}

impl Resource for KubernetesWorkload {
    const KIND: &'static str = "kubernetes_workload";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((15, 75, 600), (1, 10, 120));
    const ACTIONS: &'static [&'static str] =
        &["eks:DescribeCluster", "secretsmanager:GetSecretValue", "sts:GetCallerIdentity"];
    const UNRECORDED: &'static [&'static str] = wire::UNRECORDED;

    type Live = ManifestLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<ManifestLive>>> {
        wire::list(scope, wanted).await
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<ManifestLive> {
        wire::create(&self.0, scope, claim).await
    }

    async fn update(&self, scope: &Scope, live: &ManifestLive, claim: &Claim) -> Result<()> {
        wire::update(&self.0, scope, live, claim).await
    }

    async fn delete(&self, scope: &Scope, live: &ManifestLive) -> Result<()> {
        wire::delete(&self.0, scope, live).await
    }

    fn diff(&self, live: &ManifestLive, _facts: &Facts) -> Change {
        wire::diff(&self.0, live)
    }

    fn ready(&self, live: &ManifestLive) -> Ready {
        wire::ready(live)
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        tariff::claims(meter.sheet(), &self.0.body);
    }
}
