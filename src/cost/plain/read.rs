//! Reading a list of resources: everything that is wrong at once, each with its place in the list.

use serde_json::{Map, Value};

use super::attribute::Values;
use super::{Entry, KINDS};
use crate::profile::did_you_mean;

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Place in the list, from 0; `None` when there is no list.
    pub index: Option<usize>,
    pub what: String,
    pub hint: Option<String>,
}

impl Fault {
    fn new(index: impl Into<Option<usize>>, what: impl Into<String>) -> Self {
        Self { index: index.into(), what: what.into(), hint: None }
    }

    fn hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

const SHAPE: &str = "write a list: `[{\"kind\": \"nat_gateway\", \"region\": \"us-east-1\", \
                     \"attributes\": {}}]`";
const KEYS: [&str; 4] = ["kind", "region", "attributes", "name"];

/// Reads a list, or an object whose `resources` is one.
pub fn read(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let whole: Value = serde_json::from_str(text)
        .map_err(|error| vec![Fault::new(None, format!("it is no JSON: {error}"))])?;
    let list = match &whole {
        Value::Array(list) => Some(list),
        Value::Object(object) => object.get("resources").and_then(Value::as_array),
        _ => None,
    };
    let shape = || vec![Fault::new(None, "it is no list of resources").hint(Some(SHAPE.into()))];
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (index, value) in list.ok_or_else(shape)?.iter().enumerate() {
        match entry(index, value) {
            Ok(entry) => entries.push(entry),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn entry(index: usize, value: &Value) -> Result<Entry, Vec<Fault>> {
    let fault = |what: String| Fault::new(index, what);
    let Some(object) = value.as_object() else {
        return Err(vec![fault("it is no object".to_owned()).hint(Some(SHAPE.into()))]);
    };
    let mut faults = unknown(index, object, &KEYS, "key");
    let mut text = |key: &str| match object.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.as_str()),
        Some(other) => {
            faults.push(fault(format!("`{key}` is {other}, it must be a text")));
            None
        }
        None if key == "name" => None,
        None => {
            faults.push(fault(format!("`{key}` is missing")));
            None
        }
    };
    let (kind, region, name) = (text("kind"), text("region"), text("name"));
    if let Some(region) = region.filter(|region| !looks_like_a_region(region)) {
        let hint = Some("write it like `us-east-1`".to_owned());
        faults.push(fault(format!("`{region}` is no region")).hint(hint));
    }
    let kind = kind.and_then(|kind| {
        let found = KINDS.iter().find(|known| known.name == kind);
        if found.is_none() {
            let hint = did_you_mean(kind, KINDS.iter().map(|known| known.name));
            let hint = hint.or_else(|| Some("docs/cost.md lists the kinds".to_owned()));
            faults.push(fault(format!("unknown kind `{kind}`")).hint(hint));
        }
        found
    });
    let empty = Map::new();
    let given = match object.get("attributes") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(given)) => given,
        Some(other) => {
            faults.push(fault(format!("`attributes` is {other}, it must be an object")));
            &empty
        }
    };
    let Some(kind) = kind else { return Err(faults) };
    let names: Vec<&str> = kind.attributes.iter().map(|attribute| attribute.name).collect();
    faults.extend(unknown(index, given, &names, &format!("attribute of `{}`", kind.name)));
    let values = Values::check(kind.attributes, given).unwrap_or_else(|wrong| {
        faults.extend(wrong.into_iter().map(|what| fault(format!("{}: {what}", kind.name))));
        Values::default()
    });
    let Some(region) = region.filter(|_| faults.is_empty()) else { return Err(faults) };
    let name = name.map_or_else(|| format!("{}.{index}", kind.name), str::to_owned);
    Ok(Entry { name, region: region.to_owned(), kind, values })
}

fn unknown(index: usize, given: &Map<String, Value>, known: &[&str], what: &str) -> Vec<Fault> {
    let strange = given.keys().filter(|key| !known.contains(&key.as_str()));
    let fault = |key: &String| {
        let hint = did_you_mean(key, known.iter().copied())
            .or_else(|| Some(format!("there are `{}`", known.join("`, `"))));
        Fault::new(index, format!("unknown {what}: `{key}`")).hint(hint)
    };
    strange.map(fault).collect()
}

/// `eu-west-1`, `us-gov-east-1`.
fn looks_like_a_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let letters = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    words.len() >= 2
        && words.iter().all(letters)
        && number.len() == 1
        && number.chars().all(|c| c.is_ascii_digit())
}
