//! One server-side apply: conflicts, the merged object, what is no longer applied, who owns what.

use serde_json::{Value, json};

use super::fields::{Fields, Path, at, fields_of, key_of, names, spelled, take};
use super::managers::{self, Entry, Writer};
use super::schema::{self, List};
use crate::kubernetes::status::Refusal;

/// What happens to fields that others own and that are to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    Refuse,
    Take,
}

/// The object after `applied` was applied to `live`.
pub fn apply(
    live: &Value,
    applied: &Value,
    writer: &Writer,
    conflicts: Conflicts,
    now: f64,
) -> Result<Value, Refusal> {
    let wanted = fields_of(applied);
    let mut entries = managers::read(live);
    let found = contested(live, applied, &wanted, &entries, writer);
    if conflicts == Conflicts::Refuse && !found.is_empty() {
        return Err(refusal(&found, &entries));
    }
    for (at, path) in &found {
        entries[*at].fields.remove(path);
    }
    let before = entries.iter().find(|entry| entry.is(writer)).cloned();
    let mut merged = merge(live, applied, &mut Vec::new());
    if let Some(before) = &before {
        prune(&mut merged, before, &wanted, &entries, writer);
    }
    let same = before.as_ref().is_some_and(|before| before.fields == wanted);
    let time = before.map(|before| before.time).filter(|_| same);
    entries.retain(|entry| !entry.is(writer));
    let mut entry = Entry::of(writer, wanted, now);
    entry.time = time.unwrap_or(entry.time);
    entries.push(entry);
    entries.sort_by(|a, b| (&a.manager, &a.part).cmp(&(&b.manager, &b.part)));
    managers::write(&mut merged, &entries);
    Ok(merged)
}

/// Fields of others that would change: the index of the owner and the path.
fn contested(
    live: &Value,
    applied: &Value,
    wanted: &Fields,
    entries: &[Entry],
    writer: &Writer,
) -> Vec<(usize, Path)> {
    let mut found = Vec::new();
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is(writer)) {
        for path in wanted.iter().filter(|path| entry.fields.contains(*path)) {
            let element = path.last().is_some_and(|part| !part.starts_with("f:"));
            if !element && at(live, path) != at(applied, path) {
                found.push((number, path.clone()));
            }
        }
    }
    found
}

fn refusal(found: &[(usize, Path)], entries: &[Entry]) -> Refusal {
    let mut said = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let fields: Vec<String> = found
            .iter()
            .filter(|(owner, _)| *owner == number)
            .map(|(_, path)| spelled(path))
            .collect();
        match fields.as_slice() {
            [] => {}
            [one] => said.push(format!("conflict with {}: {one}", entry.said())),
            many => {
                let list = many.join("\n- ");
                said.push(format!("conflicts with {}:\n- {list}", entry.said()));
            }
        }
    }
    let plural = if found.len() == 1 { "conflict" } else { "conflicts" };
    let message = format!("Apply failed with {} {plural}: {}", found.len(), said.join("\n"));
    let causes: Vec<Value> = found
        .iter()
        .map(|(owner, path)| {
            json!({"reason": "FieldManagerConflict", "field": spelled(path),
                "message": format!("conflict with {}", entries[*owner].said())})
        })
        .collect();
    Refusal { details: json!({"causes": causes}), ..Refusal::new(409, "Conflict", message) }
}

/// Puts `new` over `old`, by the schema.
pub fn merge(old: &Value, new: &Value, path: &mut Path) -> Value {
    match (old, new) {
        (Value::Object(before), Value::Object(after)) if !schema::atomic_map(&names(path)) => {
            let mut merged = before.clone();
            for (name, value) in after {
                path.push(format!("f:{name}"));
                let one = before.get(name).map_or_else(|| value.clone(), |b| merge(b, value, path));
                path.pop();
                merged.insert(name.clone(), one);
            }
            Value::Object(merged)
        }
        (Value::Array(before), Value::Array(after)) => match schema::list(&names(path)) {
            List::Atomic => new.clone(),
            List::Set => {
                let fresh = after.iter().filter(|item| !before.contains(item));
                before.iter().chain(fresh).cloned().collect()
            }
            List::Keyed(keys) => keyed(before, after, keys, path),
        },
        _ => new.clone(),
    }
}

fn keyed(before: &[Value], after: &[Value], keys: &[&str], path: &mut Path) -> Value {
    let same = |a: &Value, b: &Value| key_of(a, keys) == key_of(b, keys);
    let mut merged: Vec<Value> = Vec::new();
    for item in before {
        let new = after.iter().find(|new| same(item, new));
        path.push(format!("k:{}", key_of(item, keys)));
        merged.push(new.map_or_else(|| item.clone(), |new| merge(item, new, path)));
        path.pop();
    }
    merged.extend(after.iter().filter(|new| !before.iter().any(|old| same(old, new))).cloned());
    Value::Array(merged)
}

/// Takes away what the writer applied before and applies no longer, unless others want it.
fn prune(merged: &mut Value, before: &Entry, wanted: &Fields, all: &[Entry], writer: &Writer) {
    let others: Vec<&Entry> = all.iter().filter(|entry| !entry.is(writer)).collect();
    // An element goes before its own fields: without its key it could not be found.
    for path in &before.fields {
        let kept = wanted.range(path.clone()..).next().is_some_and(|next| next.starts_with(path))
            || others.iter().any(|entry| entry.holds(path));
        if !kept {
            take(merged, path);
        }
    }
}
