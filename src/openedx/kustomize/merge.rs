//! A strategic merge: maps key by key, lists of named things thing by thing, all else replaced.

use serde_json::{Map, Value};

use super::{KustomizeError, Result};

/// By what the items of a list are told apart; other lists are replaced as a whole.
fn key_of(list: &str, item: &Value) -> Option<&'static str> {
    Some(match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "volumeDevices" => "name",
        "volumeMounts" => "mountPath",
        "ports" if item.get("containerPort").is_some() => "containerPort",
        "ports" => "port",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        _ => return None,
    })
}

/// What a patch makes of a value; `None` when it takes it away.
pub fn merged(base: Option<Value>, patch: Value) -> Result<Option<Value>> {
    let Value::Object(mut fields) = patch else { return Ok(Some(patch).filter(|v| !v.is_null())) };
    let base = match directive(&mut fields)? {
        Directive::Delete => return Ok(None),
        Directive::Replace => return Ok(Some(Value::Object(fields))),
        Directive::Merge => base,
    };
    let mut whole = match base {
        Some(Value::Object(whole)) => whole,
        _ => Map::new(),
    };
    for (name, patch) in fields {
        let merged = match patch {
            Value::Array(items) => list(&name, whole.remove(&name), items)?,
            patch => merged(whole.remove(&name), patch)?,
        };
        whole.extend(merged.map(|merged| (name, merged)));
    }
    Ok(Some(Value::Object(whole)))
}

/// The items of the patch in their order, then those it does not name.
fn list(name: &str, base: Option<Value>, patch: Vec<Value>) -> Result<Option<Value>> {
    let key = patch.first().and_then(|item| key_of(name, item));
    let (Some(key), Some(Value::Array(mut rest))) = (key, base) else {
        let kept = patch.into_iter().map(|item| merged(None, item));
        let kept = kept.filter_map(Result::transpose).collect::<Result<_>>()?;
        return Ok(Some(Value::Array(kept)));
    };
    let mut whole = Vec::new();
    for item in patch {
        let of = item.get(key).cloned();
        let same = |other: &Value| of.is_some() && other.get(key) == of.as_ref();
        let base = rest.iter().position(same).map(|position| rest.remove(position));
        whole.extend(merged(base, item)?);
    }
    whole.append(&mut rest);
    Ok(Some(Value::Array(whole)).filter(|list| list.as_array().is_some_and(|all| !all.is_empty())))
}

enum Directive {
    Merge,
    Replace,
    Delete,
}

fn directive(fields: &mut Map<String, Value>) -> Result<Directive> {
    let word = fields.remove("$patch");
    if let Some(other) = fields.keys().find(|key| key.starts_with('$')) {
        return Err(KustomizeError::unknown(format!("the directive `{other}` is not known here")));
    }
    match word.as_ref().map(|word| word.as_str().unwrap_or_default()) {
        None | Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        Some(other) => Err(KustomizeError::unknown(format!(
            "the directive `$patch: {other}` is not known here"
        ))),
    }
}
