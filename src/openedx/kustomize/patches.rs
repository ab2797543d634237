//! Patches of a kustomization, each on the objects it is meant for.

use std::path::Path;

use serde_json::Value;

use super::json_patch::Operation;
use super::kustomization::{Patch, Target};
use super::{Files, KustomizeError, Result, merge, read, yaml};

pub fn apply(files: &dyn Files, patch: &Patch, objects: &mut Vec<Value>) -> Result<()> {
    let (path, text) = match (&patch.path, &patch.patch) {
        (Some(path), None) => (path.as_path(), read(files, path)?),
        (None, Some(text)) => (Path::new("kustomization.yml"), text.clone()),
        _ => return Err(KustomizeError::unknown("a patch has either `path` or `patch`")),
    };
    if text.trim_start().starts_with("- ") || text.trim_start().starts_with('[') {
        return operations(&yaml::only::<Vec<Operation>>(path, &text)?, patch, objects);
    }
    for document in yaml::all(path, &text)? {
        match &patch.target {
            None => one(&document, objects)?,
            Some(target) => targeted(&document, target, objects)?,
        }
    }
    Ok(())
}

fn operations(all: &[Operation], patch: &Patch, objects: &mut [Value]) -> Result<()> {
    let Some(target) = &patch.target else {
        return Err(KustomizeError::unknown("a list of operations needs a `target`"));
    };
    exact(target)?;
    for object in objects.iter_mut().filter(|object| fits(target, object)) {
        all.iter().try_for_each(|operation| operation.apply(object))?;
    }
    Ok(())
}

/// A patch says itself which object it is for, and there must be one.
fn one(document: &Value, objects: &mut Vec<Value>) -> Result<()> {
    let identity = |object: &Value| {
        ["/apiVersion", "/kind", "/metadata/name"].map(|field| object.pointer(field).cloned())
    };
    let position = objects.iter().position(|object| identity(object) == identity(document));
    let Some(position) = position else {
        let [_, kind, name] = identity(document).map(|field| {
            field.and_then(|field| field.as_str().map(str::to_owned)).unwrap_or_default()
        });
        let message = format!("a patch is for {kind} `{name}`, and there is none");
        return Err(KustomizeError::unknown(message));
    };
    replace(position, document.clone(), objects)
}

/// The target chooses; kind and name of the patch do not count.
fn targeted(document: &Value, target: &Target, objects: &mut Vec<Value>) -> Result<()> {
    exact(target)?;
    for position in (0..objects.len()).rev() {
        if fits(target, &objects[position]) {
            let mut patch = document.clone();
            for field in ["/apiVersion", "/kind", "/metadata/name"] {
                let own = objects[position].pointer(field).cloned();
                if let (Some(slot), Some(own)) = (patch.pointer_mut(field), own) {
                    *slot = own;
                }
            }
            replace(position, patch, objects)?;
        }
    }
    Ok(())
}

fn replace(position: usize, patch: Value, objects: &mut Vec<Value>) -> Result<()> {
    match merge::merged(Some(objects[position].take()), patch)? {
        Some(merged) => objects[position] = merged,
        None => {
            objects.remove(position);
        }
    }
    Ok(())
}

fn fits(target: &Target, object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
    let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|w| w == found);
    is(&target.group, group)
        && is(&target.version, version)
        && is(&target.kind, object["kind"].as_str().unwrap_or_default())
        && is(&target.name, object["metadata"]["name"].as_str().unwrap_or_default())
}

/// kustomize reads the words of a target as regular expressions.
fn exact(target: &Target) -> Result<()> {
    let words = [&target.group, &target.version, &target.kind, &target.name];
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    match words.into_iter().flatten().find(|word| !word.chars().all(plain)) {
        Some(word) => {
            let message = format!("`{word}` in the `target` of a patch must be a plain name");
            Err(KustomizeError::unknown(message))
        }
        None => Ok(()),
    }
}
