//! Claims: provisioned when their class says so and the EBS driver runs, protected while in use.

use serde_json::{Value, json};

use super::{unbind, volumes};
use crate::kubernetes::json::{dying, list, name, namespace, set, text};
use crate::kubernetes::misbehave::Trouble;
use crate::kubernetes::scene::Scene;
use crate::world::Stage;

/// Seconds until a volume is there.
const PROVISION: (f64, f64, f64) = (2.0, 4.0, 8.0);

pub fn look(scene: &mut Scene<'_>, key: &str, claim: &Value) {
    let users = users(scene, claim);
    if dying(claim) {
        if users.is_empty() {
            unbind(scene, key, "kubernetes.io/pvc-protection");
        }
        return;
    }
    if text(claim, "/status/phase") == "Bound" {
        return;
    }
    let class = text(claim, "/spec/storageClassName").to_owned();
    let Some(class) = scene.cluster.get(&format!("storageclasses//{class}")).cloned() else {
        let message = "no persistent volumes available for this claim and no storage class is set";
        return scene.event(claim, "Normal", "FailedBinding", message);
    };
    let waits = text(&class, "/volumeBindingMode") == "WaitForFirstConsumer";
    let node = users.iter().map(|pod| text(pod, "/spec/nodeName")).find(|node| !node.is_empty());
    if waits && node.is_none() {
        let message = "waiting for first consumer to be created before binding";
        return scene.event(claim, "Normal", "WaitForFirstConsumer", message);
    }
    let again = scene.now + 5.0;
    let stuck = scene.cluster.trouble(namespace(claim), name(claim)).map(|one| one.trouble.clone());
    if stuck == Some(Trouble::Unbound) || !driver(scene, &class) {
        let message = format!(
            "Waiting for a volume to be created either by the external provisioner \
             'ebs.csi.aws.com' or manually by the system administrator (class {})",
            name(&class)
        );
        scene.event(claim, "Normal", "ExternalProvisioning", &message);
        return scene.cluster.wake(key, again);
    }
    let Some(at) = scene.cluster.note(key, "provisioned").and_then(Value::as_f64) else {
        let at = scene.now + scene.cluster.drawn(key, PROVISION) * scene.world.pace;
        scene.cluster.set_note(key, "provisioned", at);
        let node = node.map(str::to_owned);
        scene.change(key, |claim| {
            let provisioner = "ebs.csi.aws.com";
            let mark = "/metadata/annotations/volume.kubernetes.io~1";
            set(claim, &format!("{mark}storage-provisioner"), provisioner);
            if let Some(node) = node {
                set(claim, &format!("{mark}selected-node"), node);
            }
        });
        return scene.cluster.wake(key, at);
    };
    if scene.now < at {
        return scene.cluster.wake(key, at);
    }
    let node = node.map(str::to_owned);
    if let Some(volume) = volumes::provision(scene, claim, &class, node.as_deref()) {
        scene.change(key, |claim| {
            set(claim, "/spec/volumeName", volume);
            let size = claim["spec"]["resources"]["requests"].clone();
            set(
                claim,
                "/status",
                json!({"phase": "Bound", "capacity": size,
                "accessModes": claim["spec"]["accessModes"]}),
            );
        });
        scene.event(claim, "Normal", "ProvisioningSucceeded", "Successfully provisioned volume");
    }
}

/// The EBS driver must be there, as add-on or as a Deployment of the same name.
fn driver(scene: &Scene<'_>, class: &Value) -> bool {
    if !matches!(text(class, "/provisioner"), "ebs.csi.aws.com" | "kubernetes.io/aws-ebs") {
        return false;
    }
    let id = format!("eks_addon/{}/aws-ebs-csi-driver", scene.cluster.name);
    scene.world.get(&id).is_some_and(|addon| {
        !matches!(addon.stage(scene.now), Stage::Creating | Stage::Failed | Stage::Deleting)
    }) || scene.cluster.get("deployments/kube-system/ebs-csi-controller").is_some()
}

/// The pods that use a claim.
pub fn users(scene: &Scene<'_>, claim: &Value) -> Vec<Value> {
    let uses = |pod: &&Value| {
        let mut volumes = list(pod, "/spec/volumes").iter();
        let claims = |one: &Value| text(one, "/persistentVolumeClaim/claimName") == name(claim);
        !super::pods::over(pod) && volumes.any(claims)
    };
    scene.cluster.list("pods", Some(namespace(claim))).filter(uses).cloned().collect()
}
