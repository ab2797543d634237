//! Create, update, patch, apply.

use serde_json::{Value, json};

use super::{Asked, Reply};
use crate::kubernetes::apply::managers::{self, Operation};
use crate::kubernetes::apply::merge::{Conflicts, apply};
use crate::kubernetes::json::{dying, list, name, namespace, remove, set, text};
use crate::kubernetes::kinds::{self, Resource};
use crate::kubernetes::route::Target;
use crate::kubernetes::scene::Scene;
use crate::kubernetes::status::{Cause, Refusal};
use crate::kubernetes::typed::{self, Strict};
use crate::kubernetes::{defaults, immutable, patch as patches, validate};

pub fn create(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let resource = target.resource;
    let mut object = named(asked.json()?, target)?;
    if text(&object, "/metadata/name").is_empty() {
        let base = text(&object, "/metadata/generateName").to_owned();
        if !base.is_empty() {
            set(&mut object, "/metadata/name", format!("{base}{}", scene.cluster.suffix()));
        }
    }
    if !text(&object, "/metadata/resourceVersion").is_empty() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Refusal::bad(message));
    }
    let object = typed::for_update(resource, object, strict(asked))?;
    if scene.cluster.find(resource, &target.namespace, name(&object)).is_some() {
        return Err(Refusal::exists(resource, name(&object)));
    }
    room(scene, target, name(&object))?;
    let made = finish(scene, asked, target, None, object, Operation::Update)?;
    Ok(Reply::Json(201, made))
}

pub fn strict(asked: &Asked) -> Strict {
    match asked.route.asked("fieldValidation") {
        "Strict" => Strict::Refuse,
        _ => Strict::Drop,
    }
}

/// The object of a body with kind, name and namespace as the path says; other ones are refused.
fn named(mut object: Value, target: &Target) -> Result<Value, Refusal> {
    let resource = target.resource;
    if !object.is_object() {
        return Err(Refusal::bad("the object provided is no object"));
    }
    let said = (text(&object, "/apiVersion").to_owned(), text(&object, "/kind").to_owned());
    let fits = (said.0.is_empty() || said.0 == resource.api_version())
        && (said.1.is_empty() || said.1 == resource.kind);
    if !fits {
        let message = format!(
            "the object provided ({}, Kind={}) does not fit the resource {}",
            said.0,
            said.1,
            resource.qualified()
        );
        return Err(Refusal::bad(message));
    }
    set(&mut object, "/apiVersion", resource.api_version());
    set(&mut object, "/kind", resource.kind);
    if object.get("metadata").is_none_or(|metadata| !metadata.is_object()) {
        set(&mut object, "/metadata", json!({}));
    }
    let (given, space) = (name(&object).to_owned(), namespace(&object).to_owned());
    if !target.name.is_empty() && !given.is_empty() && given != target.name {
        let message = format!(
            "the name of the object ({given}) does not match the name on the URL ({})",
            target.name
        );
        return Err(Refusal::bad(message));
    }
    if !target.name.is_empty() {
        set(&mut object, "/metadata/name", target.name.as_str());
    }
    if !resource.namespaced() {
        remove(&mut object, "/metadata/namespace");
    } else if !space.is_empty() && space != target.namespace {
        let message = "the namespace of the provided object does not match the namespace sent on \
                       the request";
        return Err(Refusal::bad(message));
    } else {
        set(&mut object, "/metadata/namespace", target.namespace.as_str());
    }
    Ok(object)
}

/// There must be a namespace, and it must not be on its way out.
fn room(scene: &Scene<'_>, target: &Target, name: &str) -> Result<(), Refusal> {
    let space = &target.namespace;
    if !target.resource.namespaced() {
        return Ok(());
    }
    let Some(namespaces) = kinds::of_plural("namespaces") else { return Ok(()) };
    match scene.cluster.find(namespaces, "", space) {
        None => Err(Refusal::not_found(namespaces, space)),
        Some(found) if dying(found) => {
            let because = format!(
                "unable to create new content in namespace {space} because it is being terminated"
            );
            let mut refusal = Refusal::forbidden(target.resource, name, &because);
            refusal.details["causes"] = json!([{"reason": "NamespaceTerminating",
                "message": format!("namespace {space} is being terminated"),
                "field": "metadata.namespace"}]);
            Err(refusal)
        }
        Some(_) => Ok(()),
    }
}

pub fn update(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let object = named(asked.json()?, target)?;
    let object = typed::for_update(target.resource, object, strict(asked))?;
    let before = found(scene, target)?;
    let after = finish(scene, asked, target, Some(before), object, Operation::Update)?;
    Ok(Reply::Json(200, after))
}

pub fn found(scene: &Scene<'_>, target: &Target) -> Result<Value, Refusal> {
    let object = scene.cluster.find(target.resource, &target.namespace, &target.name);
    object.cloned().ok_or_else(|| Refusal::not_found(target.resource, &target.name))
}

pub fn patch(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let kind = asked.content_type.split(';').next().unwrap_or_default().trim();
    if kind == "application/apply-patch+yaml" {
        return applied(scene, asked, target);
    }
    let before = found(scene, target)?;
    let change = asked.json()?;
    let mut object = before.clone();
    match kind {
        "application/merge-patch+json" => patches::merge(&mut object, &change),
        "application/strategic-merge-patch+json" => {
            patches::strategic(&mut object, &change, &mut Vec::new());
        }
        "application/json-patch+json" => patches::json(&mut object, &change)?,
        other => {
            let message = format!("the body of the request was in an unknown format: {other}");
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
    }
    let object = named(object, target)?;
    let object = typed::for_update(target.resource, object, strict(asked))?;
    let after = finish(scene, asked, target, Some(before), object, Operation::Update)?;
    Ok(Reply::Json(200, after))
}

fn applied(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let resource = target.resource;
    if asked.route.asked("fieldManager").is_empty() {
        let cause = Cause::required("fieldManager", "is required for apply patch");
        let mut refusal = Refusal::invalid(resource, "", &[cause]);
        refusal.message =
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: \
                           is required for apply patch"
                .to_owned();
        refusal.details["kind"] = "PatchOptions".into();
        refusal.details["group"] = "meta.k8s.io".into();
        return Err(refusal);
    }
    let object = named(asked.json()?, target)?;
    if !list(&object, "/metadata/managedFields").is_empty() {
        return Err(Refusal::bad("metadata.managedFields must be nil"));
    }
    let before = scene.cluster.find(resource, &target.namespace, &target.name).cloned();
    if before.is_none() {
        room(scene, target, &target.name)?;
    }
    let mut object = typed::for_apply(resource, object)?;
    if target.part.is_empty() && resource.parts.contains(&"status") {
        remove(&mut object, "/status");
    }
    let stale = text(&object, "/metadata/resourceVersion").to_owned();
    if before.as_ref().is_some_and(|live| !stale.is_empty() && text(live, VERSION) != stale) {
        return Err(Refusal::stale(resource, &target.name));
    }
    let live = before.clone().unwrap_or_else(
        || json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {}}),
    );
    let writer = asked.writer(target, Operation::Apply);
    let conflicts = if asked.route.says("force") { Conflicts::Take } else { Conflicts::Refuse };
    let merged = apply(&live, &object, &writer, conflicts, scene.now)?;
    let code = if before.is_some() { 200 } else { 201 };
    let after = finish(scene, asked, target, before, merged, Operation::Apply)?;
    Ok(Reply::Json(code, after))
}

const VERSION: &str = "/metadata/resourceVersion";

/// Fills in, checks and writes an object.
pub fn finish(
    scene: &mut Scene<'_>,
    asked: &Asked,
    target: &Target,
    before: Option<Value>,
    mut after: Value,
    operation: Operation,
) -> Result<Value, Refusal> {
    let resource = target.resource;
    match &before {
        Some(before) => {
            let given = text(&after, VERSION);
            if !given.is_empty() && given != text(before, VERSION) {
                return Err(Refusal::stale(resource, &target.name));
            }
            one_part(resource, target, before, &mut after);
            defaults::fill(resource, &mut after);
            scene.aged(resource, before, &mut after);
            validate::check(resource, &after)?;
            immutable::check(resource, before, &after)?;
        }
        None => {
            if resource.parts.contains(&"status") {
                remove(&mut after, "/status");
            }
            for system in ["uid", "creationTimestamp", "generation", "deletionTimestamp"] {
                remove(&mut after, &format!("/metadata/{system}"));
            }
            defaults::fill(resource, &mut after);
            validate::check(resource, &after)?;
            scene.born(resource, &mut after);
        }
    }
    if operation == Operation::Update {
        let writer = asked.writer(target, operation);
        managers::after_update(before.as_ref(), &mut after, &writer, scene.now);
    }
    let done = dying(&after) && list(&after, "/metadata/finalizers").is_empty();
    if done && before.is_some() && !matches!(resource.plural, "pods" | "namespaces") {
        scene.erase(&resource.key(namespace(&after), name(&after)));
        return Ok(after);
    }
    Ok(scene.write(resource, after))
}

/// A write to `status` changes nothing else, and a write to the object not its status.
fn one_part(resource: &Resource, target: &Target, before: &Value, after: &mut Value) {
    if target.part == "status" {
        let status = after.get("status").cloned();
        let managed = after.pointer("/metadata/managedFields").cloned();
        *after = before.clone();
        if let Some(status) = status {
            set(after, "/status", status);
        }
        if let Some(managed) = managed {
            set(after, "/metadata/managedFields", managed);
        }
    } else if resource.parts.contains(&"status") {
        match before.get("status") {
            Some(status) => set(after, "/status", status.clone()),
            None => drop(remove(after, "/status")),
        }
    }
}
