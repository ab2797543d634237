//! Persistent volumes and the EBS volumes behind them: made, attached, detached, reclaimed.

use serde_json::{Value, json};

use super::unbind;
use crate::kubernetes::json::{dying, list, name, namespace, set, text, uid};
use crate::kubernetes::names::amount;
use crate::kubernetes::scene::Scene;
use crate::world::{Owner, Thing};

/// Makes an EBS volume in the node's zone and the object that stands for it.
pub fn provision(
    scene: &mut Scene<'_>,
    claim: &Value,
    class: &Value,
    node: Option<&str>,
) -> Option<String> {
    let pv = format!("pvc-{}", uid(claim));
    let node = node.and_then(|node| scene.cluster.get(&format!("nodes//{node}")))?;
    let zone = text(node, "/metadata/labels/topology.kubernetes.io~1zone").to_owned();
    let size = claim.pointer("/spec/resources/requests/storage")?;
    let gib = (amount(size)? / 1_073_741_824.0).ceil() as i64;
    let id = volume(scene, claim, class, (&pv, &zone, gib))?;
    let object = json!({"kind": "PersistentVolume",
        "metadata": {"name": pv, "annotations": {"pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com"},
            "finalizers": ["external-provisioner.volume.kubernetes.io/finalizer"]},
        "spec": {"capacity": {"storage": size}, "accessModes": claim["spec"]["accessModes"],
            "storageClassName": name(class),
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"],
            "claimRef": {"kind": "PersistentVolumeClaim", "apiVersion": "v1",
                "namespace": namespace(claim), "name": name(claim), "uid": uid(claim)},
            "csi": {"driver": "ebs.csi.aws.com", "fsType": "ext4", "volumeHandle": id},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}}},
        "status": {"phase": "Bound"}});
    scene.make(object);
    Some(pv)
}

fn volume(
    scene: &mut Scene<'_>,
    claim: &Value,
    class: &Value,
    (pv, zone, gib): (&str, &str, i64),
) -> Option<String> {
    let id = scene.world.new_id("vol");
    let cluster = scene.cluster.name.clone();
    let owned = format!("kubernetes.io/cluster/{cluster}");
    let label = format!("{cluster}-dynamic-{pv}");
    let (space, claim) = (namespace(claim), name(claim));
    let tags = [
        (owned.as_str(), "owned"),
        ("ebs.csi.aws.com/cluster", "true"),
        ("CSIVolumeName", pv),
        ("KubernetesCluster", &cluster),
        ("Name", &label),
        ("kubernetes.io/created-for/pv/name", pv),
        ("kubernetes.io/created-for/pvc/name", claim),
        ("kubernetes.io/created-for/pvc/namespace", space),
    ];
    let kind = Some(text(class, "/parameters/type")).filter(|kind| !kind.is_empty());
    let encrypted = text(class, "/parameters/encrypted") == "true";
    let mut thing = Thing::new("volume", &id)
        .with("volumeId", id.clone())
        .with("size", gib)
        .with("volumeType", kind.unwrap_or("gp3"))
        .with("encrypted", encrypted)
        .with("status", "available")
        .with("availabilityZone", zone)
        .with("createTime", crate::call::date(scene.now))
        .tagged(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
        .owned_by(Owner::Kubernetes);
    thing.region = scene.cluster.region.clone();
    scene.world.create(thing, scene.now).ok().map(|thing| thing.id.clone())
}

/// Whether the claims of a placed pod are bound; then their volumes are attached to its node.
pub fn ready(scene: &mut Scene<'_>, pod: &Value) -> bool {
    for volume in list(pod, "/spec/volumes") {
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        if claim.is_empty() {
            continue;
        }
        let key = format!("persistentvolumeclaims/{}/{claim}", namespace(pod));
        let Some(found) = scene.cluster.get(&key).cloned() else { return false };
        if text(&found, "/status/phase") != "Bound" {
            let now = scene.now;
            scene.cluster.wake(&key, now);
            return false;
        }
        attach(scene, &found, text(pod, "/spec/nodeName"));
    }
    true
}

fn attach(scene: &mut Scene<'_>, claim: &Value, node: &str) {
    let pv = format!("persistentvolumes//{}", text(claim, "/spec/volumeName"));
    let id = scene.cluster.get(&pv).map(|pv| text(pv, "/spec/csi/volumeHandle").to_owned());
    let provider = scene.cluster.get(&format!("nodes//{node}"));
    let instance = provider.and_then(|node| text(node, "/spec/providerID").rsplit('/').next());
    let (Some(id), Some(instance)) = (id, instance.map(str::to_owned)) else { return };
    scene.world.generation += 1;
    if let Some(thing) = scene.world.things.get_mut(&id) {
        thing.set("status", "in-use");
        thing.set(
            "attachmentSet",
            json!({"item": [{"volumeId": id, "instanceId": instance,
            "device": "/dev/xvdaa", "status": "attached", "deleteOnTermination": false}]}),
        );
    }
}

/// Volumes that no pod uses any more leave their instances.
pub fn detach_idle(scene: &mut Scene<'_>) {
    let claims: Vec<Value> = scene.cluster.list("persistentvolumeclaims", None).cloned().collect();
    let used: Vec<String> = claims
        .iter()
        .filter(|claim| !super::claims::users(scene, claim).is_empty())
        .map(|claim| text(claim, "/spec/volumeName").to_owned())
        .collect();
    let idle: Vec<String> = scene
        .cluster
        .list("persistentvolumes", None)
        .filter(|pv| !used.iter().any(|one| one == name(pv)))
        .map(|pv| text(pv, "/spec/csi/volumeHandle").to_owned())
        .collect();
    idle.iter().for_each(|id| detach(scene, id));
}

fn detach(scene: &mut Scene<'_>, id: &str) {
    if let Some(thing) = scene.world.things.get_mut(id)
        && thing.text("status") == "in-use"
    {
        scene.world.generation += 1;
        thing.set("status", "available");
        thing.set("attachmentSet", json!({"item": []}));
    }
}

/// A volume whose claim is gone is released and, where its class says so, deleted.
pub fn look(scene: &mut Scene<'_>, key: &str, pv: &Value) {
    let reference = pv.pointer("/spec/claimRef").cloned().unwrap_or(Value::Null);
    let claim = format!(
        "persistentvolumeclaims/{}/{}",
        text(&reference, "/namespace"),
        text(&reference, "/name")
    );
    let there = scene.cluster.get(&claim).is_some_and(|one| uid(one) == text(&reference, "/uid"));
    if there || reference.is_null() && !dying(pv) {
        return;
    }
    if text(pv, "/status/phase") != "Released" {
        scene.change(key, |pv| set(pv, "/status/phase", "Released"));
    }
    if text(pv, "/spec/persistentVolumeReclaimPolicy") == "Delete" || dying(pv) {
        let id = text(pv, "/spec/csi/volumeHandle").to_owned();
        detach(scene, &id);
        if text(pv, "/spec/persistentVolumeReclaimPolicy") == "Delete" {
            scene.world.remove(&id);
        }
        scene.delete(key);
        unbind(scene, key, "external-provisioner.volume.kubernetes.io/finalizer");
        unbind(scene, key, "kubernetes.io/pv-protection");
    }
}
