//! Label and field selectors, as queries and as objects spell them.

use serde_json::Value;

use super::json::{list, map};
use super::kinds::Resource;
use super::status::Refusal;

/// What is asked of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Has(String),
    HasNot(String),
}

/// What is asked of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    labels: Vec<Wish>,
    /// Pointer, value, whether it must be equal.
    fields: Vec<(String, String, bool)>,
}

/// Fields that may be selected by, beside name and namespace.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "spec.schedulerName",
            "status.nominatedNodeName",
        ],
    ),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.name",
            "involvedObject.namespace",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.fieldPath",
            "involvedObject.resourceVersion",
            "reason",
            "type",
            "source",
            "reportingComponent",
        ],
    ),
    ("nodes", &["spec.unschedulable"]),
    ("namespaces", &["status.phase"]),
    ("secrets", &["type"]),
    ("jobs", &["status.successful"]),
    ("replicasets", &["status.replicas"]),
];

impl Selector {
    pub fn parse(resource: &Resource, labels: &str, fields: &str) -> Result<Self, Refusal> {
        let labels: Result<_, _> = pieces(labels).iter().map(|one| wish(one)).collect();
        let fields: Result<_, _> = pieces(fields).iter().map(|one| field(resource, one)).collect();
        Ok(Self { labels: labels?, fields: fields? })
    }

    pub fn fits(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels").unwrap_or(&Value::Null);
        self.labels.iter().all(|wish| wish.fits(labels))
            && self.fields.iter().all(|(pointer, wanted, equal)| {
                let found = match object.pointer(pointer) {
                    Some(Value::String(text)) => text.clone(),
                    None | Some(Value::Null) if pointer.ends_with("unschedulable") => {
                        "false".to_owned()
                    }
                    None | Some(Value::Null) => String::new(),
                    Some(other) => other.to_string(),
                };
                (found == *wanted) == *equal
            })
    }
}

/// A `LabelSelector` object against labels; an empty one fits everything.
pub fn matches(selector: &Value, labels: &Value) -> bool {
    let equal = map(selector, "/matchLabels").all(|(key, value)| labels.get(key) == Some(value));
    let expressions = list(selector, "/matchExpressions").iter().all(|one| {
        let key = one["key"].as_str().unwrap_or_default().to_owned();
        let values = list(one, "/values").iter().filter_map(Value::as_str);
        let values = values.map(str::to_owned).collect();
        let wish = match one["operator"].as_str().unwrap_or_default() {
            "In" => Wish::In(key, values),
            "NotIn" => Wish::NotIn(key, values),
            "Exists" => Wish::Has(key),
            _ => Wish::HasNot(key),
        };
        wish.fits(labels)
    });
    equal && expressions
}

impl Wish {
    fn fits(&self, labels: &Value) -> bool {
        let of = |key: &String| labels.get(key).and_then(Value::as_str);
        let among = |values: &[String], found: &str| values.iter().any(|one| one == found);
        match self {
            Self::In(key, values) => of(key).is_some_and(|found| among(values, found)),
            Self::NotIn(key, values) => of(key).is_none_or(|found| !among(values, found)),
            Self::Has(key) => of(key).is_some(),
            Self::HasNot(key) => of(key).is_none(),
        }
    }
}

/// The parts between commas that are not in brackets.
fn pieces(text: &str) -> Vec<String> {
    let (mut pieces, mut current, mut depth) = (Vec::new(), String::new(), 0);
    for letter in text.chars() {
        match letter {
            ',' if depth == 0 => pieces.push(std::mem::take(&mut current)),
            _ => {
                depth += i32::from(letter == '(') - i32::from(letter == ')');
                current.push(letter);
            }
        }
    }
    pieces.push(current);
    pieces.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

fn wish(text: &str) -> Result<Wish, Refusal> {
    let owned = |text: &str| text.trim().to_owned();
    if let Some((key, values)) = text.split_once(" notin ") {
        return Ok(Wish::NotIn(owned(key), set(values)));
    }
    if let Some((key, values)) = text.split_once(" in ") {
        return Ok(Wish::In(owned(key), set(values)));
    }
    if let Some((key, value)) = text.split_once("!=") {
        return Ok(Wish::NotIn(owned(key), vec![owned(value)]));
    }
    if let Some((key, value)) = text.split_once('=') {
        return Ok(Wish::In(owned(key), vec![owned(value.trim_start_matches('='))]));
    }
    if text.contains(char::is_whitespace) || text.contains('(') {
        return Err(Refusal::bad(format!("unable to parse requirement: {text}")));
    }
    Ok(text
        .strip_prefix('!')
        .map_or_else(|| Wish::Has(owned(text)), |key| Wish::HasNot(owned(key))))
}

fn set(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
    inner.split(',').map(|one| one.trim().to_owned()).collect()
}

fn field(resource: &Resource, text: &str) -> Result<(String, String, bool), Refusal> {
    let (name, value, equal) = match text.split_once("!=") {
        Some((name, value)) => (name, value, false),
        None => {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Refusal::bad(format!("invalid selector: '{text}'; can't understand '{text}'"))
            })?;
            (name, value.trim_start_matches('='), true)
        }
    };
    let own = FIELDS.iter().find(|(plural, _)| *plural == resource.plural);
    let known = matches!(name, "metadata.name" | "metadata.namespace")
        || own.is_some_and(|(_, names)| names.contains(&name));
    if !known {
        let message = match own {
            Some(_) => format!("field label not supported: {name}"),
            None => format!(
                "\"{name}\" is not a known field selector: only \"metadata.name\", \
                 \"metadata.namespace\""
            ),
        };
        return Err(Refusal::bad(message));
    }
    Ok((format!("/{}", name.replace('.', "/")), value.to_owned(), equal))
}
