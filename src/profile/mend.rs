//! A broken profile with its broken values replaced by sound ones, so that the rules can be asked
//! about everything else at the same time.

use serde_json::{Map, Value};

use super::key_path::{KeyPath, Step};

/// Takes the value at `path` out.
pub(super) fn cut(value: &mut Value, path: &KeyPath) {
    let Some((last, way)) = path.steps().split_last() else { return };
    let table = way.iter().try_fold(value, |here, step| match step {
        Step::Key(key) => here.get_mut(key),
        Step::Index(index) => here.get_mut(index),
    });
    if let (Some(Value::Object(entries)), Step::Key(key)) = (table, last) {
        entries.remove(key);
    }
}

/// Puts what is missing in from `sample`, a sound profile.
pub(super) fn fill(value: &mut Value, sample: &Value) {
    let (Value::Object(entries), Value::Object(sample)) = (&mut *value, sample) else { return };
    for (key, sound) in sample {
        match (key.as_str(), entries.get_mut(key)) {
            ("node_groups" | "platforms", Some(Value::Object(named))) if !named.is_empty() => {
                fill_each(named, sound);
            }
            ("tags" | "labels", Some(_)) => {}
            (_, Some(inner)) => fill(inner, sound),
            (_, None) => {
                entries.insert(key.clone(), sound.clone());
            }
        }
    }
}

/// Entries under free names: each is filled from any sound one.
fn fill_each(entries: &mut Map<String, Value>, sound: &Value) {
    let Some(example) = sound.as_object().and_then(|sound| sound.values().next()) else { return };
    entries.values_mut().for_each(|entry| fill(entry, example));
}
