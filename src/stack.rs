//! From a checked profile to the graph of desired resources; pure.

pub mod cluster;
pub mod edge;
pub mod hosts;
pub mod identity;
pub mod network;
pub mod storage;

use crate::graph::Graph;
use crate::profile::Settings;

/// What is read from AWS before a stack can be built, and nothing else is.
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
}

/// All resources of a profile.
pub fn build(settings: &Settings, place: &Surroundings) -> Graph {
    let mut graph = Graph::new();
    network::build(&mut graph, settings, place);
    graph
}

/// `edxaws-<stack>-<what>`: the name of everything that AWS wants a name for.
pub fn name(settings: &Settings, what: &str) -> String {
    format!("edxaws-{}-{what}", settings.stack)
}
