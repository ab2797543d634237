//! Who owns which field: `metadata.managedFields`.

use serde_json::{Value, json};

use super::fields::{Fields, at, fields_of, from_tree, to_tree};
use crate::kubernetes::json::{list, set, stamp, text};

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub manager: String,
    pub operation: Operation,
    /// `status` or `scale`; empty for the object itself.
    pub part: String,
    pub api_version: String,
    pub time: String,
    pub fields: Fields,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Apply,
    Update,
}

/// Who writes, and how.
#[derive(Debug, Clone)]
pub struct Writer {
    pub manager: String,
    pub operation: Operation,
    pub part: String,
    pub api_version: String,
}

impl Entry {
    pub fn of(writer: &Writer, fields: Fields, now: f64) -> Self {
        let Writer { manager, operation, part, api_version } = writer.clone();
        Self { manager, operation, part, api_version, time: stamp(now), fields }
    }

    pub fn is(&self, writer: &Writer) -> bool {
        self.manager == writer.manager
            && self.operation == writer.operation
            && self.part == writer.part
    }

    /// As a conflict names it.
    pub fn said(&self) -> String {
        let part = match self.part.as_str() {
            "" => String::new(),
            part => format!(" with subresource \"{part}\""),
        };
        match self.operation {
            Operation::Apply => format!("\"{}\"{part}", self.manager),
            Operation::Update => format!("\"{}\"{part} using {}", self.manager, self.api_version),
        }
    }

    /// Whether it owns the field at `path` or one below it.
    pub fn holds(&self, path: &[String]) -> bool {
        self.fields.range(path.to_vec()..).next().is_some_and(|next| next.starts_with(path))
    }
}

pub fn read(object: &Value) -> Vec<Entry> {
    let entry = |one: &Value| Entry {
        manager: text(one, "/manager").to_owned(),
        operation: match text(one, "/operation") {
            "Apply" => Operation::Apply,
            _ => Operation::Update,
        },
        part: text(one, "/subresource").to_owned(),
        api_version: text(one, "/apiVersion").to_owned(),
        time: text(one, "/time").to_owned(),
        fields: one.get("fieldsV1").map(from_tree).unwrap_or_default(),
    };
    list(object, "/metadata/managedFields").iter().map(entry).collect()
}

pub fn write(object: &mut Value, entries: &[Entry]) {
    let shown = entries.iter().filter(|entry| !entry.fields.is_empty()).map(|entry| {
        let mut shape = json!({
            "manager": entry.manager,
            "operation": match entry.operation {
                Operation::Apply => "Apply",
                Operation::Update => "Update",
            },
            "apiVersion": entry.api_version,
            "time": entry.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": to_tree(&entry.fields),
        });
        if !entry.part.is_empty() {
            shape["subresource"] = entry.part.clone().into();
        }
        shape
    });
    let shown: Vec<Value> = shown.collect();
    set(object, "/metadata/managedFields", shown);
}

/// After a create, an update or a patch: what the writer changed is its own, and nobody else's.
pub fn after_update(before: Option<&Value>, after: &mut Value, writer: &Writer, now: f64) {
    let old = before.map(fields_of).unwrap_or_default();
    let new = fields_of(after);
    let differs = |path: &&Vec<String>| {
        !old.contains(*path) || before.and_then(|object| at(object, path)) != at(after, path)
    };
    let own_part = |path: &&Vec<String>| {
        let status = path.first().is_some_and(|first| first == "f:status");
        status == (writer.part == "status")
    };
    let element = |path: &Vec<String>| path.last().is_some_and(|part| !part.starts_with("f:"));
    let changed: Fields = new
        .iter()
        .filter(|path| if element(path) { !old.contains(*path) } else { differs(path) })
        .filter(own_part)
        .cloned()
        .collect();
    let mut entries = before.map(read).unwrap_or_default();
    for entry in &mut entries {
        let own = entry.is(writer);
        entry.fields.retain(|path| {
            new.iter().any(|kept| kept.starts_with(path)) && (own || !changed.contains(path))
        });
    }
    if !changed.is_empty() {
        match entries.iter_mut().find(|entry| entry.is(writer)) {
            Some(entry) => {
                entry.fields.extend(changed);
                entry.time = stamp(now);
            }
            None => entries.push(Entry::of(writer, changed, now)),
        }
    }
    write(after, &entries);
}
