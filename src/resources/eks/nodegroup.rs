//! A group of nodes that EKS manages through an Auto Scaling group.

mod answer;
mod change;

use std::collections::BTreeMap;

use aws_sdk_eks::types::{
    AmiTypes, CapacityTypes, LaunchTemplateSpecification, NodeRepairConfig, Nodegroup,
    NodegroupScalingConfig, NodegroupUpdateConfig,
};
use serde::{Deserialize, Serialize};

use super::Cluster;
use super::wire::{explained, found, in_cluster, minor, missing, present, sorted, tagged};
use crate::cost::Span;
use crate::cost::tariff::{self, Purchase};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ready, Ref, Resource, Result, Scope, Times,
    Wanted,
};
use crate::resources::ec2::{LaunchTemplate, Subnet};
use crate::resources::iam::Role;

/// Desired values of a node group. A third of its nodes may be away during a rolling update, and
/// EKS replaces nodes that are ill.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeGroup {
    pub name: String,
    pub cluster: Ref<Cluster>,
    pub cluster_name: String,
    /// Kubernetes minor version of the nodes: raised after the cluster's, never lowered. New groups
    /// begin with the cluster's.
    pub version: String,
    pub role: Ref<Role>,
    pub subnets: Vec<Ref<Subnet>>,
    pub template: Ref<LaunchTemplate>,
    /// `ON_DEMAND` or `SPOT`.
    pub capacity: String,
    pub instance_types: Vec<String>,
    /// EKS's name of the machine image's family, for example `AL2023_x86_64_STANDARD`.
    pub ami_type: String,
    pub min: u32,
    pub max: u32,
    /// Nodes at creation; afterwards the autoscaler's business and never a difference.
    pub desired: u32,
    pub labels: BTreeMap<String, String>,
    pub taints: Vec<Taint>,
}

/// A taint as EKS spells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taint {
    pub key: String,
    /// `NO_SCHEDULE`, `PREFER_NO_SCHEDULE` or `NO_EXECUTE`.
    pub effect: String,
    pub value: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeGroupLive {
    pub name: String,
    pub arn: String,
    pub cluster: String,
    pub status: String,
    pub version: String,
    pub role_arn: String,
    pub subnet_ids: Vec<String>,
    pub template_id: String,
    pub template_version: i64,
    pub capacity: String,
    pub instance_types: Vec<String>,
    pub ami_type: String,
    pub min: i32,
    pub max: i32,
    pub desired: i32,
    pub labels: BTreeMap<String, String>,
    /// Sorted.
    pub taints: Vec<Taint>,
    pub max_unavailable_percentage: Option<i32>,
    pub node_repair: bool,
    /// Names of the Auto Scaling groups behind it.
    pub asg_names: Vec<String>,
    pub issues: Vec<String>,
}

const MAX_UNAVAILABLE: i32 = 33;

/// The role whose presence says that the Cluster Autoscaler runs: then a group has no single size.
const AUTOSCALER: &str = "autoscaler";
/// EKS's own choice, where no launch template says another.
const DISK_GIB: u32 = 20;

impl Resource for NodeGroup {
    const KIND: &'static str = "eks_nodegroup";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::new((88, 120, 201), (252, 360, 501));
    const ACTIONS: &'static [&'static str] = &[
        // EKS checks with the caller's rights that the template can be used.
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:RunInstances",
        "eks:CreateNodegroup",
        "eks:DeleteNodegroup",
        "eks:DescribeNodegroup",
        "eks:TagResource",
        "eks:UpdateNodegroupConfig",
        "eks:UpdateNodegroupVersion",
        // EKS reads the nodes' role with the caller's rights.
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:PassRole",
    ];

    type Live = NodeGroupLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<NodeGroupLive>>> {
        let mut all = Vec::new();
        for Wanted { desired, .. } in wanted {
            if let Some(group) = describe(scope, &desired.cluster_name, &desired.name).await? {
                all.extend(found(scope, group.tags(), answer::read(&group)));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<NodeGroupLive> {
        let types = self.instance_types.clone();
        let call = scope
            .aws
            .eks
            .create_nodegroup()
            .cluster_name(&self.cluster_name)
            .nodegroup_name(&self.name)
            .node_role(scope.live(&self.role)?.arn)
            .set_subnets(Some(scope.live_all(&self.subnets, |subnet| subnet.id)?))
            .launch_template(self.template(scope)?)
            .capacity_type(CapacityTypes::from(self.capacity.as_str()))
            .set_instance_types(Some(types))
            .ami_type(AmiTypes::from(self.ami_type.as_str()))
            .scaling_config(self.sizes(Some(self.desired)))
            .set_labels(Some(self.labels.clone().into_iter().collect()))
            .set_taints(Some(self.taints.iter().map(change::taint).collect()))
            .update_config(updates())
            .node_repair_config(repairs())
            .client_request_token(&claim.token)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.nodegroup().map(answer::read).ok_or_else(|| missing("CreateNodegroup", "node group"))
    }

    /// Sizes, labels and taints first, the rolling update after: AWS takes one at a time, and the
    /// engine comes back as long as there is a difference. Each try looks first, so that none is
    /// begun twice.
    async fn update(&self, scope: &Scope, live: &NodeGroupLive, _claim: &Claim) -> Result<()> {
        let Some(live) = describe(scope, &live.cluster, &live.name).await? else { return Ok(()) };
        let live = answer::read(&live);
        if self.differs_in_config(&live) {
            return self.configure(scope, &live).await;
        }
        let template = scope.live(&self.template)?;
        let raised = minor(&self.version) > minor(&live.version);
        if !raised && (template.id, template.version) == (live.template_id, live.template_version) {
            return Ok(());
        }
        // No other version is taken than the cluster's (aws-controllers-k8s/community#2957).
        let version = scope.live(&self.cluster)?.version;
        let call = scope
            .aws
            .eks
            .update_nodegroup_version()
            .cluster_name(&live.cluster)
            .nodegroup_name(&live.name)
            .launch_template(self.template(scope)?)
            .set_version(raised.then_some(version));
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &NodeGroupLive) -> Result<()> {
        let call = scope.aws.eks.delete_nodegroup().cluster_name(&live.cluster);
        call.nodegroup_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &NodeGroupLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        in_cluster(&mut diff, facts, &self.cluster, &live.cluster);
        diff.fixed_fact("role", facts.map(&self.role, |role| role.arn), &live.role_arn);
        let subnets = facts.map_all(&self.subnets, |subnet| subnet.id).map(|ids| sorted(&ids));
        diff.fixed_fact("subnets", subnets, &live.subnet_ids);
        diff.fixed("capacity", &self.capacity, &live.capacity);
        diff.fixed("instance_types", &sorted(&self.instance_types), &live.instance_types);
        diff.fixed("ami_type", &self.ami_type, &live.ami_type);
        self.compare_template(&mut diff, live, facts);
        if minor(&self.version) > minor(&live.version) {
            diff.free("version", &self.version, &live.version);
        }
        diff.free("min", &i64::from(self.min), &i64::from(live.min));
        diff.free("max", &i64::from(self.max), &i64::from(live.max));
        diff.free("labels", &self.labels, &live.labels);
        diff.free("taints", &self.sorted_taints(), &live.taints);
        let away = &live.max_unavailable_percentage;
        diff.free("max_unavailable_percentage", &Some(MAX_UNAVAILABLE), away);
        diff.free("node_repair", &true, &live.node_repair);
        // What never came up cannot be mended.
        if live.status == "CREATE_FAILED" {
            diff.fixed("status", "ACTIVE", &live.status);
        }
        diff.finish()
    }

    fn ready(&self, live: &NodeGroupLive) -> Ready {
        let explained = explained(&live.status, &live.issues);
        match live.status.as_str() {
            "ACTIVE" => Ready::Yes,
            "CREATE_FAILED" | "DELETE_FAILED" => Ready::Failed(explained),
            _ => Ready::Wait(explained),
        }
    }

    /// Machines, their disks, and an address each where they stand in public subnets.
    fn cost(&self, meter: &mut Meter<'_>) {
        let scaled = meter.other(&Ref::<Role>::to(AUTOSCALER)).is_some();
        let count = match scaled {
            true => Span::new(self.min, self.desired, self.max),
            false => Span::from(self.desired),
        };
        let disk = meter.other(&self.template).map(|template| template.disk_gib);
        let public = self.subnets.first().and_then(|subnet| meter.other(subnet));
        let purchase = match self.capacity.as_str() {
            "SPOT" => Purchase::Spot,
            _ => Purchase::OnDemand,
        };
        let sheet = meter.sheet();
        let types = &self.instance_types;
        tariff::nodes(sheet, &tariff::Nodes { types, count, purchase });
        tariff::volume(sheet, &tariff::Volume::plain("gp3", disk.unwrap_or(DISK_GIB), count));
        if public.is_some_and(|subnet| subnet.public_addresses) {
            tariff::addresses(sheet, count, "in-use");
        }
    }

    fn seen(live: &NodeGroupLive, recorded: Option<Self>) -> Option<Self> {
        let count = |number: i32| u32::try_from(number).unwrap_or_default();
        let stray = || Self {
            name: live.name.clone(),
            cluster: Ref::to("stray"),
            cluster_name: live.cluster.clone(),
            version: live.version.clone(),
            role: Ref::to("stray"),
            subnets: Vec::new(),
            template: Ref::to("stray"),
            capacity: live.capacity.clone(),
            instance_types: live.instance_types.clone(),
            ami_type: live.ami_type.clone(),
            min: 0,
            max: 0,
            desired: 0,
            labels: BTreeMap::new(),
            taints: Vec::new(),
        };
        let (min, desired, max) = (count(live.min), count(live.desired), count(live.max));
        Some(Self { min, desired, max, ..recorded.unwrap_or_else(stray) })
    }
}

impl NodeGroup {
    /// The template's present version; it is a number so that a new one is a difference.
    fn template(&self, scope: &Scope) -> Result<LaunchTemplateSpecification> {
        let template = scope.live(&self.template)?;
        let version = template.version.to_string();
        Ok(LaunchTemplateSpecification::builder().id(template.id).version(version).build())
    }

    /// Another template means other nodes; another version of it, a rolling update.
    fn compare_template(&self, diff: &mut Diff, live: &NodeGroupLive, facts: &Facts) {
        let id = facts.lasting(&self.template, |template| template.id);
        diff.fixed_fact("template", id, &live.template_id);
        let version = facts.map(&self.template, |template| template.version);
        diff.free_fact("template_version", version, &live.template_version);
    }

    fn sizes(&self, desired: Option<u32>) -> NodegroupScalingConfig {
        let number = |size: u32| i32::try_from(size).unwrap_or(i32::MAX);
        NodegroupScalingConfig::builder()
            .min_size(number(self.min))
            .max_size(number(self.max))
            .set_desired_size(desired.map(number))
            .build()
    }

    fn sorted_taints(&self) -> Vec<Taint> {
        let mut taints = self.taints.clone();
        taints.sort();
        taints
    }
}

async fn describe(scope: &Scope, cluster: &str, name: &str) -> Result<Option<Nodegroup>> {
    let call = scope.aws.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
    Ok(present(call.send().await)?.and_then(|answer| answer.nodegroup))
}

fn updates() -> NodegroupUpdateConfig {
    NodegroupUpdateConfig::builder().max_unavailable_percentage(MAX_UNAVAILABLE).build()
}

fn repairs() -> NodeRepairConfig {
    NodeRepairConfig::builder().enabled(true).build()
}
