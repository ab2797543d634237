//! A profile as written: every value with the place it was written at.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::finding::Origin;
use super::key_path::{KeyPath, Step};

/// A value, where its key stands and where it stands itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub key: Origin,
    pub at: Origin,
    pub node: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Table(BTreeMap<String, Tree>),
    List(Vec<Tree>),
    /// A string, an integer or a boolean.
    Leaf(Value),
    /// What no setting takes, in words: a date, a fraction, a number beyond 64 bits.
    Unfit(&'static str),
}

impl Tree {
    /// The value as JSON; what is unfit is left out.
    pub fn json(&self) -> Option<Value> {
        Some(match &self.node {
            Node::Table(entries) => {
                let entries = entries.iter();
                let fit = entries.filter_map(|(key, tree)| Some((key.clone(), tree.json()?)));
                Value::Object(fit.collect::<Map<_, _>>())
            }
            Node::List(items) => Value::Array(items.iter().filter_map(Self::json).collect()),
            Node::Leaf(value) => value.clone(),
            Node::Unfit(_) => return None,
        })
    }

    /// Where the value at `path` stands, or the table it would stand in.
    pub fn origin(&self, path: &KeyPath) -> Origin {
        let mut here = self;
        for step in path.steps() {
            match here.child(step) {
                Some(child) => here = child,
                None => return here.key.clone(),
            }
        }
        here.at.clone()
    }

    /// Where the key at `path` stands.
    pub fn key_origin(&self, path: &KeyPath) -> Origin {
        self.get(path).map_or_else(|| self.origin(path), |found| found.key.clone())
    }

    pub fn get(&self, path: &KeyPath) -> Option<&Self> {
        path.steps().iter().try_fold(self, |here, step| here.child(step))
    }

    /// Calls `visit` for everything below, tables and lists before what is in them.
    pub fn walk(&self, path: &KeyPath, visit: &mut impl FnMut(&KeyPath, &Self)) {
        visit(path, self);
        match &self.node {
            Node::Table(entries) => {
                entries.iter().for_each(|(key, tree)| tree.walk(&path.key(key), visit));
            }
            Node::List(items) => {
                let items = items.iter().enumerate();
                items.for_each(|(index, tree)| tree.walk(&path.index(index), visit));
            }
            Node::Leaf(_) | Node::Unfit(_) => {}
        }
    }

    fn child(&self, step: &Step) -> Option<&Self> {
        match (&self.node, step) {
            (Node::Table(entries), Step::Key(key)) => entries.get(key),
            (Node::List(items), Step::Index(index)) => items.get(*index),
            _ => None,
        }
    }
}
