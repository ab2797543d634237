//! Reading and writing objects, which are JSON, by `/a/b` pointers.

use serde_json::{Map, Value};

pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

pub fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer) == Some(&Value::Bool(true))
}

pub fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub fn map<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

pub fn name(value: &Value) -> &str {
    text(value, "/metadata/name")
}

pub fn namespace(value: &Value) -> &str {
    text(value, "/metadata/namespace")
}

pub fn uid(value: &Value) -> &str {
    text(value, "/metadata/uid")
}

pub fn dying(value: &Value) -> bool {
    value.pointer("/metadata/deletionTimestamp").is_some()
}

/// Writes a value, making the objects on the way; what is no object on the way is replaced.
pub fn set(value: &mut Value, pointer: &str, new: impl Into<Value>) {
    let mut place = value;
    for part in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else { return };
        place = map.entry(part.replace("~1", "/")).or_insert(Value::Null);
    }
    *place = new.into();
}

/// Writes a value where there is none.
pub fn default(value: &mut Value, pointer: &str, new: impl Into<Value>) {
    if value.pointer(pointer).is_none_or(Value::is_null) {
        set(value, pointer, new);
    }
}

pub fn remove(value: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    value.pointer_mut(parent)?.as_object_mut()?.remove(name)
}

/// Every element of a list, to be changed.
pub fn each<'v>(value: &'v mut Value, pointer: &str) -> impl Iterator<Item = &'v mut Value> {
    value.pointer_mut(pointer).and_then(Value::as_array_mut).into_iter().flatten()
}

/// RFC 3339 in whole seconds, as Kubernetes writes moments.
pub fn stamp(seconds: f64) -> String {
    let moment = jiff::Timestamp::from_second(seconds as i64);
    moment.map_or_else(|_| String::new(), |moment| moment.to_string())
}

/// The moment of a stamp.
pub fn moment(text: &str) -> Option<f64> {
    text.parse::<jiff::Timestamp>().ok().map(|moment| moment.as_second() as f64)
}
