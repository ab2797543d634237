//! DaemonSets: one pod on every node that fits.

use serde_json::{Value, json};

use super::containers::counts;
use super::{key_of, owned, pods, replicasets};
use crate::kubernetes::json::{dying, map, name, set, text};
use crate::kubernetes::letters_of;
use crate::kubernetes::scene::Scene;

pub fn look(scene: &mut Scene<'_>, key: &str, object: &Value) {
    if dying(object) {
        return;
    }
    let hash = letters_of(&object["spec"]["template"].to_string(), 10);
    let fits = |node: &&Value| {
        let labels = node.pointer("/metadata/labels").unwrap_or(&Value::Null);
        map(object, "/spec/template/spec/nodeSelector")
            .all(|(key, one)| labels.get(key) == Some(one))
    };
    let nodes: Vec<String> =
        scene.cluster.list("nodes", None).filter(fits).map(|node| name(node).to_owned()).collect();
    let mut all = owned(scene, object, Some("pods"));
    all.retain(counts);
    for node in &nodes {
        let on = |pod: &&Value| text(pod, "/spec/nodeName") == node;
        match all.iter().find(on) {
            None => place(scene, object, node, &hash),
            Some(pod) if text(pod, HASH) != hash && all.iter().all(pods::ready) => {
                scene.delete(&key_of(pod));
                break;
            }
            Some(_) => {}
        }
    }
    let mut all = owned(scene, object, Some("pods"));
    all.retain(counts);
    let ready = all.iter().filter(|pod| pods::ready(pod)).count();
    let updated = all.iter().filter(|pod| text(pod, HASH) == hash).count();
    scene.change(key, |object| {
        let generation = object["metadata"]["generation"].clone();
        set(
            object,
            "/status",
            json!({"desiredNumberScheduled": nodes.len(),
            "currentNumberScheduled": all.len(), "numberReady": ready, "numberAvailable": ready,
            "updatedNumberScheduled": updated, "numberMisscheduled": 0,
            "observedGeneration": generation}),
        );
    });
}

const HASH: &str = "/metadata/labels/controller-revision-hash";

fn place(scene: &mut Scene<'_>, object: &Value, node: &str, hash: &str) {
    let extra = json!({"metadata": {"labels": {"controller-revision-hash": hash}},
        "spec": {"nodeName": node, "tolerations": [{"operator": "Exists"}]}});
    let base = format!("{}-", name(object));
    if let Err(why) = replicasets::make_pod(scene, object, "/spec/template", &base, extra) {
        scene.event(object, "Warning", "FailedCreate", &why);
    }
}
