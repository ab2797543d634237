//! Volumes: where they come from, and how large they are.

use serde_json::{Value, json};

use super::{Wishes, pod};

/// The storage class that edxaws makes: encrypted gp3 in the zone of the pod.
pub const STORAGE_CLASS: &str = "edxaws-gp3";

/// A claim without a class would wait for a default that EKS does not have.
pub fn claim(object: &mut Value, wishes: &Wishes<'_>) {
    if pod::kind(object) == "PersistentVolumeClaim" {
        let gib = wishes.room(pod::name(object)).storage_gib;
        return complete(object, gib);
    }
    let gib = wishes.room(pod::name(object)).storage_gib;
    let Some(spec) = object.get_mut("spec") else { return };
    pod::items(spec, "volumeClaimTemplates").for_each(|claim| complete(claim, gib));
}

fn complete(claim: &mut Value, gib: Option<u32>) {
    pod::default(&mut claim["spec"], "storageClassName", STORAGE_CLASS.into());
    if let Some(gib) = gib {
        claim["spec"]["resources"]["requests"]["storage"] = json!(format!("{gib}Gi"));
    }
}
