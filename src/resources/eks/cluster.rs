//! The Kubernetes control plane.

mod answer;

use std::time::Duration;

use aws_sdk_eks::types::{
    AuthenticationMode, Cluster as Answer, ClusterStatus, CreateAccessConfigRequest, LogSetup,
    LogType, Logging, SupportType, UpgradePolicyRequest, VpcConfigRequest,
};
use serde::{Deserialize, Serialize};

use super::wire::{already, explained, found, minor, missing, present, sorted, tagged};
use crate::aws::Failure;
use crate::cost::support::{Release, Standing};
use crate::cost::tariff::{self, ControlPlane};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, OnDestroy, Ready, Ref, Resource, Result,
    Scope, Times, Wanted,
};
use crate::resources::ec2::{SecurityGroup, Subnet};
use crate::resources::iam::Role;

/// Desired values of a cluster. Who may use it is said by access entries alone; the private
/// endpoint is always on; support that costs extra never is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    pub name: String,
    /// Kubernetes minor version (`1.35`). A live cluster is raised to it, never lowered.
    pub version: String,
    pub role: Ref<Role>,
    pub subnets: Vec<Ref<Subnet>>,
    /// On the control plane's interfaces beside the group AWS makes. With the nodes' own group here
    /// nothing has to wait for AWS's.
    pub security_groups: Vec<Ref<SecurityGroup>>,
    /// Who may reach the endpoint from outside the VPC; nobody when empty.
    pub public_access_cidrs: Vec<String>,
    /// Control plane logs to keep, in EKS's spelling.
    pub logs: Vec<String>,
    pub deletion_protection: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterLive {
    pub name: String,
    pub arn: String,
    pub status: String,
    pub version: String,
    pub role_arn: String,
    pub vpc_id: String,
    pub subnet_ids: Vec<String>,
    pub security_group_ids: Vec<String>,
    /// The group AWS makes; there once the cluster is active, like the next three.
    pub security_group_id: Option<String>,
    pub endpoint: Option<String>,
    /// The certificate authority's PEM, in base64.
    pub certificate_authority: Option<String>,
    pub issuer: Option<String>,
    pub private_access: bool,
    /// Empty when the public endpoint is off.
    pub public_access_cidrs: Vec<String>,
    pub logs: Vec<String>,
    pub deletion_protection: bool,
    pub upgrade_policy: String,
    pub issues: Vec<String>,
}

const STANDARD: &str = "STANDARD";
const LOGS: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

impl Resource for Cluster {
    const KIND: &'static str = "eks_cluster";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((503, 612, 683), (69, 150, 522));
    const ACTIONS: &'static [&'static str] = &[
        "eks:CreateCluster",
        "eks:DeleteCluster",
        "eks:DescribeCluster",
        "eks:TagResource",
        "eks:UpdateClusterConfig",
        "eks:UpdateClusterVersion",
        "iam:PassRole",
    ];

    type Live = ClusterLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<ClusterLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            if let Some(cluster) = describe(scope, &one.desired.name).await? {
                all.extend(found(scope, cluster.tags(), answer::read(&cluster)));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<ClusterLive> {
        let access = CreateAccessConfigRequest::builder()
            .authentication_mode(AuthenticationMode::Api)
            .bootstrap_cluster_creator_admin_permissions(false);
        let network = self.endpoint(VpcConfigRequest::builder());
        let network = self.placed(scope, network)?.build();
        let call = scope
            .aws
            .eks
            .create_cluster()
            .name(&self.name)
            .version(&self.version)
            .role_arn(scope.live(&self.role)?.arn)
            .resources_vpc_config(network)
            .access_config(access.build())
            // Add-ons of our own take the place of the copies nobody would update.
            .bootstrap_self_managed_addons(false)
            .upgrade_policy(standard())
            .deletion_protection(self.deletion_protection)
            .logging(self.logging())
            .client_request_token(&claim.token)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.cluster().map(answer::read).ok_or_else(|| missing("CreateCluster", "cluster"))
    }

    /// One kind of change a call, and one call at a time: AWS refuses more. The engine comes back
    /// as long as there is a difference. Each try looks first: for some seconds a cluster that is
    /// being changed still shows as active and unchanged (rancher/eks-operator#1166), and what is
    /// then refused as "in progress" is done at the next try.
    async fn update(&self, scope: &Scope, live: &ClusterLive, _claim: &Claim) -> Result<()> {
        let Some(cluster) = describe(scope, &live.name).await? else { return Ok(()) };
        let live = &answer::read(&cluster);
        let call = scope.aws.eks.update_cluster_config().name(&live.name);
        let call = if self.deletion_protection != live.deletion_protection {
            call.deletion_protection(self.deletion_protection)
        } else if live.upgrade_policy != STANDARD {
            call.upgrade_policy(standard())
        } else if sorted(&self.logs) != live.logs {
            call.logging(self.logging())
        } else if !live.private_access || self.cidrs() != live.public_access_cidrs {
            call.resources_vpc_config(self.endpoint(VpcConfigRequest::builder()).build())
        } else if self.moved(scope, live)? {
            call.resources_vpc_config(self.placed(scope, VpcConfigRequest::builder())?.build())
        } else {
            return self.raise(scope, live).await;
        };
        already(call.send().await)
    }

    async fn delete(&self, scope: &Scope, live: &ClusterLive) -> Result<()> {
        if live.deletion_protection {
            lift_protection(scope, &live.name).await?;
        }
        let deleted = scope.aws.eks.delete_cluster().name(&live.name).send().await;
        let again_within = live.deletion_protection.then_some(LIFTED);
        deleted.map(drop).map_err(|error| Failure { again_within, ..error.into() })
    }

    fn diff(&self, live: &ClusterLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.fixed_fact("role", facts.map(&self.role, |role| role.arn), &live.role_arn);
        let subnets = facts.map_all(&self.subnets, |subnet| subnet.id).map(|ids| sorted(&ids));
        diff.free_fact("subnets", subnets, &live.subnet_ids);
        let groups = facts.map_all(&self.security_groups, |group| group.id);
        let groups = groups.map(|ids| sorted(&ids));
        diff.free_fact("security_groups", groups, &live.security_group_ids);
        // AWS cannot go back a version, so a lower wish is for the profile's check to report.
        if minor(&self.version) > minor(&live.version) {
            diff.free("version", &self.version, &live.version);
        }
        diff.free("private_access", &true, &live.private_access);
        diff.free("public_access_cidrs", &self.cidrs(), &live.public_access_cidrs);
        diff.free("logs", &sorted(&self.logs), &live.logs);
        diff.free("deletion_protection", &self.deletion_protection, &live.deletion_protection);
        diff.free("upgrade_policy", STANDARD, &live.upgrade_policy);
        if live.status == "FAILED" {
            diff.fixed("status", "ACTIVE", &live.status);
        }
        diff.finish()
    }

    fn ready(&self, live: &ClusterLive) -> Ready {
        let explained = explained(&live.status, &live.issues);
        match live.status.as_str() {
            "ACTIVE" => Ready::Yes,
            "FAILED" => Ready::Failed(explained),
            _ => Ready::Wait(explained),
        }
    }

    fn on_destroy(&self) -> OnDestroy {
        if self.deletion_protection { OnDestroy::Protected } else { OnDestroy::Remove }
    }

    fn outputs(&self, live: &ClusterLive) -> Vec<(&'static str, String)> {
        let endpoint = live.endpoint.clone().map(|endpoint| ("cluster_endpoint", endpoint));
        std::iter::once(("cluster_name", live.name.clone())).chain(endpoint).collect()
    }

    /// Nobody asked for support that costs extra: when the standard one ends, AWS raises the cluster.
    fn cost(&self, meter: &mut Meter<'_>) {
        tariff::control_plane(meter.sheet(), ControlPlane::Standard);
        let version = &self.version;
        match Release::find("kubernetes", version) {
            None => meter.note(format!(
                "until when AWS supports Kubernetes {version} without a surcharge is not known here"
            )),
            Some(release) if release.standing(meter.today()) != Standing::Standard => {
                meter.note(format!(
                    "the standard support of Kubernetes {version} ended on {}: AWS raises it",
                    release.standard_until
                ));
            }
            Some(release) => meter.note(format!(
                "Kubernetes {version} is without a surcharge until {}",
                release.standard_until
            )),
        }
    }
}

type Network = aws_sdk_eks::types::builders::VpcConfigRequestBuilder;

impl Cluster {
    fn endpoint(&self, network: Network) -> Network {
        let public = !self.public_access_cidrs.is_empty();
        let network = network.endpoint_private_access(true).endpoint_public_access(public);
        network.set_public_access_cidrs(public.then(|| self.cidrs()))
    }

    fn placed(&self, scope: &Scope, network: Network) -> Result<Network> {
        let subnets = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        let groups = scope.live_all(&self.security_groups, |group| group.id)?;
        Ok(network.set_subnet_ids(Some(subnets)).set_security_group_ids(Some(groups)))
    }

    fn moved(&self, scope: &Scope, live: &ClusterLive) -> Result<bool> {
        let subnets = scope.live_all(&self.subnets, |subnet| subnet.id)?;
        let groups = scope.live_all(&self.security_groups, |group| group.id)?;
        Ok(sorted(&subnets) != live.subnet_ids || sorted(&groups) != live.security_group_ids)
    }

    fn cidrs(&self) -> Vec<String> {
        sorted(&self.public_access_cidrs)
    }

    fn logging(&self) -> Logging {
        let (on, off): (Vec<&str>, Vec<&str>) =
            LOGS.iter().partition(|name| self.logs.iter().any(|log| log == *name));
        let rows = [(on, true), (off, false)].into_iter().filter(|(types, _)| !types.is_empty());
        let rows = rows.map(|(types, enabled)| {
            let types = types.into_iter().map(LogType::from).collect();
            LogSetup::builder().set_types(Some(types)).enabled(enabled).build()
        });
        Logging::builder().set_cluster_logging(Some(rows.collect())).build()
    }

    /// EKS climbs one minor version at a time.
    async fn raise(&self, scope: &Scope, live: &ClusterLive) -> Result<()> {
        if minor(&self.version) <= minor(&live.version) {
            return Ok(());
        }
        let next = format!("1.{}", minor(&live.version) + 1);
        let call = scope.aws.eks.update_cluster_version().name(&live.name).version(next);
        already(call.send().await)
    }
}

fn standard() -> UpgradePolicyRequest {
    UpgradePolicyRequest::builder().support_type(SupportType::Standard).build()
}

async fn describe(scope: &Scope, name: &str) -> Result<Option<Answer>> {
    let answer = present(scope.aws.eks.describe_cluster().name(name).send().await)?;
    Ok(answer.and_then(|answer| answer.cluster))
}

/// Looks first: a delete is tried again while this very change is still under way. Only a cluster
/// in use is protected; one that failed, or is still being made, goes even so, and takes no change.
/// Lifting takes EKS minutes, in which it refuses the delete, and the end of a destroy hangs on it.
const LIFTED: Duration = Duration::from_secs(3);

async fn lift_protection(scope: &Scope, name: &str) -> Result<()> {
    let protected = |cluster: &Answer| {
        let used =
            matches!(cluster.status(), Some(ClusterStatus::Active | ClusterStatus::Updating));
        used && cluster.deletion_protection().unwrap_or_default()
    };
    if !describe(scope, name).await?.is_some_and(|cluster| protected(&cluster)) {
        return Ok(());
    }
    let call = scope.aws.eks.update_cluster_config().name(name).deletion_protection(false);
    already(call.send().await)
}
