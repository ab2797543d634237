//! Service-linked roles: one per service and account, made on request, changed only by AWS.

use serde_json::{Map, json};

use super::super::Operation;
use super::{ROLE, no_such_entity, role};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateServiceLinkedRole", create),
    ("DeleteServiceLinkedRole", delete),
    ("GetServiceLinkedRoleDeletionStatus", deletion_status),
];

/// Service principal, role name, and kinds of things that hold the role back.
/// Source: each service's page on service-linked roles.
const SERVICES: &[(&str, &str, &[&str])] = &[
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", &["auto_scaling_group"]),
    ("backup.amazonaws.com", "AWSServiceRoleForBackup", &["backup_vault"]),
    ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS", &["eks_cluster"]),
    ("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup", &["eks_nodegroup"]),
    (
        "elasticache.amazonaws.com",
        "AWSServiceRoleForElastiCache",
        &["elasticache_replication_group"],
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        &["load_balancer"],
    ),
    ("rds.amazonaws.com", "AWSServiceRoleForRDS", &["rds_instance", "docdb_instance"]),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", &[]),
];

fn create(call: &mut Call<'_>) -> Answer {
    let service = call.required("AWSServiceName")?;
    let row = SERVICES.iter().find(|(name, ..)| *name == service);
    let (_, name, _) = row
        .ok_or_else(|| AwsError::unimplemented(format!("the service-linked role of {service}")))?;
    if ROLE.lookup(call.world, name).is_ok() {
        let message = format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        );
        return Err(AwsError::bad("InvalidInput", message));
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }]});
    let path = format!("/aws-service-role/{service}/");
    let arn = format!("arn:aws:iam::{ACCOUNT}:role{path}{name}");
    let id = format!("AROA{}", call.world.new_name(17));
    let role = Thing::new("role", &arn)
        .with("RoleName", *name)
        .with("RoleId", id)
        .with("Path", path)
        .with("Arn", arn.clone())
        .with("$trust", trust.to_string())
        .with("$attached", json!([]))
        .with("$inline", Map::new())
        .with("MaxSessionDuration", 3600);
    let role = call.create(role)?;
    Ok(json!({"Role": role::shape(call, &role)}))
}

fn blocked(call: &Call<'_>, name: &str) -> bool {
    let row = SERVICES.iter().find(|(_, role, _)| *role == name);
    let kinds = row.map(|(.., kinds)| *kinds).unwrap_or_default();
    kinds.iter().any(|kind| call.world.of_kind(kind).next().is_some())
}

/// AWS answers with a task; here the role goes at once unless something uses it.
fn delete(call: &mut Call<'_>) -> Answer {
    let (id, name) = (ROLE.asked(call)?, call.required("RoleName")?);
    let path = call.world.expect("role", &id)?.text("Path").to_owned();
    if !path.starts_with("/aws-service-role/") {
        let message = format!("{name} is not a service-linked role.");
        return Err(AwsError::bad("InvalidInput", message));
    }
    if !blocked(call, &name) {
        call.world.delete("role", &id, call.now)?;
    }
    Ok(json!({"DeletionTaskId": format!("task{path}{name}/{:016x}", call.world.random())}))
}

fn deletion_status(call: &mut Call<'_>) -> Answer {
    let task = call.required("DeletionTaskId")?;
    let name = task
        .split('/')
        .nth(3)
        .ok_or_else(|| no_such_entity(format!("The deletion task {task} cannot be found.")))?;
    let status = if ROLE.lookup(call.world, name).is_ok() { "FAILED" } else { "SUCCEEDED" };
    Ok(json!({"Status": status}))
}
