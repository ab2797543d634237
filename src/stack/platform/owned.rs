//! Which nodes are one platform's own, and whose they are not.

use serde_json::Value;

use crate::address::Address;
use crate::resource::Resource;
use crate::resources::cloudfront::Distribution;
use crate::resources::eks::PodIdentityAssociation;
use crate::resources::iam::{Role, RolePolicy};
use crate::resources::kubernetes::{
    HttpsCheck, KubernetesJob, KubernetesObject, KubernetesWorkload,
};
use crate::resources::route53::RecordSet;
use crate::resources::s3::{Bucket, BucketPolicy};
use crate::resources::secrets::Secret;

/// Whether a node, desired or recorded, exists for this platform alone.
pub fn owns(platform: &str, address: &Address, desired: &Value) -> bool {
    let named = |before: &str, after: &str| address.name() == format!("{before}{platform}{after}");
    match address.kind() {
        KubernetesObject::KIND | KubernetesWorkload::KIND | KubernetesJob::KIND => {
            within(platform, address, desired)
        }
        HttpsCheck::KIND | Distribution::KIND => named("", ""),
        Bucket::KIND | BucketPolicy::KIND => named("", "-media"),
        Secret::KIND | Role::KIND | PodIdentityAssociation::KIND => named("openedx-", ""),
        RolePolicy::KIND => named("openedx-", "-storage"),
        RecordSet::KIND => named("cdn-", ""),
        _ => false,
    }
}

/// In the platform's namespace, or the namespace itself; what a plugin puts outside of namespaces is
/// known by its address.
fn within(platform: &str, address: &Address, desired: &Value) -> bool {
    let id = |field: &str| desired.pointer(&format!("/id/{field}")).and_then(Value::as_str);
    match (id("namespace"), id("kind")) {
        (Some(namespace), _) => namespace == platform,
        (None, Some("Namespace")) => id("name") == Some(platform),
        (None, _) => address.name().starts_with(&format!("{platform}-")),
    }
}
