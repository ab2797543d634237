//! Roles.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{ROLE, conflict, document, encoded, list_tags, paged, shown, tag, tag_members, untag};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateRole", create),
    ("GetRole", get),
    ("ListRoles", list),
    ("UpdateAssumeRolePolicy", update_trust),
    ("UpdateRole", update),
    ("UpdateRoleDescription", update),
    ("DeleteRole", delete),
    ("TagRole", |call| tag(call, ROLE)),
    ("UntagRole", |call| untag(call, ROLE)),
    ("ListRoleTags", |call| list_tags(call, ROLE)),
];

/// What every answer shows of a role; tags only where AWS shows them.
pub fn shape(call: &Call<'_>, role: &Thing) -> serde_json::Map<String, Value> {
    let mut shape = shown(call, role);
    let trust = encoded(role.text("$trust"));
    shape.insert("AssumeRolePolicyDocument".to_owned(), trust.into());
    shape
}

fn create(call: &mut Call<'_>) -> Answer {
    let trust = call.required("AssumeRolePolicyDocument")?;
    document::check_trust(call.world, &trust, call.now)?;
    if call.text("PermissionsBoundary").is_some() {
        return Err(AwsError::unimplemented("the parameter PermissionsBoundary of CreateRole"));
    }
    let mut role = ROLE
        .made(call)?
        .with("$trust", trust)
        .with("$attached", json!([]))
        .with("$inline", json!({}))
        .with("MaxSessionDuration", call.number("MaxSessionDuration").unwrap_or(3600));
    if role.text("Path").starts_with("/aws-service-role/") {
        let message = "The specified value for path is invalid: it is reserved for AWS services.";
        return Err(AwsError::bad("ValidationError", message));
    }
    if let Some(text) = call.text("Description") {
        role.set("Description", text);
    }
    let role = call.create(role)?;
    let mut shape = shape(call, &role);
    shape.insert("Tags".to_owned(), tag_members(&role.tags));
    Ok(json!({"Role": shape}))
}

fn get(call: &mut Call<'_>) -> Answer {
    let id = ROLE.asked(call)?;
    let role = call.world.expect("role", &id)?;
    let mut shape = shape(call, role);
    shape.insert("Tags".to_owned(), tag_members(&role.tags));
    shape.insert("RoleLastUsed".to_owned(), json!({}));
    Ok(json!({"Role": shape}))
}

/// The list shows no tags: AWS's documentation says so.
fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let roles = call.world.of_kind("role").filter(|role| role.text("Path").starts_with(prefix));
    let shown = roles.map(|role| shape(call, role).into()).collect();
    Ok(paged(call, "Roles", shown))
}

/// AWS's own roles are changed by nobody else.
pub fn unprotected(call: &Call<'_>) -> Result<String, AwsError> {
    let id = ROLE.asked(call)?;
    let role = call.world.expect("role", &id)?;
    if role.text("Path").starts_with("/aws-service-role/") {
        let message = format!(
            "Cannot perform the operation on the protected role '{}' - this role is only \
             modifiable by AWS",
            role.text("RoleName")
        );
        return Err(AwsError::bad("UnmodifiableEntity", message));
    }
    Ok(id)
}

fn update_trust(call: &mut Call<'_>) -> Answer {
    let id = unprotected(call)?;
    let trust = call.required("PolicyDocument")?;
    document::check_trust(call.world, &trust, call.now)?;
    call.world.expect_mut("role", &id)?.set("$trust", trust);
    done()
}

fn update(call: &mut Call<'_>) -> Answer {
    let id = unprotected(call)?;
    let text = call.text("Description").map(str::to_owned);
    let longest = call.number("MaxSessionDuration");
    let role = call.world.expect_mut("role", &id)?;
    if let Some(text) = text {
        role.set("Description", text);
    }
    if let Some(longest) = longest {
        role.set("MaxSessionDuration", longest);
    }
    done()
}

/// Source: IAM API reference, DeleteRole; the order of the three checks as botocore issues show it.
fn delete(call: &mut Call<'_>) -> Answer {
    let id = unprotected(call)?;
    let role = call.world.expect("role", &id)?;
    let filled = |name: &str| match role.attrs.get(name) {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        _ => false,
    };
    if call.world.of_kind("instance_profile").any(|profile| profile.text("$role") == id) {
        return Err(conflict("must remove roles from instance profile first."));
    }
    if filled("$attached") {
        return Err(conflict("must detach all policies first."));
    }
    if filled("$inline") {
        return Err(conflict("must delete policies first."));
    }
    call.world.delete("role", &id, call.now)?;
    done()
}
