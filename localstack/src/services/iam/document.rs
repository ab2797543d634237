//! What IAM refuses in a policy document.

use serde_json::Value;

use super::assumable;
use crate::call::items;
use crate::error::AwsError;
use crate::world::World;

fn malformed(message: impl Into<String>) -> AwsError {
    AwsError::bad("MalformedPolicyDocument", message)
}

fn statements(text: &str) -> Result<Vec<Value>, AwsError> {
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if !matches!(document.get("Version").and_then(Value::as_str), Some("2012-10-17" | "2008-10-17"))
    {
        return Err(malformed("Syntax errors in policy."));
    }
    let statements = document.get("Statement").map(items).unwrap_or_default();
    if statements.is_empty() {
        return Err(malformed("Syntax errors in policy."));
    }
    for statement in &statements {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let acts = statement.get("Action").or(statement.get("NotAction"));
        if !matches!(effect, Some("Allow" | "Deny")) {
            return Err(malformed("Syntax errors in policy."));
        }
        if acts.map(items).is_none_or(|acts| acts.is_empty()) {
            return Err(malformed("Policy statement must contain actions."));
        }
    }
    Ok(statements)
}

/// A policy of permissions: resources, no principals, actions of a vendor.
pub fn check_permissions(text: &str) -> Result<(), AwsError> {
    for statement in statements(text)? {
        if statement.get("Principal").is_some() {
            return Err(malformed("Policy document should not specify a principal."));
        }
        let on = statement.get("Resource").or(statement.get("NotResource"));
        let on = on.map(items).unwrap_or_default();
        if on.is_empty() {
            return Err(malformed("Policy statement must contain resources."));
        }
        if let Some(bad) = on.iter().find(|one| !is_resource(one)) {
            let message = format!("Resource {bad} must be in ARN format or \"*\".");
            return Err(malformed(message));
        }
        let acts = items(statement.get("Action").unwrap_or(&Value::Null));
        let vendor = |act: &Value| act.as_str().is_some_and(|a| a == "*" || a.contains(':'));
        if !acts.iter().all(vendor) {
            return Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam"));
        }
    }
    Ok(())
}

fn is_resource(one: &Value) -> bool {
    one.as_str().is_some_and(|text| text == "*" || text.starts_with("arn:"))
}

/// A trust policy: principals that exist, no resources.
pub fn check_trust(world: &World, text: &str, now: f64) -> Result<(), AwsError> {
    for statement in statements(text)? {
        if statement.get("Resource").is_some() {
            return Err(malformed("Has prohibited field Resource"));
        }
        let principal = statement
            .get("Principal")
            .ok_or_else(|| malformed("AssumeRole policy must contain principals"))?;
        let services = principal.get("Service").map(items).unwrap_or_default();
        let known = |one: &Value| {
            one.as_str()
                .is_some_and(|s| s.ends_with(".amazonaws.com") || s.ends_with(".amazonaws.com.cn"))
        };
        if let Some(bad) = services.iter().find(|one| !known(one)) {
            let bad = bad.as_str().unwrap_or_default();
            return Err(malformed(format!("Invalid principal in policy: \"SERVICE\":\"{bad}\"")));
        }
        for arn in principal.get("AWS").map(items).unwrap_or_default() {
            check_principal(world, arn.as_str().unwrap_or_default(), now)?;
        }
    }
    Ok(())
}

/// Roles and users of this account must be there, and have been for a while.
fn check_principal(world: &World, arn: &str, now: f64) -> Result<(), AwsError> {
    let ours = format!("arn:aws:iam::{}:", crate::world::ACCOUNT);
    let there = match arn.strip_prefix(&ours) {
        Some(rest) if rest.starts_with("role/") => assumable(world, arn, now),
        Some(rest) if rest.starts_with("user/") => {
            world.get(arn).is_some() || rest == "user/sandbox"
        }
        _ => true,
    };
    if there {
        return Ok(());
    }
    Err(malformed(format!("Invalid principal in policy: \"AWS\":\"{arn}\"")))
}
