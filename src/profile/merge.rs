//! A profile laid over the one it extends.
//!
//! Tables merge key by key, at every depth. Everything else (lists too) overrides. `false` in the
//! place of an inherited value that is no boolean takes that value away:
//! `node_groups.system = false`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parse::Document;
use super::tree::{Node, Tree};

/// A chain of profiles, the outermost first, as one.
pub(super) fn combined(chain: Vec<Document>) -> Option<Tree> {
    chain.into_iter().map(|document| document.tree).rev().reduce(merge)
}

fn merge(under: Tree, over: Tree) -> Tree {
    match (under.node, over.node) {
        (Node::Table(below), Node::Table(above)) => {
            Tree { node: Node::Table(entries(below, above)), ..over }
        }
        (_, node) => Tree { node, ..over },
    }
}

fn entries(
    mut below: BTreeMap<String, Tree>,
    above: BTreeMap<String, Tree>,
) -> BTreeMap<String, Tree> {
    for (key, over) in above {
        match below.remove(&key) {
            Some(under) if removes(&over, &under) => {}
            Some(under) => {
                below.insert(key, merge(under, over));
            }
            None => {
                below.insert(key, over);
            }
        }
    }
    below
}

fn removes(over: &Tree, under: &Tree) -> bool {
    over.node == Node::Leaf(Value::Bool(false)) && !matches!(under.node, Node::Leaf(Value::Bool(_)))
}
