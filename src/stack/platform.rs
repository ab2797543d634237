//! The platforms on the cluster: every Kubernetes object as a node behind what it needs; pure.
//!
//! Nothing waits for more than it must: a ConfigMap for the cluster and what fills it in, a pod for
//! nodes and for what it reads. New code waits for the initialisation's Jobs.

mod fills;
mod order;
mod owned;
mod shared;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use owned::owns;

use crate::address::{Address, Ref};
use crate::graph::Graph;
use crate::openedx::overlay::{InitJob, OverlayError, overlay};
use crate::openedx::{Inputs, Rendered, inputs};
use crate::profile::Settings;
use crate::resource::Resource;
use crate::resources::autoscaling::TargetGroupAttachment;
use crate::resources::eks::{AccessEntry, Addon, Cluster, PodIdentityAssociation};
use crate::resources::iam::RolePolicy;
use crate::resources::kubernetes::wire::{Fill, Manifest, Version};
use crate::resources::kubernetes::{
    HttpsCheck, KubernetesJob, KubernetesObject, KubernetesWorkload, Page,
};
use crate::stack::Surroundings;
use crate::stack::cluster::Compute;
use crate::stack::data::Data;
use crate::stack::edge::Edge;
use crate::stack::storage::Storage;
use order::{Phase, address_name, phase, reads};
use shared::Common;

/// The parts of the stack that platforms stand on.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    pub storage: &'a Storage,
    pub compute: &'a Compute,
    pub data: &'a Data,
    pub edge: &'a Edge,
}

/// Adds what was rendered; nothing when nothing was.
pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    base: Base<'_>,
) -> Result<(), OverlayError> {
    if place.rendered.is_empty() {
        return Ok(());
    }
    graph.part("kubernetes");
    let ground = Ground::of(graph, base.compute);
    let common = shared::build(&mut Nodes::new(graph, &ground), settings, place);
    for (platform, rendered) in &place.rendered {
        graph.part("platform");
        let fills = fills::all(platform, base);
        let nodes = Nodes { fills, ..Nodes::new(graph, &ground) };
        let site = Site { nodes, settings, platform, common: &common, base };
        site.build(rendered)?;
    }
    Ok(())
}

/// What objects of the cluster wait for.
struct Ground {
    cluster: Ref<Cluster>,
    /// Before these nobody may call the cluster's API.
    entries: BTreeSet<Address>,
    /// Before these no pod runs.
    nodes: BTreeSet<Address>,
    /// What makes volumes.
    disks: Address,
}

impl Ground {
    fn of(graph: &Graph, compute: &Compute) -> Self {
        let all = |kind: &str| {
            let nodes = graph.nodes().filter(|node| node.address.kind() == kind);
            nodes.map(|node| node.address.clone()).collect::<BTreeSet<_>>()
        };
        let mut nodes: BTreeSet<Address> =
            compute.groups.values().map(|group| group.address.clone()).collect();
        // Names are found, and roles.
        for addon in ["coredns", "eks-pod-identity-agent"] {
            nodes.insert(Address::new(Addon::KIND, addon));
        }
        Self {
            cluster: compute.cluster.clone(),
            entries: all(AccessEntry::KIND),
            nodes,
            disks: Address::new(Addon::KIND, "aws-ebs-csi-driver"),
        }
    }
}

/// Adds objects to the graph.
struct Nodes<'a> {
    graph: &'a mut Graph,
    ground: &'a Ground,
    fills: BTreeMap<String, Fill>,
    /// By kind and name of an object, the secrets it takes values from.
    behind: BTreeMap<(String, String), Vec<Version>>,
}

impl<'a> Nodes<'a> {
    fn new(graph: &'a mut Graph, ground: &'a Ground) -> Self {
        Self { graph, ground, fills: BTreeMap::new(), behind: BTreeMap::new() }
    }

    fn object(&mut self, name: &str, body: Value, needs: BTreeSet<Address>) -> Option<Address> {
        self.add(name, body, needs, Vec::new(), KubernetesObject::new)
    }

    /// Pods need nodes to run on, and are replaced when a secret behind what they read is rotated.
    fn workload(&mut self, name: &str, body: Value, needs: BTreeSet<Address>) -> Option<Address> {
        let needs = needs.into_iter().chain(self.ground.nodes.clone()).collect();
        let read = reads(&body);
        let behind = read.iter().filter_map(|key| self.behind.get(key)).flatten();
        let follows = behind.cloned().collect();
        self.add(name, body, needs, follows, KubernetesWorkload::new)
    }

    /// What a task does for good stands in its script: it runs again when a secret of that is
    /// rotated, and not for one of the settings that it only reads.
    fn job(
        &mut self,
        name: &str,
        body: Value,
        needs: BTreeSet<Address>,
        script: &(String, String),
    ) -> Option<Address> {
        let needs = needs.into_iter().chain(self.ground.nodes.clone()).collect();
        let follows = self.behind.get(script).cloned().unwrap_or_default();
        self.add(name, body, needs, follows, KubernetesJob::new)
    }

    /// `None` for what has neither kind nor name, which no renderer lets pass.
    fn add<R: Resource>(
        &mut self,
        name: &str,
        body: Value,
        needs: BTreeSet<Address>,
        follows: Vec<Version>,
        wrap: fn(Manifest) -> R,
    ) -> Option<Address> {
        let fills = fills::with_derived(&self.fills, &body);
        let manifest = Manifest::new(self.ground.cluster.clone(), body, fills)?;
        let manifest = manifest.following(follows);
        let (kind, own) = (manifest.id.kind.clone(), manifest.id.name.clone());
        self.behind.insert((kind, own), manifest.versions.clone());
        let mut name = name.to_owned();
        while self.graph.get(&Address::new(R::KIND, &name)).is_some() {
            name.push_str("-too");
        }
        let address = self.graph.add(&name, wrap(manifest)).address;
        self.graph.follows(&address, self.ground.entries.iter().cloned());
        self.graph.follows(&address, needs);
        Some(address)
    }
}

/// One platform on its way into the graph.
struct Site<'a> {
    nodes: Nodes<'a>,
    settings: &'a Settings,
    platform: &'a str,
    common: &'a Common,
    base: Base<'a>,
}

/// What of the platform is in the graph already, by what later objects know of it.
#[derive(Default)]
struct Made {
    namespace: BTreeSet<Address>,
    accounts: BTreeSet<Address>,
    /// ConfigMaps, Secrets and volume claims by kind and name.
    read: BTreeMap<(String, String), Address>,
    services: BTreeSet<Address>,
    stores: BTreeSet<Address>,
    jobs: BTreeSet<Address>,
    apps: BTreeMap<String, Address>,
}

impl Site<'_> {
    fn build(mut self, rendered: &Rendered) -> Result<(), OverlayError> {
        let Some(inputs) = inputs(self.settings, self.platform) else { return Ok(()) };
        let overlay = overlay(rendered, &inputs, self.settings)?;
        let mut objects: Vec<(Phase, Value)> =
            overlay.objects.into_iter().map(|object| (phase(&object), object)).collect();
        objects.sort_by_key(|(phase, _)| *phase);
        let later = objects.partition_point(|(phase, _)| *phase < Phase::App);
        let after_jobs = objects.split_off(later);
        let mut made = Made::default();
        for (phase, object) in objects {
            self.add(phase, object, &mut made);
        }
        for job in overlay.jobs {
            self.job(job, &mut made);
        }
        for (phase, object) in after_jobs {
            self.add(phase, object, &mut made);
        }
        self.check(&made, &inputs);
        Ok(())
    }

    fn add(&mut self, phase: Phase, object: Value, made: &mut Made) {
        let name = address_name(self.platform, &object);
        let (kind, own) = (text(&object, "/kind"), text(&object, "/metadata/name"));
        let mut needs = made.namespace.clone();
        match phase {
            Phase::Namespace => {
                made.namespace.extend(self.nodes.object(&name, object, BTreeSet::new()));
            }
            Phase::Account => made.accounts.extend(self.nodes.object(&name, object, needs)),
            Phase::Config | Phase::Claim => {
                if phase == Phase::Claim {
                    needs.extend(self.disks());
                }
                let address = self.nodes.object(&name, object, needs);
                made.read.extend(address.map(|address| ((kind, own), address)));
            }
            Phase::Service => made.services.extend(self.nodes.object(&name, object, needs)),
            Phase::Store => {
                needs.extend(self.pod_needs(&object, made));
                needs.extend(self.disks());
                made.stores.extend(self.nodes.workload(&name, object, needs));
            }
            Phase::App => {
                needs.extend(self.pod_needs(&object, made));
                needs.extend(made.jobs.iter().cloned());
                needs.extend(made.stores.iter().cloned());
                let address = self.nodes.workload(&name, object, needs);
                made.apps.extend(address.map(|address| (own, address)));
            }
            Phase::Rest => {
                needs.extend(made.accounts.iter().chain(&made.services).cloned());
                needs.extend(made.apps.get(&own).cloned());
                self.nodes.object(&name, object, needs);
            }
        }
    }

    fn disks(&self) -> [Address; 2] {
        [self.nodes.ground.disks.clone(), self.common.storage_class.clone()]
    }

    /// What a pod cannot start without: what it reads, and the rights of its account.
    fn pod_needs(&self, object: &Value, made: &Made) -> BTreeSet<Address> {
        let mut needs = made.accounts.clone();
        needs.extend(reads(object).iter().filter_map(|key| made.read.get(key).cloned()));
        let name = format!("openedx-{}", self.platform);
        needs.insert(Address::new(PodIdentityAssociation::KIND, &name));
        needs.insert(Address::new(RolePolicy::KIND, &format!("{name}-storage")));
        needs
    }

    /// Tasks speak to every store and every database, one task after the other. Each waits for all
    /// before it, and new code for all of them: of those, any one may have to run again.
    fn job(&mut self, job: InitJob, made: &mut Made) {
        let mut needs = made.namespace.clone();
        let name = address_name(self.platform, &job.secret);
        let key = ("Secret".to_owned(), text(&job.secret, "/metadata/name"));
        let secret = self.nodes.object(&name, job.secret, needs.clone());
        made.read.extend(secret.map(|address| (key.clone(), address)));
        needs.extend(self.pod_needs(&job.job, made));
        needs.extend(made.services.iter().chain(&made.stores).cloned());
        needs.extend(made.jobs.iter().cloned());
        needs.extend(self.databases());
        let name = format!("{}-{}", self.platform, job.name);
        made.jobs.extend(self.nodes.job(&name, job.job, needs, &key));
    }

    fn databases(&self) -> BTreeSet<Address> {
        let data = self.base.data;
        let mut all: BTreeSet<Address> = [data.mysql.address.clone()].into();
        all.extend(data.cache.iter().map(|cache| cache.address.clone()));
        all.extend(data.documentdb_instances.iter().map(|one| one.address.clone()));
        all
    }

    /// Last of all, people's own way in: through their name, the balancer, the nodes' port.
    fn check(&mut self, made: &Made, inputs: &Inputs) {
        let edge = self.base.edge;
        let page = |host: &str, path: &str| Page { host: host.to_owned(), path: path.to_owned() };
        let pages = vec![
            page(&inputs.lms_host, "/heartbeat"),
            page(&inputs.cms_host, "/heartbeat"),
            page(&inputs.mfe_host, "/"),
        ];
        let check = HttpsCheck { pages, balancer: edge.load_balancer.clone() };
        let graph = &mut *self.nodes.graph;
        let attached = graph.nodes().map(|node| node.address.clone());
        let attached: Vec<Address> =
            attached.filter(|one| one.kind() == TargetGroupAttachment::KIND).collect();
        let check = graph.add(self.platform, check).address;
        graph.follows(&check, [edge.https.address.clone(), edge.hosts.address.clone()]);
        graph.follows(&check, attached);
        graph.follows(&check, made.services.iter().chain(made.apps.values()).cloned());
        graph.follows(&check, self.common.web.iter().cloned());
    }
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
