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

/// An access key that begins with `AKIAROOT` is the account's root user.
fn get_caller_identity(call: &mut Call<'_>) -> Answer {
    let root = call.request.access_key.starts_with("AKIAROOT");
    let who = if root { "root".to_owned() } else { "user/sandbox".to_owned() };
    Ok(json!({
        "Arn": format!("arn:aws:iam::{ACCOUNT}:{who}"),
        "UserId": "AIDASANDBOXSANDBOX000",
        "Account": ACCOUNT,
    }))
}
