//! ReplicaSets keep as many pods as they are told to; and how any controller makes a pod.

use serde_json::{Value, json};

use super::containers::counts;
use super::{key_of, owned, pods, reference};
use crate::kubernetes::json::{dying, name, namespace, number, set, text};
use crate::kubernetes::scene::Scene;

pub fn look(scene: &mut Scene<'_>, key: &str, set_: &Value) {
    if dying(set_) {
        return;
    }
    let wanted = usize::try_from(number(set_, "/spec/replicas").unwrap_or(1)).unwrap_or(0);
    let mut alive: Vec<Value> = owned(scene, set_, Some("pods"));
    alive.retain(counts);
    let mut trouble = None;
    for _ in alive.len()..wanted {
        let base = format!("{}-", name(set_));
        let made = make_pod(scene, set_, "/spec/template", &base, json!({}));
        match made {
            Ok(pod) => alive.push(pod),
            Err(why) => {
                trouble = Some(why);
                break;
            }
        }
    }
    // Those that are not ready go first, then the youngest.
    alive.sort_by_key(|pod| {
        let born = text(pod, "/metadata/creationTimestamp").to_owned();
        (pods::ready(pod), !text(pod, "/spec/nodeName").is_empty(), std::cmp::Reverse(born))
    });
    let extra = alive.len().saturating_sub(wanted);
    for pod in alive.drain(..extra) {
        scene.delete(&key_of(&pod));
    }
    if let Some(why) = trouble {
        scene.event(set_, "Warning", "FailedCreate", &why);
        let later = scene.now + 5.0;
        scene.cluster.wake(key, later);
    }
    let ready = alive.iter().filter(|pod| pods::ready(pod)).count();
    scene.change(key, |object| {
        let generation = object["metadata"]["generation"].clone();
        let labeled = alive.len();
        set(
            object,
            "/status",
            json!({"replicas": alive.len(), "fullyLabeledReplicas": labeled,
            "readyReplicas": ready, "availableReplicas": ready, "observedGeneration": generation}),
        );
    });
}

/// Makes a pod from the template of its owner, with what `extra` puts over it.
pub fn make_pod(
    scene: &mut Scene<'_>,
    owner: &Value,
    template: &str,
    base: &str,
    extra: Value,
) -> Result<Value, String> {
    let mut pod = owner.pointer(template).cloned().unwrap_or(json!({}));
    let name = if base.ends_with('-') {
        format!("{base}{}", scene.cluster.suffix())
    } else {
        base.to_owned()
    };
    let space = namespace(owner).to_owned();
    let account = text(&pod, "/spec/serviceAccountName").to_owned();
    let known =
        |account: &str| scene.cluster.get(&format!("serviceaccounts/{space}/{account}")).is_some();
    if !account.is_empty() && !known(&account) {
        return Err(format!(
            "Error creating: pods \"{base}\" is forbidden: error looking up service account \
             {space}/{account}: serviceaccount \"{account}\" not found"
        ));
    }
    set(&mut pod, "/kind", "Pod");
    set(&mut pod, "/metadata/name", name.as_str());
    if base.ends_with('-') {
        set(&mut pod, "/metadata/generateName", base);
    }
    set(&mut pod, "/metadata/namespace", space);
    set(&mut pod, "/metadata/ownerReferences", reference(owner));
    crate::kubernetes::patch::strategic(&mut pod, &extra, &mut Vec::new());
    let made = scene.make(pod).ok_or_else(|| format!("pods \"{name}\" already exists"))?;
    scene.event(owner, "Normal", "SuccessfulCreate", &format!("Created pod: {name}"));
    Ok(made)
}
