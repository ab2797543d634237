//! Delete: one or many, with grace, finalizers, preconditions and what becomes of dependents.

use serde_json::{Value, json};

use super::{Asked, Reply, read, write};
use crate::kubernetes::json::{list, name, namespace, number, set, text, uid};
use crate::kubernetes::route::Target;
use crate::kubernetes::scene::{Scene, mark_dying};
use crate::kubernetes::status::Refusal;

/// What becomes of what the object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dependents {
    Background,
    Foreground,
    Orphan,
}

struct Options {
    dependents: Dependents,
    grace: Option<i64>,
    body: Value,
}

fn options(asked: &Asked, target: &Target) -> Result<Options, Refusal> {
    let body = if asked.body.is_empty() { json!({}) } else { asked.json()? };
    let given = match text(&body, "/propagationPolicy") {
        "" => asked.route.asked("propagationPolicy").to_owned(),
        given => given.to_owned(),
    };
    let dependents = match given.as_str() {
        "Foreground" => Dependents::Foreground,
        "Orphan" => Dependents::Orphan,
        "Background" => Dependents::Background,
        // A Job's pods outlive it unless the client says otherwise.
        _ if target.resource.plural == "jobs" => Dependents::Orphan,
        _ => Dependents::Background,
    };
    let grace = number(&body, "/gracePeriodSeconds")
        .or_else(|| asked.route.asked("gracePeriodSeconds").parse().ok());
    Ok(Options { dependents, grace, body })
}

pub fn one(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let options = options(asked, target)?;
    let object = write::found(scene, target)?;
    let wanted = text(&options.body, "/preconditions/uid");
    if !wanted.is_empty() && wanted != uid(&object) {
        let (resource, name) = (target.resource, &target.name);
        return Err(Refusal::other_uid(resource, name, wanted, uid(&object)));
    }
    let version = text(&options.body, "/preconditions/resourceVersion");
    if !version.is_empty() && version != text(&object, "/metadata/resourceVersion") {
        return Err(Refusal::stale(target.resource, &target.name));
    }
    let protected = ["default", "kube-system", "kube-public"];
    if target.resource.plural == "namespaces" && protected.contains(&target.name.as_str()) {
        let because = "this namespace may not be deleted";
        return Err(Refusal::forbidden(target.resource, &target.name, because));
    }
    Ok(Reply::Json(200, end(scene, target, &object, &options)))
}

fn end(scene: &mut Scene<'_>, target: &Target, object: &Value, options: &Options) -> Value {
    let key = target.resource.key(namespace(object), name(object));
    if options.dependents == Dependents::Orphan {
        orphan(scene, uid(object));
    }
    if options.dependents == Dependents::Foreground {
        scene.change(&key, |object| {
            let mut all = list(object, "/metadata/finalizers").to_vec();
            all.push("foregroundDeletion".into());
            set(object, "/metadata/finalizers", all);
        });
    }
    let plural = target.resource.plural;
    let object = scene.cluster.get(&key).cloned().unwrap_or(Value::Null);
    let kept = !list(&object, "/metadata/finalizers").is_empty();
    let graceful = plural == "pods" && options.grace != Some(0);
    if kept || graceful || plural == "namespaces" {
        let now = scene.now;
        scene.change(&key, |object| mark_dying(object, options.grace, now));
        return scene.cluster.get(&key).cloned().unwrap_or(object);
    }
    scene.erase(&key);
    if SHOWN.contains(&plural) {
        return object;
    }
    let mut details = json!({"name": name(&object), "kind": plural, "uid": uid(&object)});
    if !target.resource.group.is_empty() {
        details["group"] = target.resource.group.into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": details})
}

/// Of these a delete answers the object.
const SHOWN: [&str; 8] = [
    "storageclasses",
    "persistentvolumes",
    "persistentvolumeclaims",
    "serviceaccounts",
    "resourcequotas",
    "csidrivers",
    "csinodes",
    "volumeattachments",
];

fn orphan(scene: &mut Scene<'_>, owner: &str) {
    let owns = |object: &Value| {
        list(object, "/metadata/ownerReferences").iter().any(|one| text(one, "/uid") == owner)
    };
    let keys: Vec<String> = scene
        .cluster
        .all()
        .filter(|(_, object)| owns(object))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in keys {
        scene.change(&key, |object| {
            let mut all = list(object, "/metadata/ownerReferences").to_vec();
            all.retain(|one| text(one, "/uid") != owner);
            set(object, "/metadata/ownerReferences", all);
        });
    }
}

pub fn many(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let (options, selector) = (options(asked, target)?, read::selector(asked, target)?);
    let found: Vec<Value> = scene
        .cluster
        .list(target.resource.plural, read::space(target))
        .filter(|object| selector.fits(object))
        .cloned()
        .collect();
    for object in &found {
        end(scene, target, object, &options);
    }
    let kind = format!("{}List", target.resource.kind);
    Ok(Reply::Json(
        200,
        json!({"kind": kind, "apiVersion": target.resource.api_version(),
        "metadata": {"resourceVersion": scene.cluster.revision.to_string()}, "items": found}),
    ))
}
