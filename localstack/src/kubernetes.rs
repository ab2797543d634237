//! Kubernetes inside the local AWS: an API server and controllers for every EKS cluster of a world.
//!
//! No container runs. Objects live in the world's file, controllers work on the world's clock and
//! only when somebody looks, and what they make in AWS (load balancers, volumes, security groups)
//! stands in the local AWS with its real tags.

mod agenda;
mod apply;
mod auth;
mod controllers;
mod defaults;
mod discovery;
mod immutable;
mod json;
mod kinds;
mod misbehave;
mod names;
mod patch;
mod pods;
mod route;
mod scene;
mod seed;
mod selector;
mod serve;
mod state;
mod status;
mod tls;
mod typed;
mod validate;
mod verbs;
mod watch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use misbehave::{Misbehaviour, Trouble};
use scene::Scene;
pub use serve::KubeBody;
pub use state::Cluster;
use state::letters as letters_of;
pub(crate) use tls::{authority, serve};

use crate::world::{Stage, World};

/// The Kubernetes side of a world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kubernetes {
    /// What the certificate authority follows from.
    secret: Option<String>,
    /// By the name of the EKS cluster.
    pub clusters: BTreeMap<String, Cluster>,
}

/// Lets the controllers of every cluster catch up; clusters that have become active begin, those
/// that are gone are forgotten with all they held.
pub fn advance(world: &mut World, now: f64) {
    for (name, id, region, ready) in reachable(world, now) {
        if !world.kubernetes.clusters.contains_key(&name) {
            let mut cluster = Cluster::new(&name, &region, &id, ready);
            seed::plant(&mut Scene { world, cluster: &mut cluster, now: ready });
            world.kubernetes.clusters.insert(name.clone(), cluster);
        }
        with(world, &name, now, controllers::work);
    }
    let gone: Vec<String> = world
        .kubernetes
        .clusters
        .keys()
        .filter(|name| world.get(&format!("eks_cluster/{name}")).is_none())
        .cloned()
        .collect();
    for name in gone {
        world.generation += 1;
        world.kubernetes.clusters.remove(&name);
    }
}

/// Name, id, region and birth of the clusters whose API answers.
fn reachable(world: &World, now: f64) -> Vec<(String, String, String, f64)> {
    let alive = world.of_kind("eks_cluster").filter(|cluster| {
        matches!(cluster.stage(now), Stage::Active | Stage::Changing) && cluster.gone.is_none()
    });
    alive
        .map(|cluster| {
            let (name, id) = (cluster.text("name").to_owned(), cluster.text("$id").to_owned());
            let ready = if cluster.changed { now } else { cluster.ready };
            (name, id, cluster.region.clone(), ready)
        })
        .collect()
}

/// Works on one cluster and the world around it.
fn with<T>(
    world: &mut World,
    name: &str,
    now: f64,
    work: impl FnOnce(&mut Scene<'_>) -> T,
) -> Option<T> {
    let mut cluster = world.kubernetes.clusters.remove(name)?;
    let done = work(&mut Scene { world, cluster: &mut cluster, now });
    world.kubernetes.clusters.insert(name.to_owned(), cluster);
    Some(done)
}

/// Works on the cluster with this id, when it can be reached.
fn visit<T>(
    world: &mut World,
    id: &str,
    now: f64,
    work: impl FnOnce(&mut Scene<'_>) -> T,
) -> Option<T> {
    let (name, ..) = reachable(world, now).into_iter().find(|(_, known, ..)| known == id)?;
    let done = with(world, &name, now, work);
    with(world, &name, now, controllers::work);
    done
}

/// Names the clusters' endpoints as clients of the served API reach them.
pub(crate) fn serve_endpoints(answer: &mut serde_json::Value, port: u16) {
    let Some(endpoint) = answer.pointer_mut("/cluster/endpoint") else { return };
    let id = endpoint.as_str().and_then(|text| text.strip_prefix("https://")?.split('.').next());
    if let Some(id) = id.map(str::to_owned) {
        *endpoint = format!("https://127.0.0.1:{port}/clusters/{id}").into();
    }
}
