//! VPC, subnets, ways out, security groups.

use std::collections::BTreeMap;

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::Settings;
use crate::resources::ec2::{Subnet, Vpc};
use crate::stack::Surroundings;

/// What the other parts of the stack stand on.
#[derive(Debug, Clone)]
pub struct Network {
    pub vpc: Ref<Vpc>,
    pub public: Vec<Ref<Subnet>>,
    pub private: Vec<Ref<Subnet>>,
    pub data: Vec<Ref<Subnet>>,
}

pub fn build(graph: &mut Graph, settings: &Settings, place: &Surroundings) -> Network {
    graph.part("network");
    let vpc = graph.add("main", Vpc { cidr: settings.network.cidr.clone() });
    let _ = (place, BTreeMap::<String, String>::new());
    Network { vpc, public: Vec::new(), private: Vec::new(), data: Vec::new() }
}
