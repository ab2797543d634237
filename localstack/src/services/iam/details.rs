//! The whole account in one answer, and what a principal may do.

use serde_json::{Value, json};

use super::super::Operation;
use super::{encoded, member, policy, profile, role, shown, tag_members};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::filter::wildcard;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("GetAccountAuthorizationDetails", authorization_details),
    ("SimulatePrincipalPolicy", simulate),
];

/// Users, then roles; one page counts over both, as AWS's does.
fn authorization_details(call: &mut Call<'_>) -> Answer {
    let kinds = call.texts("Filter");
    let wanted = |kind: &str| kinds.iter().any(|one| one == kind);
    let known = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
    if let Some(bad) = kinds.iter().find(|kind| !known.contains(&kind.as_str())) {
        let message = format!("Value '{bad}' at 'filter' failed to satisfy constraint");
        return Err(AwsError::bad("ValidationError", message));
    }
    if kinds.is_empty() || wanted("LocalManagedPolicy") || wanted("AWSManagedPolicy") {
        let what = "GetAccountAuthorizationDetails with policies (filter by User and Role)";
        return Err(AwsError::unimplemented(what));
    }
    let of = |kind: &'static str, filter: &'static str| {
        call.world.of_kind(kind).filter(move |_| wanted(filter)).map(move |thing| (kind, thing))
    };
    let all: Vec<_> = of("user", "User").chain(of("role", "Role")).collect();
    let start = call.text("Marker").and_then(|text| text.parse().ok()).unwrap_or(0usize);
    let size = call.number("MaxItems").and_then(|n| usize::try_from(n).ok()).unwrap_or(100).max(1);
    let more = all.len() > start + size;
    let page: Vec<_> = all.into_iter().skip(start).take(size).collect();
    let shapes = |kind: &str, shape: fn(&Call<'_>, &Thing) -> Value| {
        let ours = page.iter().filter(|(of, _)| *of == kind);
        member(ours.map(|(_, thing)| shape(call, thing)).collect())
    };
    Ok(json!({
        "UserDetailList": shapes("user", user_detail),
        "RoleDetailList": shapes("role", role_detail),
        "IsTruncated": more,
        "Marker": more.then(|| (start + size).to_string()),
    }))
}

fn inline_members(thing: &Thing) -> Value {
    let text = |document: &Value| encoded(document.as_str().unwrap_or_default());
    let all = policy::inline(thing);
    member(
        all.iter()
            .map(|(name, doc)| json!({"PolicyName": name, "PolicyDocument": text(doc)}))
            .collect(),
    )
}

fn role_detail(call: &Call<'_>, role: &Thing) -> Value {
    let mut shape = role::shape(call, role);
    shape.extend([
        ("RolePolicyList".to_owned(), inline_members(role)),
        ("AttachedManagedPolicies".to_owned(), member(policy::attached_shapes(role))),
        ("InstanceProfileList".to_owned(), member(profile::of_role(call, &role.id))),
        ("Tags".to_owned(), tag_members(&role.tags)),
        ("RoleLastUsed".to_owned(), json!({})),
    ]);
    shape.into()
}

fn user_detail(call: &Call<'_>, user: &Thing) -> Value {
    let mut shape = shown(call, user);
    shape.extend([
        ("UserPolicyList".to_owned(), inline_members(user)),
        ("AttachedManagedPolicies".to_owned(), member(policy::attached_shapes(user))),
        ("GroupList".to_owned(), member(Vec::new())),
        ("Tags".to_owned(), tag_members(&user.tags)),
    ]);
    shape.into()
}

/// Everything is allowed but what a thing of kind `deny` (attribute `Action`, a pattern) forbids.
fn simulate(call: &mut Call<'_>) -> Answer {
    call.required("PolicySourceArn")?;
    let actions = call.texts("ActionNames");
    if actions.is_empty() {
        return Err(AwsError::missing("ActionNames"));
    }
    let on = call.texts("ResourceArns").into_iter().next().unwrap_or_else(|| "*".to_owned());
    let denied = |action: &str| {
        let pattern = |deny: &Thing| deny.text("Action").to_lowercase();
        call.world.of_kind("deny").any(|deny| wildcard(&pattern(deny), &action.to_lowercase()))
    };
    let result = |action: String| {
        let decision = if denied(&action) { "explicitDeny" } else { "allowed" };
        json!({
            "EvalActionName": action,
            "EvalResourceName": on,
            "EvalDecision": decision,
            "MatchedStatements": member(Vec::new()),
            "MissingContextValues": member(Vec::new()),
        })
    };
    let results = actions.into_iter().map(result).collect();
    Ok(super::paged(call, "EvaluationResults", results))
}
