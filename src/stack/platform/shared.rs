//! What all platforms of the cluster share, as nodes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Nodes;
use super::order::{Phase, address_name, phase};
use crate::address::Address;
use crate::openedx::overlay::{Surface, shared};
use crate::profile::Settings;
use crate::resource::Resource;
use crate::resources::eks::PodIdentityAssociation;
use crate::stack::Surroundings;
use crate::stack::identity::cluster_name;

const OWNER: &str = "cluster";

/// What the platforms wait for.
pub struct Common {
    pub storage_class: Address,
    /// Everything of the web server that the balancer reaches.
    pub web: BTreeSet<Address>,
}

pub fn build(nodes: &mut Nodes<'_>, settings: &Settings, place: &Surroundings) -> Common {
    let cluster = cluster_name(settings);
    let surface =
        Surface { cluster: &cluster, region: &place.region, version: &place.kubernetes_version };
    let shared = shared(settings, surface, &place.rendered);
    let class = address_name(OWNER, &shared.storage_class);
    let none = BTreeSet::new;
    let storage_class = nodes.object("cluster-storageclass", shared.storage_class, none());
    let storage_class = storage_class.unwrap_or_else(|| Address::new("kubernetes_object", &class));
    let identity = Address::new(PodIdentityAssociation::KIND, "autoscaler");
    chain(nodes, shared.autoscaler, &[identity].into());
    let web = chain(nodes, shared.web, &none());
    if let Some(images) = shared.images {
        // Before there are nodes: each one takes it up as it joins.
        let namespace = web.iter().find(|one| one.name() == "cluster-namespace");
        nodes.object("cluster-images", images, namespace.cloned().into_iter().collect());
    }
    Common { storage_class, web }
}

/// Each after the namespace, accounts and texts before it; those with pods after `needs`, too.
fn chain(
    nodes: &mut Nodes<'_>,
    objects: Vec<Value>,
    needs: &BTreeSet<Address>,
) -> BTreeSet<Address> {
    let (mut ground, mut all) = (BTreeSet::new(), BTreeSet::new());
    let mut workload = BTreeSet::new();
    for object in objects {
        let (name, phase) = (address_name(OWNER, &object), phase(&object));
        let made = match phase {
            Phase::Store | Phase::App => {
                let behind = ground.union(needs).cloned().collect();
                let made = nodes.workload(&name, object, behind);
                workload.extend(made.clone());
                made
            }
            Phase::Rest => nodes.object(&name, object, workload.clone()),
            _ => {
                let made = nodes.object(&name, object, ground.clone());
                ground.extend(made.clone());
                made
            }
        };
        all.extend(made);
    }
    all
}
