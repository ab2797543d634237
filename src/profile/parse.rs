//! From TOML text to a tree in which every value knows its line and column.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::finding::{Finding, Origin};
use super::tree::{Node, Tree};

/// One file, with the name of the profile it builds on.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub file: String,
    pub tree: Tree,
    pub extends: Option<(String, Origin)>,
}

pub(super) fn document(text: &str, file: &str) -> Result<Document, Finding> {
    let places = Places { text, file };
    let table = DeTable::parse(text).map_err(|error| {
        let origin = places.origin(&error.span().unwrap_or_default());
        Finding::about_file(origin, format!("not TOML: {}", error.message()), None)
    })?;
    let start = places.origin(&(0..0));
    let mut tree = Tree { key: start.clone(), at: start, node: places.table(table.get_ref()) };
    let extends = extends(&mut tree)?;
    Ok(Document { file: file.to_owned(), tree, extends })
}

/// Takes `extends` out: it is about files and no setting.
fn extends(tree: &mut Tree) -> Result<Option<(String, Origin)>, Finding> {
    let Node::Table(entries) = &mut tree.node else { return Ok(None) };
    match entries.remove("extends") {
        None => Ok(None),
        Some(Tree { node: Node::Leaf(Value::String(name)), at, .. }) => Ok(Some((name, at))),
        Some(other) => {
            let hint = Some("write `extends = \"base\"`".to_owned());
            let message = "`extends` must be the name of a profile".to_owned();
            Err(Finding {
                path: "extends".to_owned(),
                ..Finding::about_file(other.at, message, hint)
            })
        }
    }
}

struct Places<'a> {
    text: &'a str,
    file: &'a str,
}

impl Places<'_> {
    fn table(&self, table: &DeTable<'_>) -> Node {
        let entries = table.iter().map(|(key, value)| {
            let at = self.origin(&key.span());
            (key.get_ref().to_string(), self.value(value, Some(at)))
        });
        Node::Table(entries.collect())
    }

    fn value(&self, value: &Spanned<DeValue<'_>>, key: Option<Origin>) -> Tree {
        let at = self.origin(&value.span());
        let node = match value.get_ref() {
            DeValue::String(text) => Node::Leaf(Value::from(text.as_ref())),
            DeValue::Boolean(flag) => Node::Leaf(Value::from(*flag)),
            DeValue::Integer(number) => integer(number),
            DeValue::Float(_) => Node::Unfit("a fraction"),
            DeValue::Datetime(_) => Node::Unfit("a date"),
            DeValue::Array(items) => {
                Node::List(items.iter().map(|item| self.value(item, None)).collect())
            }
            DeValue::Table(table) => self.table(table),
        };
        let key = key.unwrap_or_else(|| at.clone());
        // A table under a `[header]` is pointed to by its name, not by the bracket before it.
        let at = if matches!(node, Node::Table(_)) { key.clone() } else { at };
        Tree { key, at, node }
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        Origin {
            file: self.file.to_owned(),
            line: count(before.matches('\n').count()),
            column: count(before[line_start..].chars().count()),
        }
    }
}

fn integer(number: &DeInteger<'_>) -> Node {
    match i64::from_str_radix(number.as_str(), number.radix()) {
        Ok(number) => Node::Leaf(Value::from(number)),
        Err(_) => Node::Unfit("a number of this size"),
    }
}
