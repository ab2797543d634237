//! AWS's wire protocols: requests of each into one JSON object of parameters.

use serde_json::{Map, Value, json};

use crate::error::AwsError;
use crate::request::Request;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Ec2Query,
    Query,
    Json,
    Cbor,
    RestJson,
    RestXml,
}

type Parsed = Result<(String, Value), AwsError>;

/// `Action=DescribeVpcs&Filter.1.Name=…`.
pub fn query_request(request: &Request) -> Parsed {
    let pairs = form_urlencoded::parse(&request.body);
    let mut params = Value::Object(Map::new());
    let mut action = String::new();
    let from_url = request.query.iter().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?)));
    let from_url: Vec<(String, String)> =
        from_url.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let all = pairs.map(|(k, v)| (k.into_owned(), v.into_owned())).chain(from_url);
    for (key, value) in all {
        match key.as_str() {
            "Action" => action = value,
            "Version" => {}
            _ => insert(&mut params, &key.split('.').collect::<Vec<_>>(), value),
        }
    }
    let style = request.service.lists;
    // The root is no list, even when its only parameter is one.
    let Value::Object(params) = params else { return Ok((action, params)) };
    let params = params.into_iter().map(|(key, value)| (key, flatten(value, style)));
    Ok((action, Value::Object(params.collect())))
}

/// Where numbered list members sit in a query request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// `Filter.1.Name`
    Plain,
    /// `Tags.member.1.Key`
    Member,
    /// `Tags.Tag.1.Key`
    Named,
}

fn insert(node: &mut Value, path: &[&str], value: String) {
    let Some((head, rest)) = path.split_first() else {
        *node = Value::String(value);
        return;
    };
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    if let Value::Object(map) = node {
        insert(map.entry((*head).to_owned()).or_insert(Value::Null), rest, value);
    }
}

/// Turns `{"1": a, "2": b}` into lists and drops the protocol's list wrapper.
fn flatten(node: Value, style: Lists) -> Value {
    let Value::Object(map) = node else { return node };
    let numbered = !map.is_empty() && map.keys().all(|key| key.parse::<u32>().is_ok());
    if numbered {
        let mut items: Vec<(u32, Value)> = map
            .into_iter()
            .filter_map(|(key, value)| Some((key.parse().ok()?, flatten(value, style))))
            .collect();
        items.sort_by_key(|(index, _)| *index);
        return Value::Array(items.into_iter().map(|(_, value)| value).collect());
    }
    let flat: Map<String, Value> =
        map.into_iter().map(|(key, value)| (key, flatten(value, style))).collect();
    let wrapper = flat.iter().next().filter(|(key, value)| {
        flat.len() == 1
            && value.is_array()
            && match style {
                Lists::Plain => false,
                Lists::Member => key.as_str() == "member",
                Lists::Named => true,
            }
    });
    match wrapper {
        Some((_, list)) => list.clone(),
        None => Value::Object(flat),
    }
}

/// `X-Amz-Target: Service.Action` and a JSON body.
pub fn json_request(request: &Request) -> Parsed {
    let target = request.headers.get("x-amz-target").and_then(Value::as_str).unwrap_or_default();
    let action = target.rsplit('.').next().unwrap_or_default().to_owned();
    Ok((action, json_body(request)?))
}

fn json_body(request: &Request) -> Result<Value, AwsError> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| AwsError::bad("SerializationException", error.to_string()))
}

/// `POST /service/Name/operation/Action` with a CBOR body.
pub fn cbor_request(request: &Request) -> Parsed {
    if request.headers.get("content-type").and_then(Value::as_str)
        == Some("application/x-www-form-urlencoded")
        || request.body.starts_with(b"Action=")
    {
        return query_request(request);
    }
    if request.headers.contains_key("x-amz-target") {
        return json_request(request);
    }
    let action = request.path.rsplit('/').next().unwrap_or_default().to_owned();
    let body: ciborium::Value = if request.body.is_empty() {
        ciborium::Value::Map(Vec::new())
    } else {
        ciborium::from_reader(request.body.as_ref())
            .map_err(|error| AwsError::bad("SerializationException", error.to_string()))?
    };
    Ok((action, from_cbor(body)))
}

fn from_cbor(value: ciborium::Value) -> Value {
    use ciborium::Value as C;
    match value {
        C::Map(entries) => entries
            .into_iter()
            .filter_map(|(key, value)| Some((key.into_text().ok()?, from_cbor(value))))
            .collect(),
        C::Array(items) => items.into_iter().map(from_cbor).collect(),
        C::Text(text) => Value::String(text),
        C::Bool(flag) => Value::Bool(flag),
        C::Integer(number) => i64::try_from(number).map_or(Value::Null, Value::from),
        C::Float(number) => Value::from(number),
        C::Tag(_, inner) => from_cbor(*inner),
        _ => Value::Null,
    }
}

pub(crate) fn to_cbor(value: &Value) -> ciborium::Value {
    use ciborium::Value as C;
    match value {
        Value::Object(map) => {
            C::Map(map.iter().map(|(k, v)| (C::Text(k.clone()), to_cbor(v))).collect())
        }
        Value::Array(items) => C::Array(items.iter().map(to_cbor).collect()),
        Value::String(text) => C::Text(text.clone()),
        Value::Bool(flag) => C::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => C::Integer(integer.into()),
            (None, Some(float)) => C::Float(float),
            (None, None) => C::Null,
        },
        Value::Null => C::Null,
    }
}

/// One route of a REST service: `/clusters/{name}/addons`. A query part names keys that must be
/// present (`/{Bucket}?versioning`).
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub action: &'static str,
}

pub const fn route(method: &'static str, path: &'static str, action: &'static str) -> Route {
    Route { method, path, action }
}

fn matched(request: &Request) -> Result<(&'static Route, Map<String, Value>), AwsError> {
    let found = request.service.routes.iter().find_map(|route| {
        let labels = labels(route, request)?;
        Some((route, labels))
    });
    found.ok_or_else(|| {
        let Request { method, path, query, .. } = request;
        let keys: Vec<_> = query.keys().cloned().collect();
        let service = request.service.name;
        AwsError::unimplemented(format!("{service} {method} {path}?{}", keys.join("&")))
    })
}

fn labels(route: &Route, request: &Request) -> Option<Map<String, Value>> {
    let (pattern, flags) = route.path.split_once('?').unwrap_or((route.path, ""));
    if route.method != request.method {
        return None;
    }
    if !flags
        .split('&')
        .filter(|flag| !flag.is_empty())
        .all(|flag| request.query.contains_key(flag))
    {
        return None;
    }
    let mut labels = Map::new();
    let mut path = request.path.trim_matches('/').split('/').filter(|part| !part.is_empty());
    for part in pattern.trim_matches('/').split('/').filter(|part| !part.is_empty()) {
        match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            // `{Key+}` takes the rest of the path.
            Some(label) if label.ends_with('+') => {
                let rest: Vec<_> = path.by_ref().map(decode).collect();
                if rest.is_empty() {
                    return None;
                }
                labels.insert(label.trim_end_matches('+').to_owned(), rest.join("/").into());
            }
            Some(label) => {
                labels.insert(label.to_owned(), decode(path.next()?).into());
            }
            None if path.next() == Some(part) => {}
            None => return None,
        }
    }
    path.next().is_none().then_some(labels)
}

fn decode(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// Labels, query and a JSON body, in one object.
pub fn rest_json_request(request: &Request) -> Parsed {
    let (route, labels) = matched(request)?;
    let mut params = json_body(request)?;
    if let Value::Object(map) = &mut params {
        map.extend(request.query.clone());
        map.extend(labels);
    }
    Ok((route.action.to_owned(), params))
}

/// Labels and query in one object, the XML body under the name of its root element.
pub fn rest_xml_request(request: &Request) -> Parsed {
    let (route, labels) = matched(request)?;
    let mut params = request.query.clone();
    params.extend(labels);
    // Objects in a bucket are data, not parameters.
    let text = std::str::from_utf8(&request.body).unwrap_or_default();
    if text.trim_start().starts_with('<')
        && let Ok(document) = roxmltree::Document::parse(text)
    {
        let root = document.root_element();
        params.insert(root.tag_name().name().to_owned(), from_xml(root));
    }
    Ok((route.action.to_owned(), Value::Object(params)))
}

/// An element: text, or its children by name; repeated names become a list.
fn from_xml(node: roxmltree::Node<'_, '_>) -> Value {
    if !node.children().any(|child| child.is_element()) {
        return Value::String(node.text().unwrap_or_default().to_owned());
    }
    let mut map = Map::new();
    for child in node.children().filter(roxmltree::Node::is_element) {
        let value = from_xml(child);
        match map.get_mut(child.tag_name().name()) {
            None => {
                map.insert(child.tag_name().name().to_owned(), value);
            }
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(map)
}
