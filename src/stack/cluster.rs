//! The Kubernetes cluster: control plane, add-ons, node groups, who may use it, what pods may do.

mod caller;
mod nodes;

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{ClusterLog, Settings};
use crate::resources::ec2::NetworkLeftovers;
use crate::resources::eks::{
    AccessEntry, Addon, AddonCheck, Cluster, NodeGroup, PodIdentityAssociation,
};
use crate::resources::iam::Role;
use crate::resources::kubernetes::ClusterDrain;
use crate::stack::Surroundings;
use crate::stack::identity::{Identity, cluster_name};
use crate::stack::network::Network;

pub use caller::{principal, session_role, slug};

/// A namespace and a service account in it.
pub type Account = (&'static str, &'static str);

/// The service account of the storage driver's controller, as its add-on makes it.
pub const EBS_CSI: Account = ("kube-system", "ebs-csi-controller-sa");
pub const AUTOSCALER: Account = ("kube-system", "cluster-autoscaler");
/// The add-on without which no node becomes ready.
const NETWORKING: &str = "vpc-cni";
/// Without it the platforms' NetworkPolicies are read by nobody.
const NETWORK_POLICIES: &str = r#"{"enableNetworkPolicy":"true"}"#;
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
    let entries = parts.access();
    let storage_driver = parts.pod_identity("ebs-csi", EBS_CSI, &identity.ebs_csi);
    if let Some(role) = &identity.autoscaler {
        parts.pod_identity("autoscaler", AUTOSCALER, role);
    }
    for (platform, role) in &identity.openedx {
        parts.pod_identity(&format!("openedx-{platform}"), (platform, OPENEDX), role);
    }
    let networking = parts.addon(NETWORKING);
    parts.addon("kube-proxy");
    let agent = parts.addon("eks-pod-identity-agent");
    let groups = parts.groups(network, identity, &networking);
    let home = system_group(settings).and_then(|name| groups.get(name));
    let network_works = parts.check(&networking);
    let addons = parts.addons_on_nodes(home, &network_works, &storage_driver, &agent);
    parts.drain(&entries, &addons, &groups);
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
    let leftovers = leftovers(graph, settings, network);
    graph.after(&cluster, &leftovers);
    for role in &identity.linked {
        graph.after(&cluster, role);
    }
    if let Some(log) = &identity.eks_log {
        graph.after(&cluster, log);
    }
    cluster
}

/// What the cluster's controllers may leave is swept when the cluster is gone, before the network
/// goes that it stands in.
fn leftovers(graph: &mut Graph, settings: &Settings, network: &Network) -> Ref<NetworkLeftovers> {
    let Network { public, private, data, nodes, alb, mysql, cache, documentdb, .. } = network;
    let groups = [nodes, alb, mysql].into_iter().chain(cache).chain(documentdb);
    let desired = NetworkLeftovers {
        vpc: network.vpc.clone(),
        cluster_name: cluster_name(settings),
        subnets: public.iter().chain(private).chain(data).cloned().collect(),
        security_groups: groups.cloned().collect(),
    };
    graph.add("main", desired)
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
    fn access(&mut self) -> Vec<Ref<AccessEntry>> {
        let admins = self.settings.cluster.admins.iter().chain([&self.place.caller]);
        let principals: BTreeSet<String> = admins.map(|arn| principal(arn)).collect();
        let entries = principals.into_iter().map(|principal| {
            let name = slug(&principal, &self.place.account);
            let (cluster, cluster_name) = (self.cluster.clone(), cluster_name(self.settings));
            self.graph.add(&name, AccessEntry { cluster, cluster_name, principal })
        });
        entries.collect()
    }

    /// Made last, so it goes first: while nodes and the storage driver are still there to undo what
    /// controllers made in AWS.
    fn drain(
        &mut self,
        entries: &[Ref<AccessEntry>],
        addons: &[Ref<Addon>],
        groups: &BTreeMap<String, Ref<NodeGroup>>,
    ) {
        let drain = self.graph.add("main", ClusterDrain { cluster: self.cluster.clone() });
        entries.iter().for_each(|entry| self.graph.after(&drain, entry));
        addons.iter().for_each(|addon| self.graph.after(&drain, addon));
        groups.values().for_each(|group| self.graph.after(&drain, group));
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
            configuration: (name == NETWORKING).then(|| NETWORK_POLICIES.to_owned()),
            checked_later: name == NETWORKING,
        };
        self.graph.add(name, desired)
    }

    /// Nodes boot while the add-on they join with settles; nothing runs on them before it works.
    fn check(&mut self, addon: &Ref<Addon>) -> Ref<AddonCheck> {
        let (cluster_name, name) = (cluster_name(self.settings), addon.address.name().to_owned());
        let desired = AddonCheck { addon: addon.clone(), cluster_name, name: name.clone() };
        self.graph.add(&name, desired)
    }

    /// Those that run as Deployments become active on nodes only, the storage driver with its role
    /// only: its pods do not look for one again.
    fn addons_on_nodes(
        &mut self,
        home: Option<&Ref<NodeGroup>>,
        network_works: &Ref<AddonCheck>,
        storage_driver: &Ref<PodIdentityAssociation>,
        agent: &Ref<Addon>,
    ) -> Vec<Ref<Addon>> {
        let metrics = self.settings.cluster.metrics_server.then_some("metrics-server");
        let mut addons = Vec::new();
        for name in ["coredns", "aws-ebs-csi-driver"].into_iter().chain(metrics) {
            let addon = self.addon(name);
            self.graph.after(&addon, network_works);
            if let Some(group) = home {
                self.graph.after(&addon, group);
            }
            if name == "aws-ebs-csi-driver" {
                self.graph.after(&addon, storage_driver);
                self.graph.after(&addon, agent);
            }
            addons.push(addon);
        }
        addons
    }

    /// Node groups come after the one add-on that nodes need to join has been accepted (they boot
    /// longer than it takes to settle), and after their ways out.
    /// The others are DaemonSets: they follow the nodes by themselves.
    fn groups(
        &mut self,
        network: &Network,
        identity: &Identity,
        networking: &Ref<Addon>,
    ) -> BTreeMap<String, Ref<NodeGroup>> {
        let mut groups = BTreeMap::new();
        for (what, wanted) in &self.settings.cluster.node_groups {
            let template = self.template(what, wanted, network);
            let desired = self.group(what, wanted, network, &identity.node, &template);
            let group = self.graph.add(what, desired);
            self.graph.after(&group, networking);
            network.ways_out.iter().for_each(|route| self.graph.after(&group, route));
            groups.insert(what.clone(), group);
        }
        groups
    }
}

/// Where add-ons find room: the group named `system`, else the first that takes any pod.
fn system_group(settings: &Settings) -> Option<&String> {
    let groups = &settings.cluster.node_groups;
    let named = groups.keys().find(|name| *name == "system");
    let open = || groups.iter().find(|(_, group)| group.taints.is_empty()).map(|(name, _)| name);
    named.or_else(open).or_else(|| groups.keys().next())
}
