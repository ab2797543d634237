//! Access entries: which IAM principals may do what in a cluster.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{
    active_cluster, cluster, in_use, in_wrong_state, invalid, not_found, repeated, shown, updates,
    with_token,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateAccessEntry", create),
    ("ListAccessEntries", list),
    ("DescribeAccessEntry", describe),
    ("DeleteAccessEntry", delete),
    ("AssociateAccessPolicy", associate),
    ("ListAssociatedAccessPolicies", list_associated),
    ("DisassociateAccessPolicy", disassociate),
    ("ListAccessPolicies", list_policies),
];

/// The policies for people (EKS user guide, "Review access policy permissions").
const POLICIES: [&str; 5] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
];

fn policy_arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

pub fn entry_id(cluster: &str, principal: &str) -> String {
    format!("eks_access_entry/{cluster}/{principal}")
}

/// A new entry without permissions.
pub fn entry(call: &mut Call<'_>, cluster: &Thing, principal: &str) -> Thing {
    let name = cluster.text("name");
    let path = principal.split(':').nth(5).unwrap_or_default();
    let account = principal.split(':').nth(4).unwrap_or_default();
    let uuid = updates::uuid(call);
    let arn = call.arn("eks", &format!("access-entry/{name}/{path}/{account}/{uuid}"));
    Thing::new("eks_access_entry", entry_id(name, principal))
        .with("$arn", arn.clone())
        .with("$policies", json!([]))
        .with("accessEntryArn", arn)
        .with("clusterName", name)
        .with("principalArn", principal)
        .with("username", principal)
        .with("kubernetesGroups", json!([]))
        .with("type", "STANDARD")
        .with("createdAt", call.now)
        .with("modifiedAt", call.now)
        .uses(cluster.id.clone())
        .child_of(cluster.id.clone())
}

fn create(call: &mut Call<'_>) -> Answer {
    let (name, principal) = (call.required("clusterName")?, call.required("principalArn")?);
    if let Some(id) = repeated(call, "eks_access_entry")? {
        return Ok(json!({"accessEntry": shown(call.world.expect("eks_access_entry", &id)?)}));
    }
    let cluster = active_cluster(call, &name)?;
    let mode =
        cluster.attrs.get("accessConfig").and_then(|config| config.get("authenticationMode"));
    if mode.and_then(Value::as_str) == Some("CONFIG_MAP") {
        let message = "The cluster's authentication mode must be set to one of [API, \
                       API_AND_CONFIG_MAP] to perform this operation.";
        return Err(in_wrong_state(message));
    }
    check_principal(call, &principal)?;
    if call.world.get(&entry_id(&name, &principal)).is_some() {
        let message = "The specified access entry resource is already in use on this cluster.";
        return Err(in_use(message));
    }
    let mut thing = entry(call, &cluster, &principal).tagged(call.map("tags"));
    if let Some(username) = call.text("username") {
        thing.set("username", username);
    }
    thing.set("kubernetesGroups", json!(call.texts("kubernetesGroups")));
    thing.set("type", call.text("type").unwrap_or("STANDARD"));
    let made = call.create(with_token(thing, call))?;
    Ok(json!({"accessEntry": shown(&made)}))
}

/// A user or role, never a session (appmod-blueprints#319); a role of this account must exist, by
/// its ARN with its path (terraform-aws-eks#2969: a single sign-on role without it is refused).
/// Users are taken on trust: the sandbox's own caller is one, and no thing in this world.
fn check_principal(call: &Call<'_>, principal: &str) -> Result<(), AwsError> {
    let malformed = || invalid("The principalArn parameter format is not valid");
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, name] = parts.as_slice() else { return Err(malformed()) };
    let known = match name.split_once('/') {
        Some(("user", _)) => true,
        Some(("role", _)) => *account != ACCOUNT || call.world.get(principal).is_some(),
        _ => return Err(malformed()),
    };
    if known {
        return Ok(());
    }
    Err(invalid("The specified principalArn is invalid: invalid principal."))
}

/// The entry the request names.
fn asked(call: &mut Call<'_>) -> Result<Thing, AwsError> {
    let (name, principal) = (call.required("clusterName")?, call.required("principalArn")?);
    cluster(call, &name)?;
    let found = call.world.get(&entry_id(&name, &principal)).cloned();
    found.ok_or_else(|| {
        not_found(
            "The specified principalArn could not be found. You can view your available \
                   access entries with 'list-access-entries'.",
        )
    })
}

fn list(call: &mut Call<'_>) -> Answer {
    let name = call.required("clusterName")?;
    let id = cluster(call, &name)?.id;
    if call.text("associatedPolicyArn").is_some() {
        return Err(AwsError::unimplemented("ListAccessEntries by `associatedPolicyArn`"));
    }
    let entries = call.world.children(&id).filter(|child| child.kind == "eks_access_entry");
    let principals = entries.map(|entry| entry.text("principalArn").to_owned()).collect();
    let (page, next) = call.page::<String>(principals, "maxResults", "nextToken");
    Ok(json!({"accessEntries": page, "nextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    Ok(json!({"accessEntry": shown(&asked(call)?)}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let found = asked(call)?;
    call.world.delete("eks_access_entry", &found.id, call.now)?;
    done()
}

fn policies(entry: &Thing) -> Vec<Value> {
    entry.attrs.get("$policies").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Associating twice changes nothing but the scope.
fn associate(call: &mut Call<'_>) -> Answer {
    let (found, policy) = (asked(call)?, call.required("policyArn")?);
    if !POLICIES.iter().any(|name| policy_arn(name) == policy) {
        return Err(invalid("The policyArn parameter format is not valid"));
    }
    let scope = call.required("accessScope.type")?;
    let namespaces = call.texts("accessScope.namespaces");
    if (scope == "namespace") == namespaces.is_empty() {
        return Err(invalid(
            "The accessScope needs namespaces if and only if its type is namespace",
        ));
    }
    let row = json!({
        "policyArn": policy,
        "accessScope": {"type": scope, "namespaces": namespaces},
        "associatedAt": call.now, "modifiedAt": call.now,
    });
    let mut all = policies(&found);
    all.retain(|other| other["policyArn"] != row["policyArn"]);
    all.push(row.clone());
    call.world.expect_mut("eks_access_entry", &found.id)?.set("$policies", all);
    Ok(json!({"clusterName": found.text("clusterName"),
        "principalArn": found.text("principalArn"), "associatedAccessPolicy": row}))
}

fn list_associated(call: &mut Call<'_>) -> Answer {
    let found = asked(call)?;
    let (page, next) = call.page(policies(&found), "maxResults", "nextToken");
    Ok(json!({"clusterName": found.text("clusterName"),
        "principalArn": found.text("principalArn"),
        "associatedAccessPolicies": page, "nextToken": next}))
}

fn disassociate(call: &mut Call<'_>) -> Answer {
    let (found, policy) = (asked(call)?, call.required("policyArn")?);
    let before = policies(&found);
    let after: Vec<Value> =
        before.iter().filter(|row| row["policyArn"] != policy.as_str()).cloned().collect();
    if after.len() == before.len() {
        return Err(not_found("The specified policyArn is not associated with the principalArn."));
    }
    call.world.expect_mut("eks_access_entry", &found.id)?.set("$policies", after);
    done()
}

fn list_policies(call: &mut Call<'_>) -> Answer {
    let all = POLICIES.iter().map(|name| json!({"name": name, "arn": policy_arn(name)})).collect();
    let (page, next) = call.page::<Value>(all, "maxResults", "nextToken");
    Ok(json!({"accessPolicies": page, "nextToken": next}))
}
