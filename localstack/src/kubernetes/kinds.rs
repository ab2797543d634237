//! What the API serves: one row a resource, with its names, scope, subresources and type.

use k8s_openapi::Resource as Typed;
use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, autoscaling::v2 as autoscaling,
    batch::v1 as batch, coordination::v1 as coordination, core::v1 as core,
    discovery::v1 as discovery, networking::v1 as networking, policy::v1 as policy,
    rbac::v1 as rbac, scheduling::v1 as scheduling, storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as extensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as registration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One resource of the API.
#[derive(Clone, Copy)]
pub struct Resource {
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub kind: &'static str,
    pub short: &'static [&'static str],
    pub scope: Scope,
    pub parts: &'static [&'static str],
    /// Through the type and back: what the type does not know is lost on the way.
    pub typed: fn(Value) -> Result<Value, serde_json::Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Cluster,
    Namespaced,
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.plural)
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        (self.group, self.plural) == (other.group, other.plural)
    }
}

const fn row<T: Typed + Serialize + DeserializeOwned>(
    scope: Scope,
    short: &'static [&'static str],
    parts: &'static [&'static str],
) -> Resource {
    Resource {
        group: T::GROUP,
        version: T::VERSION,
        plural: T::URL_PATH_SEGMENT,
        kind: T::KIND,
        short,
        scope,
        parts,
        typed: typed::<T>,
    }
}

fn typed<T: Serialize + DeserializeOwned>(value: Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<T>(value)?)
}

use Scope::{Cluster, Namespaced};

/// Every resource, group by group, in the order discovery shows.
pub const RESOURCES: &[Resource] = &[
    row::<core::ConfigMap>(Namespaced, &["cm"], &[]),
    row::<core::Endpoints>(Namespaced, &["ep"], &[]),
    row::<core::Event>(Namespaced, &["ev"], &[]),
    row::<core::LimitRange>(Namespaced, &["limits"], &[]),
    row::<core::Namespace>(Cluster, &["ns"], &["status", "finalize"]),
    row::<core::Node>(Cluster, &["no"], &["status"]),
    row::<core::PersistentVolumeClaim>(Namespaced, &["pvc"], &["status"]),
    row::<core::PersistentVolume>(Cluster, &["pv"], &["status"]),
    row::<core::Pod>(
        Namespaced,
        &["po"],
        &["status", "log", "eviction", "exec", "attach", "portforward"],
    ),
    row::<core::ResourceQuota>(Namespaced, &["quota"], &["status"]),
    row::<core::Secret>(Namespaced, &[], &[]),
    row::<core::ServiceAccount>(Namespaced, &["sa"], &[]),
    row::<core::Service>(Namespaced, &["svc"], &["status"]),
    row::<admission::MutatingWebhookConfiguration>(Cluster, &[], &[]),
    row::<admission::ValidatingWebhookConfiguration>(Cluster, &[], &[]),
    row::<extensions::CustomResourceDefinition>(Cluster, &["crd", "crds"], &["status"]),
    row::<registration::APIService>(Cluster, &[], &["status"]),
    row::<apps::ControllerRevision>(Namespaced, &[], &[]),
    row::<apps::DaemonSet>(Namespaced, &["ds"], &["status"]),
    row::<apps::Deployment>(Namespaced, &["deploy"], &["status", "scale"]),
    row::<apps::ReplicaSet>(Namespaced, &["rs"], &["status", "scale"]),
    row::<apps::StatefulSet>(Namespaced, &["sts"], &["status", "scale"]),
    row::<autoscaling::HorizontalPodAutoscaler>(Namespaced, &["hpa"], &["status"]),
    row::<batch::CronJob>(Namespaced, &["cj"], &["status"]),
    row::<batch::Job>(Namespaced, &[], &["status"]),
    row::<coordination::Lease>(Namespaced, &[], &[]),
    row::<discovery::EndpointSlice>(Namespaced, &[], &[]),
    row::<networking::IngressClass>(Cluster, &[], &[]),
    row::<networking::Ingress>(Namespaced, &["ing"], &["status"]),
    row::<networking::NetworkPolicy>(Namespaced, &["netpol"], &[]),
    row::<policy::PodDisruptionBudget>(Namespaced, &["pdb"], &["status"]),
    row::<rbac::ClusterRoleBinding>(Cluster, &[], &[]),
    row::<rbac::ClusterRole>(Cluster, &[], &[]),
    row::<rbac::RoleBinding>(Namespaced, &[], &[]),
    row::<rbac::Role>(Namespaced, &[], &[]),
    row::<scheduling::PriorityClass>(Cluster, &["pc"], &[]),
    row::<storage::CSIDriver>(Cluster, &[], &[]),
    row::<storage::CSINode>(Cluster, &[], &[]),
    row::<storage::StorageClass>(Cluster, &["sc"], &[]),
    row::<storage::VolumeAttachment>(Cluster, &[], &["status"]),
];

impl Resource {
    pub fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, as error messages name it.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    pub fn namespaced(&self) -> bool {
        self.scope == Namespaced
    }

    /// Where an object of it is kept.
    pub fn key(&self, namespace: &str, name: &str) -> String {
        format!("{}/{namespace}/{name}", self.plural)
    }
}

/// The resource a group and a plural name; plurals are unique but for what is not served.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES
        .iter()
        .find(|one| one.group == group && one.version == version && one.plural == plural)
}

pub fn of_plural(plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|one| one.plural == plural)
}

pub fn of_kind(kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|one| one.kind == kind)
}
