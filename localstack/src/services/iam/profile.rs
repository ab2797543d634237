//! Instance profiles; node groups of EKS make their own.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{
    PROFILE, ROLE, conflict, limit, member, no_such_entity, paged, role, shown, tag_members,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateInstanceProfile", create),
    ("GetInstanceProfile", get),
    ("ListInstanceProfiles", list),
    ("ListInstanceProfilesForRole", list_for_role),
    ("AddRoleToInstanceProfile", add_role),
    ("RemoveRoleFromInstanceProfile", remove_role),
    ("DeleteInstanceProfile", delete),
];

pub fn shape(call: &Call<'_>, profile: &Thing) -> Map<String, Value> {
    let roles = call.world.get(profile.text("$role")).map(|role| role::shape(call, role).into());
    let mut shape = shown(call, profile);
    shape.insert("Roles".to_owned(), member(roles.into_iter().collect()));
    shape.insert("Tags".to_owned(), tag_members(&profile.tags));
    shape
}

/// The profiles that hold a role.
pub fn of_role(call: &Call<'_>, role: &str) -> Vec<Value> {
    let all =
        call.world.of_kind("instance_profile").filter(|profile| profile.text("$role") == role);
    all.map(|profile| shape(call, profile).into()).collect()
}

fn create(call: &mut Call<'_>) -> Answer {
    let profile = PROFILE.made(call)?;
    let profile = call.create(profile)?;
    Ok(json!({"InstanceProfile": shape(call, &profile)}))
}

fn get(call: &mut Call<'_>) -> Answer {
    let id = PROFILE.asked(call)?;
    let profile = call.world.expect("instance_profile", &id)?;
    Ok(json!({"InstanceProfile": shape(call, profile)}))
}

fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let all = call.world.of_kind("instance_profile");
    let ours = all.filter(|profile| profile.text("Path").starts_with(prefix));
    let shown = ours.map(|profile| shape(call, profile).into()).collect();
    Ok(paged(call, "InstanceProfiles", shown))
}

fn list_for_role(call: &mut Call<'_>) -> Answer {
    let role = ROLE.asked(call)?;
    Ok(paged(call, "InstanceProfiles", of_role(call, &role)))
}

fn add_role(call: &mut Call<'_>) -> Answer {
    let (id, role) = (PROFILE.asked(call)?, ROLE.asked(call)?);
    let profile = call.world.expect_mut("instance_profile", &id)?;
    if !profile.text("$role").is_empty() {
        return Err(limit("InstanceSessionsPerInstanceProfile: 1".to_owned()));
    }
    profile.set("$role", role);
    done()
}

fn remove_role(call: &mut Call<'_>) -> Answer {
    let (id, role) = (PROFILE.asked(call)?, ROLE.asked(call)?);
    let profile = call.world.expect_mut("instance_profile", &id)?;
    if profile.text("$role") != role {
        let message = format!("Role {role} does not exist in the instance profile.");
        return Err(no_such_entity(message));
    }
    profile.attrs.remove("$role");
    done()
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = PROFILE.asked(call)?;
    if !call.world.expect("instance_profile", &id)?.text("$role").is_empty() {
        let refusal: AwsError = conflict("must remove roles from instance profile first.");
        return Err(refusal);
    }
    call.world.delete("instance_profile", &id, call.now)?;
    done()
}
