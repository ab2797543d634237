//! Questions to the schema: what may stand at a path, and what it means.

use serde_json::{Map, Value};

use super::key_path::{KeyPath, Step};

/// What the schema says about one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    root: &'a Value,
    shape: &'a Value,
    /// The field's own words, before those of its type.
    pub description: Option<&'a str>,
}

impl<'a> Field<'a> {
    pub fn root(schema: &'a Value) -> Self {
        Self { root: schema, shape: schema, description: None }
    }

    /// The field at `path`, if the schema knows one.
    pub fn at(self, path: &KeyPath) -> Option<Self> {
        path.steps().iter().try_fold(self, |here, step| match step {
            Step::Key(key) => here.property(key).or_else(|| here.entry()),
            Step::Index(_) => here.item(),
        })
    }

    pub fn property(self, key: &str) -> Option<Self> {
        self.properties()?.get(key).map(|schema| self.inner(schema))
    }

    /// What every entry of a map with free names is.
    pub fn entry(self) -> Option<Self> {
        let schema = self.shape.get("additionalProperties")?;
        schema.is_object().then(|| self.inner(schema))
    }

    pub fn item(self) -> Option<Self> {
        self.shape.get("items").map(|schema| self.inner(schema))
    }

    pub fn properties(self) -> Option<&'a Map<String, Value>> {
        self.shape.get("properties")?.as_object()
    }

    /// Names of the fields: the required ones as declared, then the others.
    pub fn names(self) -> Vec<&'a str> {
        let all = self.properties().into_iter().flat_map(Map::keys).map(String::as_str);
        let mut names: Vec<_> = self.required().collect();
        let others: Vec<_> = all.filter(|name| !names.contains(name)).collect();
        names.extend(others);
        names
    }

    pub fn required(self) -> impl Iterator<Item = &'a str> {
        self.shape
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    pub fn get(self, keyword: &str) -> Option<&'a Value> {
        self.shape.get(keyword)
    }

    /// The allowed words.
    pub fn words(self) -> Vec<&'a str> {
        let words = self.shape.get("enum").and_then(Value::as_array).into_iter().flatten();
        words.filter_map(Value::as_str).collect()
    }

    fn inner(self, schema: &'a Value) -> Self {
        let shape = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| self.root.pointer(reference.strip_prefix('#')?));
        let shape = shape.unwrap_or(schema);
        let words = |schema: &'a Value| schema.get("description").and_then(Value::as_str);
        Self { root: self.root, shape, description: words(schema).or_else(|| words(shape)) }
    }
}

/// Words that keep their capital in the middle of a sentence.
const NAMES: [&str; 3] = ["Kubernetes", "Performance", "Studio"];

/// A description as a hint: no capital, no full stop.
pub(super) fn as_hint(description: &str) -> String {
    let text = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix('.').unwrap_or(&text);
    let word = text.split(' ').next().unwrap_or_default();
    // So do words like `AWS`, `EC2` and `CloudFront`.
    let is_name = NAMES.contains(&word) || word.chars().skip(1).any(|c| !c.is_lowercase());
    match text.chars().next() {
        Some(first) if !is_name => first.to_lowercase().chain(text.chars().skip(1)).collect(),
        _ => text.to_owned(),
    }
}
