//! From a checked profile to the graph of desired resources; pure.

pub mod cluster;
pub mod data;
pub mod edge;
pub mod hosts;
pub mod identity;
pub mod network;
pub mod platform;
pub mod storage;
pub mod watch;

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::StackId;
use crate::graph::Graph;
use crate::openedx::Rendered;
use crate::openedx::overlay::OverlayError;
use crate::profile::Settings;
use crate::resources::kind;
use network::NetworkError;

/// What must be known before a stack can be built: read from AWS, and rendered.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub account: String,
    pub region: String,
    pub partition: String,
    /// ARN of the caller's user or role, who administers the cluster.
    pub caller: String,
    /// Names of the zones to use, in order.
    pub zones: Vec<String>,
    /// The profile's Kubernetes version, else the recorded one, else the newest in standard support.
    pub kubernetes_version: String,
    /// By platform; none when nobody asks for what runs on the cluster.
    pub rendered: BTreeMap<String, Rendered>,
}

impl Surroundings {
    /// The stack of this name here.
    pub fn stack(&self, name: &str) -> StackId {
        StackId {
            name: name.to_owned(),
            account: self.account.clone(),
            region: self.region.clone(),
            partition: self.partition.clone(),
        }
    }
}

/// Why a profile makes no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Overlay(#[from] OverlayError),
}

impl StackError {
    /// The value of the profile that it is about, as a dotted path.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Network(_) => None,
            Self::Overlay(error) => error.about(),
        }
    }

    /// How to go on.
    pub fn hint(&self) -> String {
        match self {
            Self::Network(_) => "change `[network]` in the profile".to_owned(),
            Self::Overlay(error) => error.hint(),
        }
    }
}

/// All resources of a profile.
pub fn build(settings: &Settings, place: &Surroundings) -> Result<Graph, StackError> {
    let mut graph = Graph::new();
    let network = network::build(&mut graph, settings, place)?;
    let storage = storage::build(&mut graph, settings, place);
    let identity = identity::build(&mut graph, settings, place, &storage);
    let compute = cluster::build(&mut graph, settings, place, &network, &identity);
    let data = data::build(&mut graph, settings, place, &network, &identity);
    let edge = edge::build(&mut graph, settings, place, &network, &storage, &compute);
    for role in identity.linked.iter().filter(|role| role.address.name() == LINKED_BALANCER) {
        graph.after(&edge.load_balancer, role);
    }
    watch::build(&mut graph, settings, place, &identity, &data, &edge);
    let base = platform::Base { storage: &storage, compute: &compute, data: &data, edge: &edge };
    platform::build(&mut graph, settings, place, base)?;
    Ok(graph)
}

/// `edxaws-<stack>-<what>`: the name of everything that AWS wants a name for.
pub fn name(settings: &Settings, what: &str) -> String {
    format!("edxaws-{}-{what}", settings.stack)
}

/// The service-linked role without which no load balancer is made.
const LINKED_BALANCER: &str = "elasticloadbalancing";

/// What edxaws itself asks before it knows a stack.
const ALWAYS: &[&str] = &[
    "sts:GetCallerIdentity",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstanceTypeOfferings",
    "eks:DescribeClusterVersions",
    "iam:GetRole",
];

/// Every IAM action that the kinds of a graph may call, each once, sorted.
pub fn actions(graph: &Graph) -> BTreeSet<&'static str> {
    let kinds: BTreeSet<&str> = graph.nodes().map(|node| node.address.kind()).collect();
    let declared = kinds.iter().filter_map(|name| kind(name)).flat_map(|kind| kind.actions());
    declared.copied().chain(ALWAYS.iter().copied()).collect()
}
