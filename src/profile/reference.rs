//! `docs/profiles.md`, generated from the schema and from what `base` says.

use std::fmt::Write as _;

use serde_json::Value;

use super::fields::Field;
use super::files::{Source, chain};
use super::key_path::KeyPath;
use super::merge::combined;
use super::show::inline;
use super::{built_in, schema};

const HEAD: &str = include_str!("reference_head.md");

/// Every field of a profile: type, default, meaning.
pub fn reference_markdown() -> String {
    let schema = schema::strict();
    let chain = built_in("base").map(|text| chain(Source::text("base", text)));
    let base = chain.and_then(Result::ok).and_then(combined).and_then(|tree| tree.json());
    let reference = Reference { base: base.unwrap_or_default() };
    let mut text = HEAD.to_owned();
    reference.table(&mut text, Field::root(&schema), &KeyPath::default(), "Top level");
    text
}

struct Reference {
    base: Value,
}

impl Reference {
    fn table(&self, text: &mut String, field: Field<'_>, path: &KeyPath, title: &str) {
        let _ = writeln!(text, "\n## {title}\n");
        if let Some(description) = field.description {
            let _ = writeln!(text, "{}\n", flat(description));
        }
        let _ = writeln!(text, "| Field | Type | Default | Meaning |\n|---|---|---|---|");
        for name in field.names() {
            let Some(inner) = field.property(name).filter(|inner| inner.properties().is_none())
            else {
                continue;
            };
            let meaning = inner.description.map(flat).unwrap_or_default();
            let default = self.default(field, path, name);
            let _ = writeln!(text, "| `{name}` | {} | {default} | {meaning} |", kind(inner));
        }
        for name in field.names() {
            let Some(inner) = field.property(name) else { continue };
            let path = path.key(name);
            if inner.properties().is_some() {
                self.table(text, inner, &path, &format!("`[{path}]`"));
            } else if let Some(entry) = inner.entry().filter(|entry| entry.properties().is_some()) {
                self.table(text, entry, &path.key("<name>"), &format!("`[{path}.<name>]`"));
            } else if let Some(item) = inner.item().filter(|item| item.properties().is_some()) {
                let title = format!("Items of `{path}`").replace("\"<name>\"", "<name>");
                self.table(text, item, &path, &title);
            }
        }
    }

    /// What holds when no profile says anything.
    fn default(&self, table: Field<'_>, path: &KeyPath, name: &str) -> String {
        let pointer = format!("/{}/{name}", path.to_string().replace('.', "/"));
        let inherited = self.base.pointer(pointer.replace("//", "/").as_str());
        let default = table.property(name).and_then(|field| field.get("default"));
        match inherited.or(default) {
            Some(Value::Object(entries)) if !entries.is_empty() => {
                let names = entries.keys().map(|name| format!("`{name}`"));
                names.collect::<Vec<_>>().join(", ")
            }
            Some(value) => format!("`{}`", inline(value)),
            None if table.required().any(|required| required == name) => "**required**".to_owned(),
            None => "–".to_owned(),
        }
    }
}

/// The type of a value in a word, with its bounds.
fn kind(field: Field<'_>) -> String {
    let words = field.words();
    if !words.is_empty() {
        let words = words.iter().map(|word| format!("`{word}`"));
        return words.collect::<Vec<_>>().join(" \\| ");
    }
    match field.get("type").and_then(Value::as_str) {
        Some("integer") => bounds(field),
        Some("boolean") => "`true` \\| `false`".to_owned(),
        Some("array") => match field.item() {
            Some(item) if item.properties().is_some() => "list of tables".to_owned(),
            Some(item) if item.words().is_empty() => "list of strings".to_owned(),
            Some(item) => format!("list of {}", kind(item)),
            None => "list".to_owned(),
        },
        Some("object") => match field.entry() {
            Some(entry) if entry.properties().is_some() => "tables by name".to_owned(),
            None => "values by name".to_owned(),
            Some(_) => "strings by name".to_owned(),
        },
        _ => "string".to_owned(),
    }
}

fn bounds(field: Field<'_>) -> String {
    match (field.get("minimum"), field.get("maximum")) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => "whole number".to_owned(),
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
