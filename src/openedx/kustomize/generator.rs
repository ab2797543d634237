//! ConfigMaps made of files and literals, and the digest in their names.

use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::kustomization::ConfigMapGenerator;
use super::{Files, KustomizeError, Result, read};

/// A ConfigMap before its name is final.
#[derive(Debug, Clone)]
pub struct Generated {
    pub name: String,
    /// Whether its digest becomes part of its name.
    pub hashed: bool,
    pub object: Value,
}

pub fn all(files: &dyn Files, wanted: &[ConfigMapGenerator]) -> Result<Vec<Generated>> {
    wanted.iter().map(|one| generated(files, one)).collect()
}

fn generated(files: &dyn Files, wanted: &ConfigMapGenerator) -> Result<Generated> {
    let mut data = Map::new();
    let mut add = |key: &str, text: String| match data.insert(key.to_owned(), text.into()) {
        None => Ok(()),
        Some(_) => {
            let message = format!("ConfigMap `{}` has two values for `{key}`", wanted.name);
            Err(KustomizeError::unknown(message))
        }
    };
    for file in &wanted.files {
        let (key, path) = match file.split_once('=') {
            Some((key, path)) => (key, path),
            None => (file.rsplit('/').next().unwrap_or(file), file.as_str()),
        };
        add(key, read(files, Path::new(path))?)?;
    }
    for literal in &wanted.literals {
        let (key, value) = literal.split_once('=').ok_or_else(|| {
            KustomizeError::unknown(format!("the literal `{literal}` is not `key=value`"))
        })?;
        add(key, unquoted(value).to_owned())?;
    }
    let mut object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": {"name": wanted.name},
    });
    for (field, pairs) in
        [("labels", &wanted.options.labels), ("annotations", &wanted.options.annotations)]
    {
        if !pairs.is_empty() {
            object["metadata"][field] = json!(pairs);
        }
    }
    if let Some(immutable) = wanted.options.immutable {
        object["immutable"] = immutable.into();
    }
    let hashed = !wanted.options.disable_name_suffix_hash;
    Ok(Generated { name: wanted.name.clone(), hashed, object })
}

/// Without one pair of quotes around it.
fn unquoted(value: &str) -> &str {
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// Ten letters and digits that stand for the content.
///
/// kustomize digests the JSON of kind, name and data; the name is empty at that point, and Go writes
/// `<`, `>`, `&` and the two Unicode line ends as escapes. Some digits give way to letters, so that
/// no word comes about.
pub fn digest(object: &Value) -> String {
    let data =
        object.get("data").filter(|data| data.as_object().is_some_and(|map| !map.is_empty()));
    let content = json!({"data": data.cloned().unwrap_or_else(|| "".into()), "kind": "ConfigMap", "name": ""});
    let mut text = content.to_string();
    for (letter, escape) in [
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u{2028}", "\\u2028"),
        ("\u{2029}", "\\u2029"),
    ] {
        text = text.replace(letter, escape);
    }
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.chars().take(10).map(unlike_a_word).collect()
}

fn unlike_a_word(digit: char) -> char {
    match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    }
}
