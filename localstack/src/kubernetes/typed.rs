//! Objects against their types: unknown fields, wrong types, elements without their keys.

use serde_json::{Map, Value};

use super::apply::fields::{Path, at, fields_of, spelled, take};
use super::apply::schema::{self, List};
use super::json::{name, namespace};
use super::kinds::Resource;
use super::status::Refusal;

/// An object as its type understands it, and what the type did not know.
pub struct Checked {
    pub object: Value,
    pub unknown: Vec<String>,
}

/// The place and the words of a wrong type.
pub struct Mismatch {
    pub field: String,
    pub words: String,
}

pub fn check(resource: &Resource, mut object: Value) -> Result<Checked, Mismatch> {
    quantities(&mut object);
    let through =
        (resource.typed)(object.clone()).map_err(|error| mismatch(resource, &object, &error))?;
    let mut unknown = Vec::new();
    strip(&mut object, &through, &mut String::new(), &mut unknown);
    Ok(Checked { object, unknown })
}

/// Amounts may be numbers where the type wants texts (`cpu: 1`).
fn quantities(value: &mut Value) {
    const PLACES: [&str; 6] = ["requests", "limits", "capacity", "hard", "allocatable", "used"];
    match value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                match inner {
                    Value::Object(amounts) if PLACES.contains(&name.as_str()) => spell(amounts),
                    other => quantities(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(quantities),
        _ => {}
    }
}

fn spell(amounts: &mut Map<String, Value>) {
    for amount in amounts.values_mut() {
        if amount.is_number() {
            *amount = amount.to_string().into();
        }
    }
}

/// Takes out of `object` what did not come `through`, noting it.
fn strip(object: &mut Value, through: &Value, path: &mut String, unknown: &mut Vec<String>) {
    match (object, through) {
        (Value::Object(map), Value::Object(kept)) => {
            map.retain(|name, value| {
                let nothing = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                let lost = !kept.contains_key(name) && !nothing && !empty_list(value);
                if lost {
                    unknown.push(format!("{path}.{name}"));
                }
                !lost && !value.is_null()
            });
            for (name, value) in map.iter_mut() {
                if let Some(kept) = kept.get(name) {
                    let length = path.len();
                    path.push_str(&format!(".{name}"));
                    strip(value, kept, path, unknown);
                    path.truncate(length);
                }
            }
        }
        (Value::Array(items), Value::Array(kept)) => {
            for (number, (item, kept)) in items.iter_mut().zip(kept).enumerate() {
                let length = path.len();
                let place = match item.get("name").and_then(Value::as_str) {
                    Some(name) => format!("[name=\"{name}\"]"),
                    None => format!("[{number}]"),
                };
                path.push_str(&place);
                strip(item, kept, path, unknown);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// Finds the field that is to blame: without it the words of the error change.
fn mismatch(resource: &Resource, object: &Value, error: &serde_json::Error) -> Mismatch {
    let words = error.to_string();
    let blamed = fields_of(object).into_iter().rev().find(|path: &Path| {
        let mut without = object.clone();
        let there = at(&without, path).is_some();
        take(&mut without, path);
        there && (resource.typed)(without).map_err(|e| e.to_string()).err().as_ref() != Some(&words)
    });
    let field = blamed.map(|path| spelled(&path)).unwrap_or_else(|| ".".to_owned());
    Mismatch { field, words }
}

/// `(ns/name; apps/v1, Kind=Deployment)`, as typed errors name an object.
fn whom(resource: &Resource, object: &Value) -> String {
    let version = match resource.group {
        "" => format!("/{}", resource.version),
        _ => resource.api_version(),
    };
    let (namespace, name) = (namespace(object), name(object));
    format!("({namespace}/{name}; {version}, Kind={})", resource.kind)
}

/// What may be applied: every field is known, every element of a keyed list has its keys.
pub fn for_apply(resource: &Resource, object: Value) -> Result<Value, Refusal> {
    let who = whom(resource, &object);
    let fail = |what: String| {
        Refusal::untyped(format!("failed to create typed patch object {who}: {what}"))
    };
    let checked = check(resource, object)
        .map_err(|wrong| fail(format!("{}: {}", wrong.field, wrong.words)))?;
    if !checked.unknown.is_empty() {
        let all = checked.unknown.iter().map(|one| format!("{one}: field not declared in schema"));
        let all: Vec<String> = all.collect();
        let many = if all.len() > 1 { "errors:\n  " } else { "" };
        return Err(fail(format!("{many}{}", all.join("\n  "))));
    }
    match keyless(&checked.object, &mut Vec::new()) {
        Some(what) => Err(fail(what)),
        None => Ok(checked.object),
    }
}

fn keyless(value: &Value, path: &mut Vec<String>) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, inner)| {
            path.push(name.clone());
            let found = keyless(inner, path);
            path.pop();
            found
        }),
        Value::Array(items) => {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let List::Keyed(keys) = schema::list(&names) else { return None };
            let place = path.join(".");
            items.iter().enumerate().find_map(|(number, item)| {
                let missing = keys.iter().find(|key| item.get(**key).is_none());
                let said = missing.map(|key| {
                    format!(
                        ".{place}: element {number}: associative list with keys has an element \
                         that omits key field \"{key}\" (and doesn't have default value)"
                    )
                });
                said.or_else(|| keyless(item, path))
            })
        }
        _ => None,
    }
}

/// What may be created or put: unknown fields are dropped, or refused when the client wants that.
pub fn for_update(resource: &Resource, object: Value, strict: Strict) -> Result<Value, Refusal> {
    let checked = check(resource, object).map_err(|wrong| {
        Refusal::bad(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: {field}: {words}",
            kind = resource.kind,
            version = resource.version,
            field = wrong.field,
            words = wrong.words
        ))
    })?;
    if strict == Strict::Refuse && !checked.unknown.is_empty() {
        let fields = checked.unknown.iter().map(|one| one.trim_start_matches('.'));
        let all: Vec<String> = fields.map(|one| format!("unknown field \"{one}\"")).collect();
        let message = format!("strict decoding error: {}", all.join(", "));
        return Err(Refusal::bad(format!(
            "{kind} in version \"{}\" cannot be handled as a {kind}: {message}",
            resource.version,
            kind = resource.kind
        )));
    }
    Ok(checked.object)
}

/// What becomes of fields the type does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strict {
    Refuse,
    Drop,
}
