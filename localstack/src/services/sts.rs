//! STS: who is calling.

use serde_json::json;

use super::{Operation, Service};
use crate::call::{Answer, Call};
use crate::protocol::{Lists, Protocol};
use crate::world::ACCOUNT;

pub const SERVICE: Service = Service {
    name: "sts",
    signing: "sts",
    protocol: Protocol::Query,
    lists: Lists::Member,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[("GetCallerIdentity", get_caller_identity)];

/// Whoever signs with this key; one that begins with `AKIAROOT` is the account's root user's.
pub fn caller(access_key: &str) -> String {
    let who = if access_key.starts_with("AKIAROOT") { "root" } else { "user/sandbox" };
    format!("arn:aws:iam::{ACCOUNT}:{who}")
}

fn get_caller_identity(call: &mut Call<'_>) -> Answer {
    Ok(json!({
        "Arn": caller(&call.request.access_key),
        "UserId": "AIDASANDBOXSANDBOX000",
        "Account": ACCOUNT,
    }))
}
