//! Patches that are no server-side apply: JSON patch, merge patch, strategic merge patch.

use serde_json::Value;

use super::apply::fields::key_of;
use super::apply::schema::{self, List};
use super::status::Refusal;

/// RFC 7386.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(map) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            map.remove(name);
        } else {
            merge(map.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

/// Lists with keys are merged element by element; `$patch: delete` and `replace` are obeyed.
pub fn strategic(target: &mut Value, patch: &Value, path: &mut Vec<String>) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if changes.get("$patch").and_then(Value::as_str) == Some("replace") || !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(map) = target else { return };
    for (name, change) in changes.iter().filter(|(name, _)| !name.starts_with('$')) {
        path.push(name.clone());
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match (change, schema::list(&names)) {
            (Value::Null, _) => drop(map.remove(name)),
            (Value::Array(items), List::Keyed(keys)) => {
                let list = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                elements(list, items, keys, path);
            }
            (Value::Array(items), List::Set) => {
                let list = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                let Value::Array(all) = list else { return };
                let fresh: Vec<Value> =
                    items.iter().filter(|item| !all.contains(item)).cloned().collect();
                all.extend(fresh);
            }
            _ => strategic(map.entry(name.clone()).or_insert(Value::Null), change, path),
        }
        path.pop();
        let delete = changes.get(&format!("$deleteFromPrimitiveList/{name}"));
        if let (Some(Value::Array(gone)), Some(Value::Array(all))) = (delete, map.get_mut(name)) {
            all.retain(|item| !gone.contains(item));
        }
    }
}

fn elements(list: &mut Value, changes: &[Value], keys: &[&str], path: &mut Vec<String>) {
    let Value::Array(all) = list else { return };
    // The patch's merge key is the first of the keys that it gives.
    let same = |a: &Value, b: &Value| {
        let given: Vec<&str> = keys.iter().copied().filter(|key| b.get(*key).is_some()).collect();
        !given.is_empty() && key_of(a, &given) == key_of(b, &given)
    };
    for change in changes {
        let at = all.iter().position(|item| same(item, change));
        let delete = change.get("$patch").and_then(Value::as_str) == Some("delete");
        match at {
            Some(at) if delete => drop(all.remove(at)),
            Some(at) => strategic(&mut all[at], change, path),
            None if delete => {}
            None => all.push(change.clone()),
        }
    }
}

/// RFC 6902: add, remove, replace, test, move, copy.
pub fn json(target: &mut Value, patch: &Value) -> Result<(), Refusal> {
    let Value::Array(steps) = patch else {
        return Err(Refusal::bad("error decoding patch: a JSON patch is a list"));
    };
    steps.iter().try_for_each(|step| one(target, step))
}

fn one(target: &mut Value, step: &Value) -> Result<(), Refusal> {
    let text = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    let (op, path) = (text("op"), text("path"));
    let fail = || {
        let message = "the server rejected our request due to an error in our request";
        Refusal::new(422, "Invalid", message)
    };
    match op.as_str() {
        "test" => (target.pointer(&path) == step.get("value")).then_some(()).ok_or_else(fail),
        "add" => add(target, &path, step["value"].clone()).ok_or_else(fail),
        "replace" => {
            let place = target.pointer_mut(&path).ok_or_else(fail)?;
            *place = step["value"].clone();
            Ok(())
        }
        "remove" => take(target, &path).map(drop).ok_or_else(fail),
        "move" => {
            let value = take(target, &text("from")).ok_or_else(fail)?;
            add(target, &path, value).ok_or_else(fail)
        }
        "copy" => {
            let value = target.pointer(&text("from")).cloned().ok_or_else(fail)?;
            add(target, &path, value).ok_or_else(fail)
        }
        _ => Err(Refusal::bad(format!("unknown JSON patch operation: {op}"))),
    }
}

fn add(target: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, name) = path.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    match target.pointer_mut(parent)? {
        Value::Object(map) => drop(map.insert(name, value)),
        Value::Array(items) if name == "-" => items.push(value),
        Value::Array(items) => {
            let at = name.parse().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn take(target: &mut Value, path: &str) -> Option<Value> {
    let (parent, name) = path.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    match target.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&name),
        Value::Array(items) => {
            let at = name.parse().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}
