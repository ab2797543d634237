//! The profile as it takes effect: one TOML text, with the origin of every value behind it.

use std::fmt::Write as _;

use serde_json::Value;

use super::fields::Field;
use super::key_path::{KeyPath, quoted, spelled};
use super::tree::{Node, Tree};
use super::{Profile, schema};

/// The merged profile as TOML. What reads it again reads the same settings.
pub fn show(profile: &Profile) -> String {
    let schema = schema::strict();
    let mut text = format!("# {}\n", profile.files.join(", which extends "));
    table(&mut text, &profile.tree, &KeyPath::default(), Field::root(&schema));
    text
}

fn table(text: &mut String, tree: &Tree, path: &KeyPath, schema: Field<'_>) {
    let Node::Table(entries) = &tree.node else { return };
    let is_table = |tree: &Tree| matches!(tree.node, Node::Table(_));
    let (tables, values): (Vec<_>, Vec<_>) = ordered(entries.keys(), schema.at(path))
        .into_iter()
        .partition(|key| is_table(&entries[*key]));
    if !path.steps().is_empty() && (!values.is_empty() || tables.is_empty()) {
        let _ = write!(text, "\n[{path}]");
        let _ = if entries.is_empty() {
            writeln!(text, "  # from {}", place(tree))
        } else {
            writeln!(text)
        };
    }
    for key in values {
        let value = &entries[key];
        let toml = inline(&value.json().unwrap_or_default());
        let _ = writeln!(text, "{} = {toml}  # from {}", spelled(key), place(value));
    }
    for key in tables {
        table(text, &entries[key], &path.key(key), schema);
    }
}

/// The keys in the order of the schema, then the others by name.
fn ordered<'a>(
    keys: impl Iterator<Item = &'a String>,
    field: Option<Field<'_>>,
) -> Vec<&'a String> {
    let names = field.map(Field::names).unwrap_or_default();
    let mut keys: Vec<_> = keys.collect();
    keys.sort_by_key(|key| names.iter().position(|name| name == key).unwrap_or(names.len()));
    keys
}

fn place(tree: &Tree) -> String {
    format!("{}:{}", tree.at.file, tree.at.line)
}

/// A value on one line, as TOML spells it.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|(key, value)| format!("{} = {}", spelled(key), inline(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}
