//! What the schema validator found, in words for the person who wrote the profile.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::LocationSegment;
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::fields::{Field, as_hint};
use super::key_path::{KeyPath, Step};
use super::suggest::{did_you_mean, listed};

/// Something wrong at a path, before it is given its place in a file.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub path: KeyPath,
    pub spot: Spot,
    pub message: String,
    pub hint: Option<String>,
}

/// What to point at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spot {
    Key,
    Value,
}

impl Problem {
    pub fn value(path: KeyPath, message: String, hint: Option<String>) -> Self {
        Self { path, spot: Spot::Value, message, hint }
    }

    fn key(path: KeyPath, message: String, hint: Option<String>) -> Self {
        Self { path, spot: Spot::Key, message, hint }
    }
}

/// All problems behind one error of the validator.
pub(super) fn explain(error: &ValidationError<'_>, schema: Field<'_>) -> Vec<Problem> {
    let path: KeyPath = error.instance_path().iter().map(step).collect();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| unknown(&path, name, schema)).collect()
        }
        ValidationErrorKind::Required { property } => {
            vec![missing(&path.key(property.as_str().unwrap_or_default()), schema)]
        }
        // Its type is wrong already, and said to be.
        ValidationErrorKind::Enum { .. } if !error.instance().is_string() => Vec::new(),
        kind => {
            let field = schema.at(&path);
            let (message, hint) = invalid(kind, error.instance(), &path, field);
            vec![Problem::value(path, message, hint)]
        }
    }
}

fn step(segment: LocationSegment<'_>) -> Step {
    match segment {
        LocationSegment::Property(key) => Step::Key(key.into_owned()),
        LocationSegment::Index(index) => Step::Index(index),
    }
}

fn unknown(table: &KeyPath, name: &str, schema: Field<'_>) -> Problem {
    let path = table.key(name);
    let names = schema.at(table).map(Field::names).unwrap_or_default();
    let hint = did_you_mean(name, names.iter().copied())
        .or_else(|| home(name, schema))
        .unwrap_or_else(|| format!("allowed are {}", listed(names)));
    Problem::key(path.clone(), format!("unknown field `{path}`"), Some(hint))
}

/// The table that has a field of this name.
fn home(name: &str, schema: Field<'_>) -> Option<String> {
    let table = schema
        .names()
        .into_iter()
        .find(|table| schema.property(table).is_some_and(|field| field.property(name).is_some()))?;
    Some(format!("`{name}` belongs under `[{table}]`"))
}

fn missing(path: &KeyPath, schema: Field<'_>) -> Problem {
    let description = schema.at(path).and_then(|field| field.description);
    Problem::key(path.clone(), format!("missing field `{path}`"), description.map(as_hint))
}

/// Message and hint for a value that is there and wrong.
fn invalid(
    kind: &ValidationErrorKind,
    value: &Value,
    path: &KeyPath,
    field: Option<Field<'_>>,
) -> (String, Option<String>) {
    let meaning = field.and_then(|field| field.description).map(as_hint);
    match kind {
        ValidationErrorKind::Type { kind } => wrong_type(kind, value, path, meaning),
        ValidationErrorKind::Enum { .. } => {
            let words = field.map(Field::words).unwrap_or_default();
            let near = did_you_mean(value.as_str().unwrap_or_default(), words.iter().copied());
            let hint = near.unwrap_or_else(|| format!("allowed are {}", listed(words)));
            (format!("`{path}` cannot be {}", bare(value)), Some(hint))
        }
        ValidationErrorKind::Pattern { .. } => {
            (format!("`{path}` cannot be {}", bare(value)), meaning)
        }
        ValidationErrorKind::Maximum { limit } => {
            (format!("`{path}` is {value}, at most {limit} is allowed"), meaning)
        }
        ValidationErrorKind::Minimum { limit } => {
            (format!("`{path}` is {value}, at least {limit} is needed"), meaning)
        }
        ValidationErrorKind::MaxLength { limit } => {
            let length = value.as_str().map_or(0, |text| text.chars().count());
            (format!("`{path}` has {length} characters, at most {limit} are allowed"), meaning)
        }
        ValidationErrorKind::MinLength { limit } => {
            (format!("`{path}` needs at least {limit} characters"), meaning)
        }
        ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MinProperties { .. } => {
            (format!("`{path}` is empty, at least one entry is needed"), meaning)
        }
        ValidationErrorKind::MaxProperties { limit } => {
            (format!("`{path}` has more than {limit} entries"), meaning)
        }
        other => (format!("`{path}` breaks the rule `{}`", other.keyword()), meaning),
    }
}

fn wrong_type(
    expected: &TypeKind,
    value: &Value,
    path: &KeyPath,
    meaning: Option<String>,
) -> (String, Option<String>) {
    let expected = match expected {
        TypeKind::Single(kind) => named(*kind),
        TypeKind::Multiple(_) => "something else",
    };
    let hint = match value {
        Value::Bool(false) => {
            Some("`false` takes an inherited value away, and nothing is inherited here".to_owned())
        }
        _ => meaning,
    };
    (format!("`{path}` must be {expected}, not {}", shown(value)), hint)
}

fn named(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "nothing",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer | JsonType::Number => "a whole number",
        JsonType::String => "a string in quotes",
        JsonType::Array => "a list",
        JsonType::Object => "a table",
    }
}

/// A value as TOML spells it; tables and lists by name, because they may be long.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => format!("`{other}`"),
    }
}

/// A word without its quotes, where it is plain that a string is meant.
fn bare(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() => format!("`{text}`"),
        _ => shown(value),
    }
}
