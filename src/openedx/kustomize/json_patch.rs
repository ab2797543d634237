//! A list of operations on one object (RFC 6902): `add`, `remove`, `replace`, `test`.

use serde::Deserialize;
use serde_json::Value;

use super::{KustomizeError, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum Operation {
    Add { path: String, value: Value },
    Remove { path: String },
    Replace { path: String, value: Value },
    Test { path: String, value: Value },
}

impl Operation {
    pub fn apply(&self, object: &mut Value) -> Result<()> {
        match self {
            Self::Add { path, value } => add(object, path, value.clone()),
            Self::Remove { path } => remove(object, path),
            Self::Replace { path, value } => {
                *object.pointer_mut(path).ok_or_else(|| missing(path))? = value.clone();
                Some(())
            }
            Self::Test { path, value } => (object.pointer(path) == Some(value)).then_some(()),
        }
        .ok_or_else(|| missing(self.path()))
    }

    fn path(&self) -> &str {
        match self {
            Self::Add { path, .. }
            | Self::Remove { path }
            | Self::Replace { path, .. }
            | Self::Test { path, .. } => path,
        }
    }
}

fn missing(path: &str) -> KustomizeError {
    KustomizeError::unknown(format!("a patch does not find what it expects at `{path}`"))
}

/// The holder of the last step, and that step as it is meant.
fn holder<'a>(object: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((object.pointer_mut(parent)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Option<()> {
    match holder(object, path)? {
        (Value::Object(fields), key) => {
            fields.insert(key, value);
        }
        (Value::Array(items), key) if key == "-" => items.push(value),
        (Value::Array(items), key) => {
            let at = key.parse().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &str) -> Option<()> {
    match holder(object, path)? {
        (Value::Object(fields), key) => fields.remove(&key).map(|_| ()),
        (Value::Array(items), key) => {
            let at = key.parse().ok().filter(|at| *at < items.len())?;
            items.remove(at);
            Some(())
        }
        _ => None,
    }
}
