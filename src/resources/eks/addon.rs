//! A part of Kubernetes that EKS installs and keeps: CNI, DNS, storage driver.

use aws_sdk_eks::types::{Addon as Answer, ResolveConflicts};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire::{explained, found, in_cluster, issue, minor, missing, present, tagged, text};
use super::{Cluster, NodeGroup};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of an add-on. What it installs overwrites what it finds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addon {
    pub name: String,
    pub cluster: Ref<Cluster>,
    pub cluster_name: String,
    /// EKS's default for the cluster at creation when left out; then never a difference.
    pub version: Option<String>,
    /// Kubernetes minor version that the add-on's own version follows (kube-proxy's is the
    /// cluster's). Raised after the cluster, never lowered.
    pub follows: Option<String>,
    /// JSON, as the add-on's own schema has it; its defaults when left out.
    #[serde(default)]
    pub configuration: Option<String>,
    /// Dependents need no more than that EKS accepted it; an `eks_addon_check` waits until it works.
    #[serde(default)]
    pub checked_later: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddonLive {
    pub name: String,
    pub arn: String,
    pub cluster: String,
    pub status: String,
    pub version: String,
    #[serde(default)]
    pub configuration: Option<String>,
    pub issues: Vec<String>,
}

impl Resource for Addon {
    const KIND: &'static str = "eks_addon";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((14, 40, 66), (5, 7, 10));
    const ACTIONS: &'static [&'static str] = &[
        "eks:CreateAddon",
        "eks:DeleteAddon",
        "eks:DescribeAddon",
        "eks:DescribeAddonVersions",
        "eks:TagResource",
        "eks:UpdateAddon",
    ];

    /// Pods that find no node wait, and go with the add-on.
    const OUTLIVES: &'static [&'static str] = &[NodeGroup::KIND];

    type Live = AddonLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<AddonLive>>> {
        let mut all = Vec::new();
        for Wanted { desired, .. } in wanted {
            if let Some(addon) = describe(scope, &desired.cluster_name, &desired.name).await? {
                all.extend(found(scope, addon.tags(), read(&addon)));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<AddonLive> {
        let call = scope
            .aws
            .eks
            .create_addon()
            .cluster_name(&self.cluster_name)
            .addon_name(&self.name)
            .set_addon_version(self.version.clone())
            .set_configuration_values(self.configuration.clone())
            .resolve_conflicts(ResolveConflicts::Overwrite)
            .client_request_token(&claim.token)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.addon().map(read).ok_or_else(|| missing("CreateAddon", "add-on"))
    }

    async fn update(&self, scope: &Scope, live: &AddonLive, _claim: &Claim) -> Result<()> {
        let version = match (&self.version, &self.follows) {
            (Some(version), _) => Some(version.clone()),
            (None, Some(kubernetes)) => Some(self.default_version(scope, kubernetes).await?),
            (None, None) => None,
        };
        let call = scope
            .aws
            .eks
            .update_addon()
            .cluster_name(&live.cluster)
            .addon_name(&live.name)
            .set_addon_version(version)
            .set_configuration_values(self.configuration.clone())
            .resolve_conflicts(ResolveConflicts::Overwrite);
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &AddonLive) -> Result<()> {
        let call = scope.aws.eks.delete_addon().cluster_name(&live.cluster);
        call.addon_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &AddonLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        in_cluster(&mut diff, facts, &self.cluster, &live.cluster);
        match (&self.version, &self.follows) {
            (Some(version), _) => diff.free("version", version, &live.version),
            (None, Some(kubernetes)) if minor(kubernetes) > minor(&live.version) => {
                diff.free("version", &format!("v{kubernetes}"), &live.version);
            }
            _ => {}
        }
        if let Some(configuration) = &self.configuration {
            let live = live.configuration.as_deref().map(json);
            diff.free("configuration", &json(configuration), &live.unwrap_or_default());
        }
        // What could not be installed is installed anew.
        if live.status == "CREATE_FAILED" {
            diff.fixed("status", "ACTIVE", &live.status);
        }
        diff.finish()
    }

    fn ready(&self, live: &AddonLive) -> Ready {
        match live.status.as_str() {
            "CREATING" if self.checked_later => Ready::Yes,
            status => works(status, &live.issues),
        }
    }
}

/// Two spellings of one JSON document are no difference.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// DEGRADED passes: pods still start, or wait for nodes.
pub(super) fn works(status: &str, issues: &[String]) -> Ready {
    let explained = explained(status, issues);
    match status {
        "ACTIVE" => Ready::Yes,
        "CREATE_FAILED" | "UPDATE_FAILED" | "DELETE_FAILED" => Ready::Failed(explained),
        _ => Ready::Wait(explained),
    }
}

pub(super) async fn describe(scope: &Scope, cluster: &str, name: &str) -> Result<Option<Answer>> {
    let call = scope.aws.eks.describe_addon().addon_name(name).cluster_name(cluster);
    Ok(present(call.send().await)?.and_then(|answer| answer.addon))
}

impl Addon {
    /// EKS's default version of the add-on for a Kubernetes version.
    async fn default_version(&self, scope: &Scope, kubernetes: &str) -> Result<String> {
        let call = scope.aws.eks.describe_addon_versions().addon_name(&self.name);
        let answer = call.kubernetes_version(kubernetes).send().await?;
        let mut versions = answer.addons().iter().flat_map(|addon| addon.addon_versions());
        let default = versions.find(|version| {
            version
                .compatibilities()
                .iter()
                .any(|fit| fit.default_version() && fit.cluster_version() == Some(kubernetes))
        });
        let default = default.and_then(|version| version.addon_version().map(str::to_owned));
        default.ok_or_else(|| missing("DescribeAddonVersions", "default version"))
    }
}

pub(super) fn read(addon: &Answer) -> AddonLive {
    let issues = addon.health().map(|health| health.issues()).unwrap_or_default();
    AddonLive {
        name: text(addon.addon_name()),
        arn: text(addon.addon_arn()),
        cluster: text(addon.cluster_name()),
        status: text(addon.status().map(|status| status.as_str())),
        version: text(addon.addon_version()),
        configuration: addon.configuration_values().map(str::to_owned),
        issues: issues
            .iter()
            .map(|one| issue(one.code().map(|code| code.as_str()), one.message()))
            .collect(),
    }
}
