//! The JSON Schema of profiles: a strict one for the merged whole, a lenient one for each file.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Settings;

/// What a merged profile must be.
pub(super) fn strict() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Settings>().to_value();
    every_object(&mut schema, &mut without_null);
    schema
}

/// What an editor checks while one file is written: the same, but nothing is required (it may be
/// inherited), and `false` may take an inherited value away where the whole can do without.
pub fn schema() -> String {
    let mut schema = strict();
    every_object(&mut schema, &mut lenient);
    let extends = "Name of the profile whose values hold where this one says nothing.";
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties
            .insert("extends".to_owned(), json!({ "description": extends, "type": "string" }));
    }
    schema["title"] = json!("edxaws profile");
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// TOML has no null: what is optional is left out.
fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
}

fn lenient(object: &mut Map<String, Value>) {
    let required = object.remove("required").unwrap_or_default();
    let is_required =
        |name: &str| required.as_array().is_some_and(|all| all.iter().any(|n| n == name));
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        let optional = properties.iter_mut().filter(|(name, _)| !is_required(name));
        optional.for_each(|(_, property)| or_false(property));
    }
    object.get_mut("additionalProperties").into_iter().for_each(or_false);
}

fn or_false(property: &mut Value) {
    if !property.is_object() || property["type"] == "boolean" {
        return;
    }
    let mut whole = property.take();
    let description = whole.as_object_mut().and_then(|object| object.remove("description"));
    *property = json!({ "anyOf": [whole, { "const": false }] });
    if let Some(description) = description {
        property["description"] = description;
    }
}

fn every_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| every_object(inner, change));
            change(object);
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| every_object(inner, change)),
        _ => {}
    }
}
