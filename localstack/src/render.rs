//! Answers on the wire: from JSON to what the SDK of each protocol parses.
//!
//! XML comes from JSON by one rule: an object is an element with children, an array under a key
//! repeats that element, anything else is text. A list `{"vpcSet": {"item": […]}}` therefore renders
//! as EC2 wants it, `{"Roles": {"member": […]}}` as IAM does.

use serde_json::{Value, json};

use crate::error::AwsError;
use crate::protocol::{Protocol, to_cbor};
use crate::request::Request;

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
