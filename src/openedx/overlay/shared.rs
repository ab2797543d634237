//! What all platforms of a cluster share: volumes' class, the nodes' autoscaler and images, and the web
//! server that the load balancer reaches.

mod autoscaler;
mod images;
mod web;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::STORAGE_CLASS;
use crate::openedx::Rendered;
use crate::profile::Settings;

/// Objects in the order in which they may be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    pub storage_class: Value,
    /// Accounts and rights first, the Deployment last; none when the profile wants none.
    pub autoscaler: Vec<Value>,
    /// Namespace first.
    pub web: Vec<Value>,
    /// Nobody waits for it: it only makes others start sooner.
    pub images: Option<Value>,
}

/// Where the cluster is and what it runs.
#[derive(Debug, Clone, Copy)]
pub struct Surface<'a> {
    pub cluster: &'a str,
    pub region: &'a str,
    /// Kubernetes's minor version, which the autoscaler's must equal.
    pub version: &'a str,
}

pub fn shared(
    settings: &Settings,
    surface: Surface<'_>,
    platforms: &BTreeMap<String, Rendered>,
) -> Shared {
    let autoscaler = settings.cluster.autoscaler;
    let autoscaler = autoscaler.then(|| autoscaler::objects(settings, surface));
    Shared {
        storage_class: storage_class(),
        autoscaler: autoscaler.unwrap_or_default(),
        web: web::objects(settings, platforms),
        images: images::object(settings, platforms),
    }
}

/// The default of the cluster: EKS has none. A volume is made where its pod is, or no pod in another
/// zone could ever have it.
fn storage_class() -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true"},
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": true,
        "volumeBindingMode": "WaitForFirstConsumer",
    })
}
