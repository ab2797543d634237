//! What of an object cannot be changed once it is there.

use serde_json::Value;

use super::json::{flag, name, remove, text};
use super::kinds::Resource;
use super::status::{Cause, Refusal};

const WORDS: &str = "field is immutable";

/// Fields that stay as they were made.
const FIXED: &[(&str, &[&str])] = &[
    ("deployments", &["/spec/selector"]),
    ("replicasets", &["/spec/selector"]),
    ("daemonsets", &["/spec/selector"]),
    ("jobs", &["/spec/selector", "/spec/template", "/spec/completions", "/spec/completionMode"]),
    ("rolebindings", &["/roleRef"]),
    ("clusterrolebindings", &["/roleRef"]),
    ("secrets", &["/type"]),
    ("priorityclasses", &["/value"]),
    ("ingressclasses", &["/spec/controller"]),
];

/// Fields of a StorageClass have words of their own.
const CLASS: &[&str] = &["/provisioner", "/parameters", "/reclaimPolicy", "/volumeBindingMode"];

pub fn check(resource: &Resource, before: &Value, after: &Value) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    let differs = |pointer: &str| before.pointer(pointer) != after.pointer(pointer);
    let fixed = FIXED.iter().find(|(plural, _)| *plural == resource.plural);
    for pointer in fixed.iter().flat_map(|(_, pointers)| pointers.iter()).filter(|one| differs(one))
    {
        causes.push(fixed_cause(resource, pointer, after));
    }
    match resource.plural {
        "storageclasses" => causes.extend(CLASS.iter().filter(|one| differs(one)).map(|one| {
            let field = super::validate::dotted(one);
            Cause::forbidden(field.clone(), &format!("updates to {field} are forbidden."))
        })),
        "secrets" | "configmaps" if flag(before, "/immutable") => kept(before, after, &mut causes),
        "services" => address(before, after, &mut causes),
        "persistentvolumeclaims" => claim(before, after, &mut causes),
        "statefulsets" => stateful(before, after, &mut causes),
        "pods" => pod(before, after, &mut causes),
        _ => {}
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(resource, name(after), &causes)) }
}

fn fixed_cause(resource: &Resource, pointer: &str, after: &Value) -> Cause {
    let field = super::validate::dotted(pointer);
    let value = after.pointer(pointer).unwrap_or(&Value::Null);
    match resource.plural {
        "rolebindings" | "clusterrolebindings" => {
            Cause::invalid(field, value, "cannot change roleRef")
        }
        "priorityclasses" => Cause::forbidden(field, "may not be changed in an update."),
        _ => Cause::invalid(field, value, WORDS),
    }
}

fn kept(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let words = "field is immutable when `immutable` is set";
    for field in ["data", "binaryData", "immutable"] {
        if before.get(field) != after.get(field) {
            causes.push(Cause::forbidden(field, words));
        }
    }
}

fn address(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let (old, new) = (text(before, "/spec/clusterIP"), text(after, "/spec/clusterIP"));
    let leaves = text(after, "/spec/type") == "ExternalName";
    if !old.is_empty() && old != new && !leaves {
        let list = Value::from(vec![new]);
        causes.push(Cause::invalid("spec.clusterIPs[0]", &list, "may not change once set"));
    }
}

/// A claim may grow, and nothing else; it is bound by the server.
fn claim(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let plain = |object: &Value| {
        let mut spec = object["spec"].clone();
        remove(&mut spec, "/resources/requests/storage");
        spec
    };
    let (old, new) = (plain(before), plain(after));
    let bound = before.pointer("/spec/volumeName").is_some();
    let only_bound = !bound && {
        let mut new = new.clone();
        remove(&mut new, "/volumeName");
        new == old
    };
    if old != new && !only_bound {
        let words = "spec is immutable after creation except resources.requests and \
                     volumeAttributesClassName for bound claims";
        causes.push(Cause::forbidden("spec", words));
    }
    let size = |object: &Value| {
        object.pointer("/spec/resources/requests/storage").and_then(super::names::amount)
    };
    if size(after) < size(before) {
        let words = "field can not be less than previous value";
        causes.push(Cause::forbidden("spec.resources.requests.storage", words));
    }
}

fn stateful(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    const FREE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let plain = |object: &Value| {
        let mut spec = object["spec"].clone();
        FREE.iter().for_each(|name| drop(remove(&mut spec, &format!("/{name}"))));
        spec
    };
    if plain(before) != plain(after) {
        let words = "updates to statefulset spec for fields other than 'replicas', 'ordinals', \
                     'template', 'updateStrategy', 'revisionHistoryLimit', \
                     'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        causes.push(Cause::forbidden("spec", words));
    }
}

/// Of a pod only images, deadlines and tolerations may change.
fn pod(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let plain = |object: &Value| {
        let mut spec = object["spec"].clone();
        for kind in ["containers", "initContainers"] {
            super::json::each(&mut spec, &format!("/{kind}")).for_each(|one| {
                drop(remove(one, "/image"));
            });
        }
        for free in
            ["tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds", "nodeName"]
        {
            drop(remove(&mut spec, &format!("/{free}")));
        }
        spec
    };
    if plain(before) != plain(after) {
        let words = "pod updates may not change fields other than `spec.containers[*].image`,\
                     `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
                     `spec.tolerations` (only additions to existing tolerations),\
                     `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                     previously negative)";
        causes.push(Cause::forbidden("spec", words));
    }
}
