//! AWS Backup: vaults, plans and selections; a backup job makes its recovery point at once.

mod plan;
mod vault;

use serde_json::json;

use super::{Operation, Service};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol, Route, route};
use crate::rules::rows::{codes, in_use};
use crate::rules::{Codes, InUse};
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "backup",
    signing: "backup",
    protocol: Protocol::RestJson,
    lists: Lists::Plain,
    operations: &[vault::OPERATIONS, plan::OPERATIONS, OPERATIONS],
    routes: ROUTES,
    in_use: IN_USE,
    codes: CODES,
};

const IN_USE: &[InUse] = &[
    in_use(
        "backup_vault",
        &["recovery_point"],
        "InvalidRequestException",
        "Backup vault cannot be deleted because it contains recovery points. ({by})",
        "AWS Backup API reference, DeleteBackupVault",
    ),
    in_use(
        "backup_plan",
        &["backup_selection"],
        "InvalidRequestException",
        "Related backup plan selections must be deleted prior to backup plan deletion. ({by})",
        "AWS Backup API reference, DeleteBackupPlan",
    ),
];

const CODES: &[Codes] = &[
    codes("backup_vault", "ResourceNotFoundException", "AlreadyExistsException"),
    codes("backup_plan", "ResourceNotFoundException", "AlreadyExistsException"),
    codes("backup_selection", "ResourceNotFoundException", "AlreadyExistsException"),
    codes("recovery_point", "ResourceNotFoundException", "AlreadyExistsException"),
];

const ROUTES: &[Route] = &[
    route("PUT", "/backup-vaults/{BackupVaultName}", "CreateBackupVault"),
    route("GET", "/backup-vaults", "ListBackupVaults"),
    route("GET", "/backup-vaults/{BackupVaultName}", "DescribeBackupVault"),
    route("DELETE", "/backup-vaults/{BackupVaultName}", "DeleteBackupVault"),
    route(
        "GET",
        "/backup-vaults/{BackupVaultName}/recovery-points",
        "ListRecoveryPointsByBackupVault",
    ),
    route(
        "GET",
        "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}",
        "DescribeRecoveryPoint",
    ),
    route(
        "DELETE",
        "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}",
        "DeleteRecoveryPoint",
    ),
    route("PUT", "/backup/plans", "CreateBackupPlan"),
    route("GET", "/backup/plans", "ListBackupPlans"),
    route("GET", "/backup/plans/{BackupPlanId}", "GetBackupPlan"),
    route("POST", "/backup/plans/{BackupPlanId}", "UpdateBackupPlan"),
    route("DELETE", "/backup/plans/{BackupPlanId}", "DeleteBackupPlan"),
    route("PUT", "/backup/plans/{BackupPlanId}/selections", "CreateBackupSelection"),
    route("GET", "/backup/plans/{BackupPlanId}/selections", "ListBackupSelections"),
    route("GET", "/backup/plans/{BackupPlanId}/selections/{SelectionId}", "GetBackupSelection"),
    route(
        "DELETE",
        "/backup/plans/{BackupPlanId}/selections/{SelectionId}",
        "DeleteBackupSelection",
    ),
    route("PUT", "/backup-jobs", "StartBackupJob"),
    route("GET", "/tags/{ResourceArn}", "ListTags"),
    route("POST", "/tags/{ResourceArn}", "TagResource"),
    route("POST", "/untag/{ResourceArn}", "UntagResource"),
];

const OPERATIONS: &[(&str, Operation)] =
    &[("ListTags", list_tags), ("TagResource", tag), ("UntagResource", untag)];

fn invalid(why: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterValueException", why)
}

/// AWS Backup must be able to work as the role, which it cannot right after the role was made.
fn assumable(call: &Call<'_>, role: &str) -> Result<(), AwsError> {
    let trusts = |role: &Thing| role.text("$trust").contains("backup.amazonaws.com");
    let trusted = call.world.get(role).is_some_and(trusts);
    if trusted && super::iam::assumable(call.world, role, call.now) {
        Ok(())
    } else {
        Err(invalid(format!("IAM Role {role} cannot be assumed by AWS Backup")))
    }
}

fn tagged<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let arn = call.required("ResourceArn")?;
    let kinds = ["backup_vault", "backup_plan"];
    let thing =
        call.world.things.get_mut(&arn).filter(|thing| kinds.contains(&thing.kind.as_str()));
    thing.ok_or_else(|| AwsError::bad("ResourceNotFoundException", format!("{arn} does not exist")))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": tagged(call)?.tags}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.map("Tags");
    tagged(call)?.tags.extend(tags);
    Ok(json!({}))
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeyList");
    tagged(call)?.tags.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}
