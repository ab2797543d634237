//! What an operation gets: the world, the request, the moment; and readers for its parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::AwsError;
use crate::request::Request;
use crate::world::{ACCOUNT, Thing, World};

/// An operation's answer.
pub type Answer = Result<Value, AwsError>;

/// One operation being carried out.
pub struct Call<'a> {
    pub world: &'a mut World,
    pub request: &'a Request,
    pub now: f64,
}

impl Call<'_> {
    pub fn region(&self) -> &str {
        &self.request.region
    }

    pub fn params(&self) -> &Value {
        &self.request.params
    }

    /// A parameter at a dotted path (`ResourcesVpcConfig.SubnetIds`).
    pub fn value(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.request.params, |node, name| node.get(name))
    }

    /// A parameter that may be absent.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path).and_then(Value::as_str)
    }

    /// A parameter that must be there, as AWS's own model says.
    pub fn required(&self, path: &str) -> Result<String, AwsError> {
        self.text(path).map(str::to_owned).ok_or_else(|| AwsError::missing(path))
    }

    /// A flag, in JSON's or the query protocols' spelling.
    pub fn flag(&self, path: &str) -> Option<bool> {
        match self.value(path)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A number, in JSON's or the query protocols' spelling.
    pub fn number(&self, path: &str) -> Option<i64> {
        number(self.value(path)?)
    }

    /// A list of anything; empty when absent. A single XML element counts as a list of one.
    pub fn list(&self, path: &str) -> Vec<Value> {
        self.value(path).map(items).unwrap_or_default()
    }

    /// A list of strings.
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.list(path).iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    }

    /// `[{Key, Value}]`, the most common spelling of tags.
    pub fn tags(&self, path: &str) -> BTreeMap<String, String> {
        pairs(&self.list(path), "Key", "Value")
    }

    /// A `{key: value}` map of strings, as EKS spells tags.
    pub fn map(&self, path: &str) -> BTreeMap<String, String> {
        let entries = self.value(path).and_then(Value::as_object);
        entries
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned()))
            .collect()
    }

    /// A digest of the request without `token`, to tell a repeat from a misuse of its token.
    pub fn digest(&self, token: &str) -> String {
        let mut params = self.request.params.clone();
        if let Value::Object(map) = &mut params {
            map.remove(token);
        }
        let hash = Sha256::digest(format!("{}{params}", self.request.action));
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{rest}", self.region())
    }

    /// ISO 8601, as the XML protocols spell a moment.
    pub fn date(&self, seconds: f64) -> String {
        date(seconds)
    }

    /// Makes a thing; its region is the request's.
    pub fn create(&mut self, mut thing: Thing) -> Result<Thing, AwsError> {
        thing.region = self.request.region.clone();
        self.world.create(thing, self.now).cloned()
    }

    /// Things of a kind in the request's region.
    pub fn here<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Thing> {
        let region = &self.request.region;
        self.world.of_kind(kind).filter(move |thing| thing.region == *region)
    }

    /// One page of `all` and the token of the next, by the parameters `size` and `token`.
    pub fn page<T>(&self, all: Vec<T>, size: &str, token: &str) -> (Vec<T>, Option<String>) {
        let start = self.text(token).and_then(|text| text.parse().ok()).unwrap_or(0usize);
        let size = self.number(size).and_then(|n| usize::try_from(n).ok()).unwrap_or(1000).max(1);
        let more = all.len() > start + size;
        let page = all.into_iter().skip(start).take(size).collect();
        (page, more.then(|| (start + size).to_string()))
    }
}

/// ISO 8601, as the XML protocols spell a moment.
pub fn date(seconds: f64) -> String {
    let moment = jiff::Timestamp::from_millisecond((seconds * 1000.0) as i64);
    moment.map_or_else(|_| String::new(), |m| m.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

pub fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|f| f as i64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A JSON list, or a single XML element as a list of one.
pub fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        one => vec![one.clone()],
    }
}

/// `[{key: …, value: …}]` as a map.
pub fn pairs(list: &[Value], key: &str, value: &str) -> BTreeMap<String, String> {
    list.iter()
        .filter_map(|pair| {
            let text = pair.get(value).and_then(Value::as_str).unwrap_or_default();
            Some((pair.get(key)?.as_str()?.to_owned(), text.to_owned()))
        })
        .collect()
}

/// A map of tags as a list of `{key, value}` under the given names.
pub fn tag_list(tags: &BTreeMap<String, String>, key: &str, value: &str) -> Vec<Value> {
    tags.iter().map(|(k, v)| json!({key: k, value: v})).collect()
}

/// The attributes of a thing, to be extended into an answer.
pub fn shape(thing: &Thing) -> Map<String, Value> {
    thing.attrs.clone()
}
