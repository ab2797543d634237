//! AWS's wire protocols: requests into JSON parameters, JSON answers into what the SDK parses.
//!
//! XML answers come from JSON by one rule: an object is an element with children, an array under a
//! key repeats that element, anything else is text. A list `{"vpcSet": {"item": […]}}` therefore
//! renders as EC2 wants it, `{"Roles": {"member": […]}}` as IAM does.

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

fn to_cbor(value: &Value) -> ciborium::Value {
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

/// An answer on the wire.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The answer of a successful operation. A value may carry `"$headers"` and `"$status"`, and, for
/// objects, `"$body"` (raw text).
pub fn reply(request: &Request, mut value: Value, id: &str) -> Reply {
    let taken =
        |value: &mut Value, key: &str| value.as_object_mut().and_then(|map| map.remove(key));
    let headers = taken(&mut value, "$headers").map(header_list).unwrap_or_default();
    let status = taken(&mut value, "$status").and_then(|s| s.as_u64()).unwrap_or(200) as u16;
    if let Some(Value::String(raw)) = taken(&mut value, "$body") {
        let content_type = "application/octet-stream";
        return Reply { status, content_type, headers, body: raw.into_bytes() };
    }
    let protocol = answer_protocol(request);
    let (content_type, body) = match protocol {
        Protocol::Ec2Query => ("text/xml", ec2_xml(request, &value, id)),
        Protocol::Query => ("text/xml", query_xml(request, &value, id)),
        Protocol::Json => ("application/x-amz-json-1.1", value.to_string().into_bytes()),
        Protocol::RestJson => ("application/json", value.to_string().into_bytes()),
        Protocol::RestXml => ("application/xml", rest_xml(&value)),
        Protocol::Cbor => ("application/cbor", cbor(&value)),
    };
    let mut headers = headers;
    if protocol == Protocol::Cbor {
        headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
    }
    Reply { status, content_type, headers, body }
}

/// CloudWatch speaks several protocols; it answers in the one it was asked in.
pub fn answer_protocol(request: &Request) -> Protocol {
    match request.service.protocol {
        Protocol::Cbor if request.headers.contains_key("x-amz-target") => Protocol::Json,
        Protocol::Cbor if request.body.starts_with(b"Action=") => Protocol::Query,
        protocol => protocol,
    }
}

fn header_list(value: Value) -> Vec<(String, String)> {
    let Value::Object(map) = value else { return Vec::new() };
    map.into_iter().filter_map(|(k, v)| Some((k, v.as_str()?.to_owned()))).collect()
}

fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    let _ = ciborium::into_writer(&to_cbor(value), &mut bytes);
    bytes
}

/// The answer of a refused operation.
pub fn error_reply(protocol: Protocol, rest_style: &str, error: &AwsError, id: &str) -> Reply {
    let AwsError { status, code, message } = error;
    let (content_type, body) = match protocol {
        Protocol::Ec2Query => (
            "text/xml",
            xml(&json!({"Response": {
                "Errors": {"Error": {"Code": code, "Message": message}}, "RequestID": id}})),
        ),
        Protocol::Query => (
            "text/xml",
            xml(&json!({"ErrorResponse": {
                "Error": {"Type": "Sender", "Code": code, "Message": message}, "RequestId": id}})),
        ),
        Protocol::RestXml if rest_style == "s3" => (
            "application/xml",
            xml(&json!({"Error": {"Code": code, "Message": message, "RequestId": id}})),
        ),
        Protocol::RestXml => (
            "application/xml",
            xml(&json!({"ErrorResponse": {
                "Error": {"Type": "Sender", "Code": code, "Message": message}, "RequestId": id}})),
        ),
        Protocol::Json | Protocol::RestJson => (
            "application/json",
            json!({"__type": code, "message": message, "Message": message})
                .to_string()
                .into_bytes(),
        ),
        Protocol::Cbor => ("application/cbor", cbor(&json!({"__type": code, "message": message}))),
    };
    let mut headers = vec![("x-amzn-requestid".to_owned(), id.to_owned())];
    match protocol {
        Protocol::RestJson | Protocol::Json => {
            headers.push(("x-amzn-errortype".to_owned(), code.clone()));
        }
        Protocol::Cbor => {
            headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
        }
        _ => {}
    }
    Reply { status: *status, content_type, headers, body }
}

fn ec2_xml(request: &Request, value: &Value, id: &str) -> Vec<u8> {
    let mut inner = value.as_object().cloned().unwrap_or_default();
    inner.insert("requestId".to_owned(), id.into());
    xml(&json!({format!("{}Response", request.action): inner}))
}

fn query_xml(request: &Request, value: &Value, id: &str) -> Vec<u8> {
    let action = &request.action;
    // The SDK reads the result first; a JSON map would sort `Subscribe…` behind `ResponseMetadata`.
    let mut inner = String::new();
    write_element(&mut inner, &format!("{action}Result"), value);
    write_element(&mut inner, "ResponseMetadata", &json!({"RequestId": id}));
    format!("{XML}<{action}Response>{inner}</{action}Response>").into_bytes()
}

fn rest_xml(value: &Value) -> Vec<u8> {
    match value.as_object() {
        Some(map) if !map.is_empty() => xml(value),
        _ => Vec::new(),
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

fn xml(value: &Value) -> Vec<u8> {
    let mut text = String::from(XML);
    write_xml(&mut text, value);
    text.into_bytes()
}

fn write_xml(text: &mut String, value: &Value) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                match inner {
                    Value::Array(items) => {
                        items.iter().for_each(|item| write_element(text, name, item));
                    }
                    Value::Null => {}
                    _ => write_element(text, name, inner),
                }
            }
        }
        Value::String(plain) => escape(text, plain),
        Value::Null | Value::Array(_) => {}
        other => text.push_str(&other.to_string()),
    }
}

fn write_element(text: &mut String, name: &str, inner: &Value) {
    text.push('<');
    text.push_str(name);
    text.push('>');
    write_xml(text, inner);
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

fn escape(text: &mut String, plain: &str) {
    for letter in plain.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            other => text.push(other),
        }
    }
}
