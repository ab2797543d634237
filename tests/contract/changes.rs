//! Changes in place converge: what a stranger edits and what the profile edits, attribute by
//! attribute.

use std::collections::{BTreeMap, BTreeSet};

use edxaws::diff::Change;
use edxaws::engine::Action;
use edxaws_localstack::{Owner, World};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::every_kind;
use crate::scene::{Scene, scenes, snapshot};

/// Where a value stands in a JSON document.
type Path = Vec<String>;

/// Attributes a stranger edits in the account, one after the other: whatever the kind calls an
/// update is brought back by an update.
#[test]
fn drift_is_brought_back() {
    every_kind(async |bench, _| {
        bench.up().await;
        let sound = snapshot(&bench.local);
        let record = bench.record().cloned().unwrap();
        for (id, path) in attributes(bench, &sound) {
            let context = format!("{id} {}", path.join("."));
            edit(bench, &id, &path);
            let Some(live) = bench.find().await else { continue };
            if matches!(bench.diff(&live), Change::Update(_)) {
                let summary = bench.step(Action::Update).await;
                assert!(summary.failed.is_empty(), "{context}: {:#?}", summary.failed);
                let live = bench.find().await.expect("it is still there");
                assert_eq!(bench.diff(&live), Change::Keep, "{context}");
            }
            bench.local.world(|world| world.things.clone_from(&sound.things)).unwrap();
            bench.state.records.insert(bench.address().clone(), record.clone());
        }
    });
}

/// The attributes of what this resource's own calls have made that a stranger could edit.
fn attributes(bench: &Bench, world: &World) -> Vec<(String, Path)> {
    let mut found = Vec::new();
    for thing in world.things.values() {
        let ours = thing.owner == Owner::Client && bench.is_new(&thing.id);
        if ours {
            let attrs = Value::Object(thing.attrs.clone());
            let paths = leaves(&attrs).into_iter().filter(|(_, leaf)| !leaf.is_string());
            found.extend(paths.map(|(path, _)| (thing.id.clone(), path)));
        }
    }
    found
}

fn edit(bench: &Bench, id: &str, path: &Path) {
    bench
        .local
        .world(|world| {
            let thing = world.things.get_mut(id).unwrap();
            let mut attrs = Value::Object(std::mem::take(&mut thing.attrs));
            let leaf = at(&mut attrs, path);
            *leaf = edited(leaf);
            if let Value::Object(map) = attrs {
                thing.attrs = map;
            }
        })
        .unwrap();
}

/// Edits of the profile: those that the kind can carry out in place, and the local AWS allows,
/// converge; a kind that can be updated at all is seen to be, at least once.
#[test]
fn edits_of_the_profile_converge() {
    every_kind(async |bench, _| {
        bench.up().await;
        let sound = snapshot(&bench.local);
        let record = bench.record().cloned().unwrap();
        let wished = bench.node.desired.clone();
        let mut refused: BTreeMap<String, String> = BTreeMap::new();
        let mut converged = BTreeSet::new();
        for (path, to) in edits(bench, &wished) {
            let mut desired = wished.clone();
            *at(&mut desired, &path) = to.clone();
            // Types forbid some edits; that is fine.
            let change = bench.kind.diff(&desired, &record.live.clone().unwrap(), &bench.facts());
            let Ok(Change::Update(_)) = change else { continue };
            bench.node.desired = desired;
            let name = format!("{} = {to}", path.join("."));
            let summary = bench.step(Action::Update).await;
            match summary.failed.first() {
                // AWS allows only certain values.
                Some(error) => _ = refused.insert(name, error.why.clone()),
                None => {
                    let live = bench.find().await.expect("it is still there");
                    assert_eq!(bench.diff(&live), Change::Keep, "{name}");
                    converged.insert(name);
                }
            }
            bench.node.desired.clone_from(&wished);
            bench.local.world(|world| world.things.clone_from(&sound.things)).unwrap();
            bench.state.records.insert(bench.address().clone(), record.clone());
        }
        assert!(
            refused.is_empty() || !converged.is_empty(),
            "no update ever converged: {refused:#?}"
        );
        for (name, why) in &refused {
            assert!(!why.contains("still"), "{name} is stubborn: {why}");
        }
    });
}

/// Values that AWS takes only from a list, and another one of it.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("db.t4g.medium", "db.r6g.large"),
    ("volatile-lru", "allkeys-lru"),
    ("14", "30"),
    ("30", "60"),
    ("90", "120"),
];

/// What a profile might say instead, value by value.
fn edits(bench: &Bench, wished: &Value) -> Vec<(Path, Value)> {
    let mut edits = Vec::new();
    let alike = |scene: &&Scene| scene.kind.name() == bench.kind.name();
    for (path, leaf) in leaves(wished) {
        let text = leaf.as_str().map_or(leaf.to_string(), str::to_owned);
        let near = NEIGHBOURS.iter().filter(|(from, _)| *from == text).map(|(_, to)| match leaf {
            Value::Number(_) => serde_json::from_str(to).unwrap(),
            _ => json!(to),
        });
        let others = scenes().iter().filter(alike);
        let others = others.filter_map(|scene| get(&scene.node.desired, &path).cloned());
        let listed = path.last().is_some_and(|key| key.parse::<usize>().is_ok());
        // The entries of a list are usually words that AWS knows.
        let plain = (!(listed && leaf.is_string())).then(|| edited(&leaf));
        let all: BTreeMap<String, Value> = near
            .chain(others)
            .chain(plain)
            .filter(|to| *to != leaf)
            .map(|to| (to.to_string(), to))
            .collect();
        edits.extend(all.into_values().map(|to| (path.clone(), to)));
    }
    edits
}

fn get<'a>(value: &'a Value, path: &Path) -> Option<&'a Value> {
    path.iter().try_fold(value, |node, key| match node {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key.as_str()),
    })
}

/// Every scalar of a document, references to other resources left out.
fn leaves(value: &Value) -> Vec<(Path, Value)> {
    let mut found = Vec::new();
    match value {
        Value::Object(map) if map.contains_key("$ref") => {}
        Value::Object(map) => {
            for (key, inner) in map {
                found
                    .extend(leaves(inner).into_iter().map(|(path, leaf)| (under(key, path), leaf)));
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                let key = index.to_string();
                found.extend(
                    leaves(inner).into_iter().map(|(path, leaf)| (under(&key, path), leaf)),
                );
            }
        }
        leaf => found.push((Vec::new(), leaf.clone())),
    }
    found
}

fn under(key: &str, path: Path) -> Path {
    std::iter::once(key.to_owned()).chain(path).collect()
}

fn at<'a>(value: &'a mut Value, path: &Path) -> &'a mut Value {
    path.iter().fold(value, |node, key| match node {
        Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        other => &mut other[key.as_str()],
    })
}

fn edited(leaf: &Value) -> Value {
    match leaf {
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => json!(number + 1),
            None => json!(number.as_f64().unwrap_or_default() + 1.0),
        },
        Value::String(text) => json!(format!("{text}x")),
        other => other.clone(),
    }
}
