//! Users and their access keys.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{
    USER, conflict, limit, list_tags, no_such_entity, paged, shown, tag, tag_members, untag,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateUser", create),
    ("GetUser", get),
    ("ListUsers", list),
    ("DeleteUser", delete),
    ("TagUser", |call| tag(call, USER)),
    ("UntagUser", |call| untag(call, USER)),
    ("ListUserTags", |call| list_tags(call, USER)),
    ("CreateAccessKey", create_key),
    ("ListAccessKeys", list_keys),
    ("UpdateAccessKey", update_key),
    ("DeleteAccessKey", delete_key),
];

fn create(call: &mut Call<'_>) -> Answer {
    let user = USER.made(call)?.with("$attached", json!([])).with("$inline", json!({}));
    let user = call.create(user)?;
    let mut shape = shown(call, &user);
    shape.insert("Tags".to_owned(), tag_members(&user.tags));
    Ok(json!({"User": shape}))
}

fn get(call: &mut Call<'_>) -> Answer {
    let id = USER.asked(call)?;
    let user = call.world.expect("user", &id)?;
    let mut shape = shown(call, user);
    shape.insert("Tags".to_owned(), tag_members(&user.tags));
    Ok(json!({"User": shape}))
}

fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let users = call.world.of_kind("user").filter(|user| user.text("Path").starts_with(prefix));
    let shown = users.map(|user| shown(call, user).into()).collect();
    Ok(paged(call, "Users", shown))
}

/// Source: IAM API reference, DeleteUser: keys and policies have to go first.
fn delete(call: &mut Call<'_>) -> Answer {
    let id = USER.asked(call)?;
    let user = call.world.expect("user", &id)?;
    if keys(call, &id).next().is_some() {
        return Err(conflict("must delete access keys first."));
    }
    if user.attrs.get("$attached").and_then(Value::as_array).is_some_and(|all| !all.is_empty()) {
        return Err(conflict("must detach all policies first."));
    }
    if user.attrs.get("$inline").and_then(Value::as_object).is_some_and(|all| !all.is_empty()) {
        return Err(conflict("must delete policies first."));
    }
    call.world.delete("user", &id, call.now)?;
    done()
}

fn keys<'w>(call: &'w Call<'_>, user: &'w str) -> impl Iterator<Item = &'w Thing> {
    call.world.of_kind("access_key").filter(move |key| key.parent.as_deref() == Some(user))
}

/// The secret is shown once and kept nowhere, as in AWS.
fn create_key(call: &mut Call<'_>) -> Answer {
    let user = USER.asked(call)?;
    if keys(call, &user).count() >= 2 {
        return Err(limit("AccessKeysPerUser: 2".to_owned()));
    }
    let id = format!("AKIA{}", call.world.new_name(16));
    let secret = call.world.new_name(40);
    let name = call.required("UserName")?;
    let key = Thing::new("access_key", &id)
        .with("UserName", name)
        .with("AccessKeyId", id.clone())
        .with("Status", "Active")
        .child_of(user);
    let key = call.create(key)?;
    let mut shape = shown(call, &key);
    shape.insert("SecretAccessKey".to_owned(), secret.into());
    Ok(json!({"AccessKey": shape}))
}

fn list_keys(call: &mut Call<'_>) -> Answer {
    let user = USER.asked(call)?;
    let shown = keys(call, &user).map(|key| shown(call, key).into()).collect();
    Ok(paged(call, "AccessKeyMetadata", shown))
}

fn key_of(call: &Call<'_>) -> Result<String, AwsError> {
    let (user, id) = (USER.asked(call)?, call.required("AccessKeyId")?);
    let found = keys(call, &user).any(|key| key.id == id);
    let missing = || no_such_entity(format!("The Access Key with id {id} cannot be found."));
    found.then(|| id.clone()).ok_or_else(missing)
}

fn update_key(call: &mut Call<'_>) -> Answer {
    let (id, status) = (key_of(call)?, call.required("Status")?);
    call.world.expect_mut("access_key", &id)?.set("Status", status);
    done()
}

fn delete_key(call: &mut Call<'_>) -> Answer {
    let id = key_of(call)?;
    call.world.delete("access_key", &id, call.now)?;
    done()
}
