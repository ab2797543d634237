//! YAML as kustomize reads it: several documents, empty ones skipped, lists of objects unpacked.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{KustomizeError, Result};

/// The one document of a file.
pub fn only<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| wrong(path, &error))
}

/// All objects of a file.
pub fn all(path: &Path, text: &str) -> Result<Vec<Value>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options())
        .map_err(|error| wrong(path, &error))?;
    let mut objects = Vec::new();
    for document in documents {
        match document {
            Value::Null => {}
            Value::Object(mut fields) if is_list(&fields) => {
                match fields.remove("items").unwrap_or_default() {
                    Value::Array(items) => objects.extend(items),
                    _ => return Err(odd(path, "a `List` without `items`")),
                }
            }
            Value::Object(_) => objects.push(document),
            _ => return Err(odd(path, "a document that is no object")),
        }
    }
    Ok(objects)
}

fn is_list(fields: &serde_json::Map<String, Value>) -> bool {
    fields.get("kind").and_then(Value::as_str).is_some_and(|kind| kind == "List")
}

/// `yes` and `on` are words, `0644` is a number in octal: as Kubernetes' tools have it.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        legacy_octal_numbers: true,
        with_snippet: false,
        // An environment is the user's own; one settings file alone has 45 KB.
        budget: None,
    }
}

fn wrong(path: &Path, error: &serde_saphyr::Error) -> KustomizeError {
    odd(path, &error.to_string())
}

fn odd(path: &Path, message: &str) -> KustomizeError {
    KustomizeError::Yaml { path: path.to_owned(), message: message.to_owned() }
}
