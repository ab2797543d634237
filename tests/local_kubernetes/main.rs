//! Kubernetes inside the local AWS, driven by kube-rs and by plain requests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod access;
mod api;
mod controllers;
mod exec;
#[path = "../kube/lab.rs"]
mod lab;

use serde_json::Value;

/// Where Deployments live.
pub const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// A condition of an object's status.
pub fn condition<'v>(object: &'v Value, kind: &str) -> &'v Value {
    let all = object["status"]["conditions"].as_array();
    let found = all.and_then(|all| all.iter().find(|one| one["type"] == kind));
    found.unwrap_or(&Value::Null)
}

/// The names in a list.
pub fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}
