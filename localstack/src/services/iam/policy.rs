//! Managed policies, their attachments, and inline policies of roles and users.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{
    Entity, POLICY, ROLE, USER, conflict, document, encoded, limit, managed, no_such_entity, paged,
    role, shown,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("AttachRolePolicy", |call| attach(call, ROLE)),
    ("DetachRolePolicy", |call| detach(call, ROLE)),
    ("ListAttachedRolePolicies", |call| list_attached(call, ROLE)),
    ("PutRolePolicy", |call| put(call, ROLE)),
    ("GetRolePolicy", |call| get(call, ROLE)),
    ("ListRolePolicies", |call| list(call, ROLE)),
    ("DeleteRolePolicy", |call| delete(call, ROLE)),
    ("AttachUserPolicy", |call| attach(call, USER)),
    ("DetachUserPolicy", |call| detach(call, USER)),
    ("ListAttachedUserPolicies", |call| list_attached(call, USER)),
    ("PutUserPolicy", |call| put(call, USER)),
    ("GetUserPolicy", |call| get(call, USER)),
    ("ListUserPolicies", |call| list(call, USER)),
    ("DeleteUserPolicy", |call| delete(call, USER)),
    ("CreatePolicy", create_policy),
    ("GetPolicy", get_policy),
    ("GetPolicyVersion", get_policy_version),
    ("ListPolicyVersions", list_policy_versions),
    ("ListPolicies", list_policies),
    ("DeletePolicy", delete_policy),
];

/// The entity whose policies change.
fn changed(call: &Call<'_>, entity: Entity) -> Result<String, AwsError> {
    if entity.kind == "role" { role::unprotected(call) } else { entity.asked(call) }
}

pub fn attached(thing: &Thing) -> Vec<String> {
    let arns = thing.attrs.get("$attached").and_then(Value::as_array);
    arns.into_iter().flatten().filter_map(|arn| arn.as_str().map(str::to_owned)).collect()
}

pub fn inline(thing: &Thing) -> Map<String, Value> {
    thing.attrs.get("$inline").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// `{PolicyName, PolicyArn}` of each attached policy.
pub fn attached_shapes(thing: &Thing) -> Vec<Value> {
    let name = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let shape = |arn: String| json!({"PolicyName": name(&arn), "PolicyArn": arn});
    attached(thing).into_iter().map(shape).collect()
}

fn exists(world: &World, arn: &str) -> Result<(), AwsError> {
    if managed::known(arn) || world.get(arn).is_some_and(|thing| thing.kind == "policy") {
        return Ok(());
    }
    Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}

fn attach(call: &mut Call<'_>, entity: Entity) -> Answer {
    let (id, arn) = (changed(call, entity)?, call.required("PolicyArn")?);
    exists(call.world, &arn)?;
    let thing = call.world.expect_mut(entity.kind, &id)?;
    let mut all = attached(thing);
    if !all.contains(&arn) {
        all.push(arn);
    }
    if all.len() > 10 {
        let what = if entity.kind == "role" { "PoliciesPerRole" } else { "PoliciesPerUser" };
        return Err(limit(format!("{what}: 10")));
    }
    thing.set("$attached", all);
    done()
}

fn detach(call: &mut Call<'_>, entity: Entity) -> Answer {
    let (id, arn) = (changed(call, entity)?, call.required("PolicyArn")?);
    let thing = call.world.expect_mut(entity.kind, &id)?;
    let mut all = attached(thing);
    let before = all.len();
    all.retain(|one| *one != arn);
    if all.len() == before {
        return Err(no_such_entity(format!("Policy {arn} was not found.")));
    }
    thing.set("$attached", all);
    done()
}

fn list_attached(call: &mut Call<'_>, entity: Entity) -> Answer {
    let id = entity.asked(call)?;
    let shapes = attached_shapes(call.world.expect(entity.kind, &id)?);
    Ok(paged(call, "AttachedPolicies", shapes))
}

fn put(call: &mut Call<'_>, entity: Entity) -> Answer {
    let id = changed(call, entity)?;
    let (name, text) = (call.required("PolicyName")?, call.required("PolicyDocument")?);
    super::check_name("PolicyName", &name, 128)?;
    document::check_permissions(&text)?;
    let thing = call.world.expect_mut(entity.kind, &id)?;
    let mut all = inline(thing);
    all.insert(name, text.into());
    // AWS counts the documents' letters without white space.
    let letters = |text: &Value| {
        text.as_str().map_or(0, |text| text.chars().filter(|c| !c.is_whitespace()).count())
    };
    let most = if entity.kind == "role" { 10_240 } else { 2_048 };
    if all.values().map(letters).sum::<usize>() > most {
        let message =
            format!("Maximum policy size of {most} bytes exceeded for {} {id}", entity.kind);
        return Err(AwsError::new(409, "LimitExceeded", message));
    }
    thing.set("$inline", all);
    done()
}

fn asked_inline(call: &Call<'_>, entity: Entity) -> Result<(String, String, String), AwsError> {
    let (id, name) = (entity.asked(call)?, call.required("PolicyName")?);
    let all = inline(call.world.expect(entity.kind, &id)?);
    let text = all.get(&name).and_then(Value::as_str).map(str::to_owned);
    let text = text.ok_or_else(|| {
        let message = format!("The {} policy with name {name} cannot be found.", entity.kind);
        no_such_entity(message)
    })?;
    Ok((id, name, text))
}

fn get(call: &mut Call<'_>, entity: Entity) -> Answer {
    let (_, name, text) = asked_inline(call, entity)?;
    let of = call.required(entity.name)?;
    Ok(json!({entity.name: of, "PolicyName": name, "PolicyDocument": encoded(&text)}))
}

fn list(call: &mut Call<'_>, entity: Entity) -> Answer {
    let id = entity.asked(call)?;
    let all = inline(call.world.expect(entity.kind, &id)?);
    Ok(paged(call, "PolicyNames", all.into_iter().map(|(name, _)| name.into()).collect()))
}

fn delete(call: &mut Call<'_>, entity: Entity) -> Answer {
    changed(call, entity)?;
    let (id, name, _) = asked_inline(call, entity)?;
    let thing = call.world.expect_mut(entity.kind, &id)?;
    let mut all = inline(thing);
    all.remove(&name);
    thing.set("$inline", all);
    done()
}

fn create_policy(call: &mut Call<'_>) -> Answer {
    let text = call.required("PolicyDocument")?;
    document::check_permissions(&text)?;
    let policy = POLICY
        .made(call)?
        .with("$document", text)
        .with("DefaultVersionId", "v1")
        .with("IsAttachable", true);
    let policy = call.create(policy)?;
    Ok(json!({"Policy": shape(call, &policy)}))
}

fn shape(call: &Call<'_>, policy: &Thing) -> Value {
    let mut shape = shown(call, policy);
    shape.insert("AttachmentCount".to_owned(), users(call.world, &policy.id).into());
    shape.insert("UpdateDate".to_owned(), call.date(policy.created).into());
    shape.into()
}

/// How many roles and users a policy is attached to.
fn users(world: &World, arn: &str) -> usize {
    let uses = |thing: &&Thing| attached(thing).iter().any(|one| one == arn);
    world.of_kind("role").chain(world.of_kind("user")).filter(uses).count()
}

fn get_policy(call: &mut Call<'_>) -> Answer {
    let arn = call.required("PolicyArn")?;
    let policy = match call.world.get(&arn).filter(|thing| thing.kind == "policy") {
        Some(policy) => shape(call, policy),
        None => managed::shape(&arn, users(call.world, &arn))
            .ok_or_else(|| no_such_entity(format!("Policy {arn} was not found.")))?,
    };
    Ok(json!({"Policy": policy}))
}

/// The documents of AWS's own policies are not part of the local AWS.
fn get_policy_version(call: &mut Call<'_>) -> Answer {
    let (arn, version) = (call.required("PolicyArn")?, call.required("VersionId")?);
    if managed::known(&arn) {
        return Err(AwsError::unimplemented(format!("the document of {arn}")));
    }
    let policy = call.world.expect("policy", &arn)?;
    if version != "v1" {
        return Err(no_such_entity(format!("Policy {arn} version {version} does not exist.")));
    }
    let shape = json!({
        "Document": encoded(policy.text("$document")),
        "VersionId": "v1",
        "IsDefaultVersion": true,
        "CreateDate": call.date(policy.created),
    });
    Ok(json!({"PolicyVersion": shape}))
}

fn list_policy_versions(call: &mut Call<'_>) -> Answer {
    let arn = call.required("PolicyArn")?;
    let policy = call.world.expect("policy", &arn)?;
    let date = call.date(policy.created);
    let version = json!({"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": date});
    Ok(paged(call, "Versions", vec![version]))
}

fn list_policies(call: &mut Call<'_>) -> Answer {
    let scope = call.text("Scope").unwrap_or("All");
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let mut all = Vec::new();
    if scope != "Local" {
        all.extend(
            managed::ARNS.iter().filter_map(|arn| managed::shape(arn, users(call.world, arn))),
        );
    }
    if scope != "AWS" {
        all.extend(call.world.of_kind("policy").map(|policy| shape(call, policy)));
    }
    all.retain(|policy| policy["Path"].as_str().is_some_and(|path| path.starts_with(prefix)));
    if call.flag("OnlyAttached") == Some(true) {
        all.retain(|policy| policy["AttachmentCount"].as_u64() != Some(0));
    }
    Ok(paged(call, "Policies", all))
}

fn delete_policy(call: &mut Call<'_>) -> Answer {
    let arn = call.required("PolicyArn")?;
    call.world.expect("policy", &arn)?;
    if users(call.world, &arn) > 0 {
        return Err(conflict("must detach it from all entities first."));
    }
    call.world.delete("policy", &arn, call.now)?;
    done()
}
