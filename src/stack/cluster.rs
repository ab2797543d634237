//! The Kubernetes cluster: control plane, add-ons, node groups, who may use it, what pods may do.

mod caller;

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{Capacity, ClusterLog, NodeGroupSettings, Settings, TaintEffect};
use crate::resources::ec2::LaunchTemplate;
use crate::resources::eks::{
    AccessEntry, Addon, Cluster, NodeGroup, PodIdentityAssociation, Taint,
};
use crate::resources::iam::Role;
use crate::stack::identity::{Identity, cluster_name};
use crate::stack::network::Network;
use crate::stack::{Surroundings, name};

pub use caller::{principal, slug};

/// A namespace and a service account in it.
pub type Account = (&'static str, &'static str);

/// The service account of the storage driver's controller, as its add-on makes it.
pub const EBS_CSI: Account = ("kube-system", "ebs-csi-controller-sa");
pub const AUTOSCALER: Account = ("kube-system", "cluster-autoscaler");
pub const EXTERNAL_DNS: Account = ("kube-system", "external-dns");
/// The service account of a platform's pods, in the namespace that bears the platform's name.
pub const OPENEDX: &str = "openedx";

/// What other parts of the stack run on.
#[derive(Debug, Clone)]
pub struct Compute {
    pub cluster: Ref<Cluster>,
    /// By the profile's name.
    pub groups: BTreeMap<String, Ref<NodeGroup>>,
}

pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    network: &Network,
    identity: &Identity,
) -> Compute {
    graph.part("cluster");
    let cluster = control_plane(graph, settings, place, network, identity);
    let mut parts = Parts { graph, settings, place, cluster };
    parts.access();
    let storage_driver = parts.pod_identity("ebs-csi", EBS_CSI, &identity.ebs_csi);
    if let Some(role) = &identity.autoscaler {
        parts.pod_identity("autoscaler", AUTOSCALER, role);
    }
    parts.pod_identity("external-dns", EXTERNAL_DNS, &identity.external_dns);
    for (platform, role) in &identity.openedx {
        parts.pod_identity(&format!("openedx-{platform}"), (platform, OPENEDX), role);
    }
    let before = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"].map(|name| parts.addon(name));
    let groups = parts.groups(network, identity, &before);
    let home = system_group(settings).and_then(|name| groups.get(name));
    parts.addons_on_nodes(home, &storage_driver);
    Compute { cluster: parts.cluster, groups }
}

/// It stands in the private subnets and needs neither NAT gateway nor routes: only nodes do.
fn control_plane(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    network: &Network,
    identity: &Identity,
) -> Ref<Cluster> {
    let wanted = &settings.cluster;
    let desired = Cluster {
        name: cluster_name(settings),
        version: place.kubernetes_version.clone(),
        role: identity.cluster.clone(),
        subnets: network.private.clone(),
        security_groups: vec![network.nodes.clone()],
        public_access_cidrs: wanted.public_access_cidrs.clone(),
        logs: wanted.logs.iter().map(|log| log_type(*log).to_owned()).collect(),
        deletion_protection: wanted.deletion_protection,
    };
    let cluster = graph.add("main", desired);
    for role in &identity.linked {
        graph.after(&cluster, role);
    }
    if let Some(log) = &identity.eks_log {
        graph.after(&cluster, log);
    }
    cluster
}

fn log_type(log: ClusterLog) -> &'static str {
    match log {
        ClusterLog::Api => "api",
        ClusterLog::Audit => "audit",
        ClusterLog::Authenticator => "authenticator",
        ClusterLog::ControllerManager => "controllerManager",
        ClusterLog::Scheduler => "scheduler",
    }
}

struct Parts<'a> {
    graph: &'a mut Graph,
    settings: &'a Settings,
    place: &'a Surroundings,
    cluster: Ref<Cluster>,
}

impl Parts<'_> {
    /// One entry a principal: whoever runs edxaws, and the profile's administrators. Named by
    /// principal, so that two people of one list may take turns without a difference.
    fn access(&mut self) {
        let admins = self.settings.cluster.admins.iter().chain([&self.place.caller]);
        let principals: BTreeSet<String> = admins.map(|arn| principal(arn)).collect();
        for principal in principals {
            let name = slug(&principal, &self.place.account);
            let (cluster, cluster_name) = (self.cluster.clone(), cluster_name(self.settings));
            self.graph.add(&name, AccessEntry { cluster, cluster_name, principal });
        }
    }

    fn pod_identity(
        &mut self,
        name: &str,
        (namespace, account): (&str, &str),
        role: &Ref<Role>,
    ) -> Ref<PodIdentityAssociation> {
        let desired = PodIdentityAssociation {
            cluster: self.cluster.clone(),
            cluster_name: cluster_name(self.settings),
            namespace: namespace.to_owned(),
            service_account: account.to_owned(),
            role: role.clone(),
        };
        self.graph.add(name, desired)
    }

    fn addon(&mut self, name: &str) -> Ref<Addon> {
        let desired = Addon {
            name: name.to_owned(),
            cluster: self.cluster.clone(),
            cluster_name: cluster_name(self.settings),
            version: None,
            follows: (name == "kube-proxy").then(|| self.place.kubernetes_version.clone()),
        };
        self.graph.add(name, desired)
    }

    /// Those that run as Deployments become active on nodes only, the storage driver with its role
    /// only: its pods do not look for one again.
    fn addons_on_nodes(
        &mut self,
        home: Option<&Ref<NodeGroup>>,
        storage_driver: &Ref<PodIdentityAssociation>,
    ) {
        let metrics = self.settings.cluster.metrics_server.then_some("metrics-server");
        for name in ["coredns", "aws-ebs-csi-driver"].into_iter().chain(metrics) {
            let addon = self.addon(name);
            if let Some(group) = home {
                self.graph.after(&addon, group);
            }
            if name == "aws-ebs-csi-driver" {
                self.graph.after(&addon, storage_driver);
            }
        }
    }

    /// Node groups come after the add-ons that nodes need to join, and after their ways out.
    fn groups(
        &mut self,
        network: &Network,
        identity: &Identity,
        before: &[Ref<Addon>],
    ) -> BTreeMap<String, Ref<NodeGroup>> {
        let templates = self.templates(network);
        let mut groups = BTreeMap::new();
        for (what, wanted) in &self.settings.cluster.node_groups {
            let Some(template) = templates.get(&wanted.disk_gib) else { continue };
            let desired = self.group(what, wanted, network, &identity.node, template);
            let group = self.graph.add(what, desired);
            before.iter().for_each(|addon| self.graph.after(&group, addon));
            network.ways_out.iter().for_each(|route| self.graph.after(&group, route));
            groups.insert(what.clone(), group);
        }
        groups
    }

    fn group(
        &self,
        what: &str,
        wanted: &NodeGroupSettings,
        network: &Network,
        role: &Ref<Role>,
        template: &Ref<LaunchTemplate>,
    ) -> NodeGroup {
        NodeGroup {
            name: name(self.settings, what),
            cluster: self.cluster.clone(),
            cluster_name: cluster_name(self.settings),
            version: self.place.kubernetes_version.clone(),
            role: role.clone(),
            subnets: network.node_subnets.clone(),
            template: template.clone(),
            capacity: match wanted.capacity {
                Capacity::OnDemand => "ON_DEMAND".to_owned(),
                Capacity::Spot => "SPOT".to_owned(),
            },
            instance_types: wanted.instance_types.clone(),
            ami_type: ami_type(&wanted.instance_types).to_owned(),
            min: wanted.min,
            max: wanted.max,
            desired: wanted.desired,
            labels: wanted.labels.clone(),
            taints: taints(wanted),
        }
    }

    /// One launch template for each disk size. The size that most groups have is `nodes`, so that
    /// changing it for all of them is a new version of it and a rolling update, not new groups.
    fn templates(&mut self, network: &Network) -> BTreeMap<u32, Ref<LaunchTemplate>> {
        let sizes = self.settings.cluster.node_groups.values().map(|group| group.disk_gib);
        let sizes: Vec<u32> = sizes.collect();
        let main = most_common(&sizes);
        let mut add = |gib: u32| {
            let what = if main == Some(gib) { "nodes".to_owned() } else { format!("nodes-{gib}") };
            let desired = LaunchTemplate {
                name: name(self.settings, &what),
                security_groups: vec![network.nodes.clone()],
                disk_gib: gib,
            };
            (gib, self.graph.add(&what, desired))
        };
        BTreeSet::from_iter(sizes).into_iter().map(&mut add).collect()
    }
}

/// The value that appears most often, the earliest of equals.
fn most_common(values: &[u32]) -> Option<u32> {
    let count = |value: &u32| values.iter().filter(|other| *other == value).count();
    let most = values.iter().map(count).max()?;
    values.iter().find(|value| count(value) == most).copied()
}

/// Where add-ons find room: the group named `system`, else the first that takes any pod.
fn system_group(settings: &Settings) -> Option<&String> {
    let groups = &settings.cluster.node_groups;
    let named = groups.keys().find(|name| *name == "system");
    let open = || groups.iter().find(|(_, group)| group.taints.is_empty()).map(|(name, _)| name);
    named.or_else(open).or_else(|| groups.keys().next())
}

/// Amazon Linux 2023 for the processor of the instance types, which are of one architecture.
fn ami_type(instance_types: &[String]) -> &'static str {
    match instance_types.first() {
        Some(first) if is_arm(first) => "AL2023_ARM_64_STANDARD",
        _ => "AL2023_x86_64_STANDARD",
    }
}

/// Graviton: a `g` right after the generation's number (`m7g`, `t4g`, `c7gn`), and the old `a1`.
/// `g5` is a graphics family on x86.
fn is_arm(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or_default();
    let generation = family.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let options = generation.trim_start_matches(|letter: char| letter.is_ascii_digit());
    family == "a1" || options.starts_with('g')
}

fn taints(wanted: &NodeGroupSettings) -> Vec<Taint> {
    let spelled = |effect: TaintEffect| match effect {
        TaintEffect::NoSchedule => "NO_SCHEDULE",
        TaintEffect::PreferNoSchedule => "PREFER_NO_SCHEDULE",
        TaintEffect::NoExecute => "NO_EXECUTE",
    };
    let taints = wanted.taints.iter().map(|taint| Taint {
        key: taint.key.clone(),
        effect: spelled(taint.effect).to_owned(),
        value: taint.value.clone().filter(|value| !value.is_empty()),
    });
    taints.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_follows_the_processor() {
        for arm in
            ["m7g.large", "t4g.medium", "c7gn.xlarge", "a1.large", "r8gd.large", "g5g.xlarge"]
        {
            assert_eq!(ami_type(&[arm.to_owned()]), "AL2023_ARM_64_STANDARD", "{arm}");
        }
        for intel in ["m7i.large", "t3a.medium", "g5.xlarge", "m7i-flex.large", "inf2.xlarge"] {
            assert_eq!(ami_type(&[intel.to_owned()]), "AL2023_x86_64_STANDARD", "{intel}");
        }
    }

    #[test]
    fn the_usual_disk_is_the_main_one() {
        assert_eq!(most_common(&[50, 80, 80]), Some(80));
        assert_eq!(most_common(&[50, 80]), Some(50));
        assert_eq!(most_common(&[]), None);
    }
}
