//! Sets of fields, as `managedFields` holds them: `f:spec`, `k:{"name":"lms"}`, `v:"text"`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::schema::{self, List};

/// A place in an object, in the spelling of `FieldsV1`.
pub type Path = Vec<String>;

/// Places in an object.
pub type Fields = BTreeSet<Path>;

/// What the server writes into every object: owned by nobody.
const SYSTEM: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "resourceVersion",
    "generation",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
];

/// The leaves of an object; elements of keyed lists count, too.
pub fn fields_of(object: &Value) -> Fields {
    let mut fields = Fields::new();
    collect(object, &mut Vec::new(), &mut fields);
    fields.retain(|path| !system(path));
    fields
}

fn system(path: &[String]) -> bool {
    match path {
        [first] => matches!(first.as_str(), "f:apiVersion" | "f:kind" | "f:metadata"),
        [first, second, ..] if first == "f:metadata" => {
            second.strip_prefix("f:").is_some_and(|name| SYSTEM.contains(&name))
        }
        _ => false,
    }
}

/// The field names of a path, without elements of lists.
pub fn names(path: &[String]) -> Vec<&str> {
    path.iter().filter_map(|part| part.strip_prefix("f:")).collect()
}

fn collect(value: &Value, path: &mut Path, fields: &mut Fields) {
    match value {
        Value::Object(map) if !map.is_empty() && !schema::atomic_map(&names(path)) => {
            for (name, inner) in map {
                path.push(format!("f:{name}"));
                collect(inner, path, fields);
                path.pop();
            }
        }
        Value::Array(items) => match schema::list(&names(path)) {
            List::Atomic => leaf(path, fields),
            shape => items.iter().for_each(|item| element(item, shape, path, fields)),
        },
        _ => leaf(path, fields),
    }
}

fn leaf(path: &Path, fields: &mut Fields) {
    if !path.is_empty() {
        fields.insert(path.clone());
    }
}

fn element(item: &Value, shape: List, path: &mut Path, fields: &mut Fields) {
    path.push(match shape {
        List::Keyed(keys) => format!("k:{}", key_of(item, keys)),
        _ => format!("v:{item}"),
    });
    leaf(path, fields);
    if matches!(shape, List::Keyed(_)) {
        collect(item, path, fields);
    }
    path.pop();
}

/// The keys of an element as compact JSON.
pub fn key_of(item: &Value, keys: &[&str]) -> String {
    let pairs = keys.iter().filter_map(|key| {
        let value = item.get(*key)?;
        Some(format!("{}:{value}", Value::from(*key)))
    });
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

/// The value at a path.
pub fn at<'v>(object: &'v Value, path: &[String]) -> Option<&'v Value> {
    let mut place = object;
    for (depth, part) in path.iter().enumerate() {
        place = match part.split_once(':')? {
            ("f", name) => place.get(name)?,
            _ => place.as_array()?.get(position(place, &path[..depth], part)?)?,
        };
    }
    Some(place)
}

/// Where in a list the element of a path part stands.
fn position(list: &Value, path: &[String], part: &str) -> Option<usize> {
    let shape = schema::list(&names(path));
    list.as_array()?.iter().position(|item| match (part.split_once(':'), shape) {
        (Some(("k", key)), List::Keyed(keys)) => key_of(item, keys) == key,
        (Some(("v", value)), _) => serde_json::from_str(value).is_ok_and(|one: Value| one == *item),
        _ => false,
    })
}

/// Takes the field at a path away, and what is empty because of it.
pub fn take(object: &mut Value, path: &[String]) {
    fn inner(place: &mut Value, path: &[String], depth: usize) {
        let Some(part) = path.get(depth) else { return };
        let last = depth + 1 == path.len();
        if let Some(name) = part.strip_prefix("f:") {
            let Some(map) = place.as_object_mut() else { return };
            if !last && let Some(next) = map.get_mut(name) {
                inner(next, path, depth + 1);
            }
            if last || map.get(name).is_some_and(emptied) {
                map.remove(name);
            }
        } else if let Some(at) = position(place, &path[..depth], part)
            && let Some(items) = place.as_array_mut()
        {
            if last {
                items.remove(at);
            } else if let Some(next) = items.get_mut(at) {
                inner(next, path, depth + 1);
            }
        }
    }
    inner(object, path, 0);
}

fn emptied(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// `FieldsV1`: a tree; an element that has fields of its own shows itself as `.`.
pub fn to_tree(fields: &Fields) -> Value {
    let mut tree = Map::new();
    for path in fields {
        let mut place = &mut tree;
        for part in path {
            let next = place.entry(part.clone()).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(map) = next else { return Value::Null };
            place = map;
        }
        if path.last().is_some_and(|part| part.starts_with("k:")) {
            place.insert(".".to_owned(), Value::Object(Map::new()));
        }
    }
    Value::Object(tree)
}

pub fn from_tree(tree: &Value) -> Fields {
    fn walk(tree: &Value, path: &mut Path, fields: &mut Fields) {
        let Some(map) = tree.as_object() else { return };
        if map.is_empty() || map.contains_key(".") {
            fields.insert(path.clone());
        }
        for (part, inner) in map.iter().filter(|(part, _)| *part != ".") {
            path.push(part.clone());
            walk(inner, path, fields);
            path.pop();
        }
    }
    let mut fields = Fields::new();
    if tree.as_object().is_some_and(|map| !map.is_empty()) {
        walk(tree, &mut Vec::new(), &mut fields);
    }
    fields
}

/// `.spec.template.spec.containers[name="lms"].image`, as conflicts name a field.
pub fn spelled(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        match part.split_once(':') {
            Some(("f", name)) => text.push_str(&format!(".{name}")),
            Some(("k", key)) => {
                let keys: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
                let keys: Vec<_> = keys.iter().map(|(name, one)| format!("{name}={one}")).collect();
                text.push_str(&format!("[{}]", keys.join(",")));
            }
            Some((_, value)) => text.push_str(&format!("[={value}]")),
            None => {}
        }
    }
    text
}
