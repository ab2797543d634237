//! A run as OpenTelemetry spans: OTLP over HTTP, in JSON.

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::timeline::{Bar, Outcome, Timeline};

/// Why a collector did not take the spans.
#[derive(Debug, thiserror::Error)]
pub enum OtelError {
    #[error("`{0}` is no URL")]
    Url(String),
    #[error("the collector cannot be reached: {0}")]
    Unreachable(String),
    #[error("the collector answered {0}")]
    Refused(u16),
}

/// Sends the spans to `endpoint` (`http://127.0.0.1:4318`); how many there were.
pub async fn send(endpoint: &str, timeline: &Timeline) -> Result<usize, OtelError> {
    let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let request = http::Request::post(&url)
        .header("content-type", "application/json")
        .body(spans(timeline).to_string())
        .map_err(|_| OtelError::Url(url.clone()))?;
    let unreachable = |error: &dyn std::fmt::Display| OtelError::Unreachable(error.to_string());
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(|error| unreachable(&error))?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let answer = client.request(request).await.map_err(|error| unreachable(&error))?;
    match answer.status().as_u16() {
        200..=299 => Ok(timeline.bars.len() + 1),
        status => Err(OtelError::Refused(status)),
    }
}

/// The export request: one span for the run, one below it for each step; pure.
pub fn spans(timeline: &Timeline) -> Value {
    let began = timeline.began.map_or(0, |began| began.as_nanosecond());
    let trace = id(&format!("{} {began}", timeline.stack), 16);
    let root = id(&format!("{trace} run"), 8);
    let at = |seconds: f64| (began + (seconds * 1e9) as i128).to_string();
    let run = json!({
        "traceId": trace,
        "spanId": root,
        "name": format!("edxaws {:?}", timeline.verb).to_lowercase(),
        "kind": 1,
        "startTimeUnixNano": at(0.0),
        "endTimeUnixNano": at(timeline.seconds),
        "attributes": [
            text("edxaws.stack", &timeline.stack),
            number("edxaws.calls", timeline.calls.len() as i64),
        ],
    });
    let steps = timeline.bars.iter().enumerate().map(|(index, bar)| {
        json!({
            "traceId": trace,
            "spanId": id(&format!("{trace} {index}"), 8),
            "parentSpanId": root,
            "name": format!("{:?} {}", bar.action, bar.address).to_lowercase(),
            "kind": 1,
            "startTimeUnixNano": at(bar.start),
            "endTimeUnixNano": at(bar.end),
            "attributes": attributes(bar),
            "events": events(bar, &at),
            "status": status(bar),
        })
    });
    let spans: Vec<Value> = std::iter::once(run).chain(steps).collect();
    json!({"resourceSpans": [{
        "resource": {"attributes": [text("service.name", "edxaws")]},
        "scopeSpans": [{
            "scope": {"name": "edxaws", "version": env!("CARGO_PKG_VERSION")},
            "spans": spans,
        }],
    }]})
}

fn attributes(bar: &Bar) -> Value {
    json!([
        text("edxaws.address", bar.address.as_str()),
        text("edxaws.kind", bar.address.kind()),
        json!({"key": "edxaws.critical", "value": {"boolValue": bar.critical}}),
        json!({"key": "edxaws.slack_seconds", "value": {"doubleValue": bar.slack}}),
    ])
}

fn events(bar: &Bar, at: &dyn Fn(f64) -> String) -> Vec<Value> {
    let waits = bar.waits.iter().map(|wait| (wait.start, "waiting", &wait.reason));
    let retries = bar.retries.iter().map(|retry| (retry.at, "retrying", &retry.reason));
    waits
        .chain(retries)
        .map(|(when, name, reason)| {
            json!({
                "timeUnixNano": at(when),
                "name": name,
                "attributes": [text("reason", reason)],
            })
        })
        .collect()
}

fn status(bar: &Bar) -> Value {
    match &bar.outcome {
        Outcome::Done => json!({"code": 1}),
        Outcome::Failed(why) => json!({"code": 2, "message": why}),
        _ => json!({"code": 0}),
    }
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn number(key: &str, value: i64) -> Value {
    json!({"key": key, "value": {"intValue": value.to_string()}})
}

/// The same run has the same ids, so a repeated export makes no second trace.
fn id(of: &str, bytes: usize) -> String {
    Sha256::digest(of).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}
