//! Vaults and what lies in them.

use serde_json::{Value, json};

use super::super::Operation;
use super::{assumable, invalid};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateBackupVault", create),
    ("ListBackupVaults", list),
    ("DescribeBackupVault", describe),
    ("DeleteBackupVault", delete),
    ("ListRecoveryPointsByBackupVault", points),
    ("DescribeRecoveryPoint", describe_point),
    ("DeleteRecoveryPoint", delete_point),
    ("StartBackupJob", start_job),
];

fn arn(call: &Call<'_>, name: &str) -> String {
    call.arn("backup", &format!("backup-vault:{name}"))
}

/// The id of the request's vault. For one that is not there, AWS answers as if it were forbidden.
fn vault(call: &Call<'_>) -> Result<String, AwsError> {
    let arn = arn(call, &call.required("BackupVaultName")?);
    match call.world.get(&arn) {
        Some(vault) => Ok(vault.id.clone()),
        None if call.request.action == "DescribeBackupVault" => Err(AwsError::new(
            403,
            "AccessDeniedException",
            "Insufficient privileges to perform this action.",
        )),
        None => Err(crate::rules::not_found("backup_vault", &arn)),
    }
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("BackupVaultName")?;
    let good = |l: char| l.is_ascii_alphanumeric() || l == '-' || l == '_';
    if name.len() < 2 || name.len() > 50 || !name.chars().all(good) {
        return Err(invalid("The backup vault name is not valid"));
    }
    let arn = arn(call, &name);
    let token = call.text("CreatorRequestId").map(str::to_owned);
    let digest = call.digest("CreatorRequestId");
    if let Some(there) = call.world.get(&arn) {
        let same = token.is_some() && there.token.as_ref().map(|(used, _)| used) == token.as_ref();
        return if same {
            Ok(made(there))
        } else {
            let message = "Backup vault with the same name already exists";
            Err(AwsError::bad("AlreadyExistsException", message))
        };
    }
    let mut vault = Thing::new("backup_vault", arn.clone())
        .with("BackupVaultName", name)
        .with("BackupVaultArn", arn)
        .with("VaultType", "BACKUP_VAULT")
        .with("VaultState", "AVAILABLE")
        .with("EncryptionKeyArn", call.arn("kms", "key/aws-backup"))
        .with("CreationDate", call.now)
        .with("CreatorRequestId", token.clone())
        .with("Locked", false)
        .tagged(call.map("BackupVaultTags"));
    vault.token = token.map(|token| (token, digest));
    let vault = call.create(vault)?;
    Ok(made(&vault))
}

fn made(vault: &Thing) -> Value {
    json!({
        "BackupVaultName": vault.text("BackupVaultName"),
        "BackupVaultArn": vault.id,
        "CreationDate": vault.created,
    })
}

fn shown(call: &Call<'_>, vault: &Thing) -> Value {
    let mut shown = vault.attrs.clone();
    shown
        .insert("NumberOfRecoveryPoints".to_owned(), call.world.children(&vault.id).count().into());
    Value::Object(shown)
}

fn list(call: &mut Call<'_>) -> Answer {
    if call.text("shared").is_some() {
        return Err(AwsError::unimplemented("ListBackupVaults of shared vaults"));
    }
    let wanted = call.text("vaultType");
    let fits = |vault: &&Thing| wanted.is_none_or(|wanted| vault.text("VaultType") == wanted);
    let all = call.here("backup_vault").filter(fits).map(|vault| shown(call, vault)).collect();
    let (page, next) = call.page(all, "maxResults", "nextToken");
    Ok(json!({"BackupVaultList": page, "NextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let id = vault(call)?;
    Ok(shown(call, call.world.expect("backup_vault", &id)?))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = vault(call)?;
    call.world.delete("backup_vault", &id, call.now)?;
    Ok(json!({}))
}

fn points(call: &mut Call<'_>) -> Answer {
    let id = vault(call)?;
    let all = call.world.children(&id).map(|point| Value::Object(point.attrs.clone())).collect();
    let (page, next) = call.page(all, "maxResults", "nextToken");
    Ok(json!({"RecoveryPoints": page, "NextToken": next}))
}

fn point<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let (vault, arn) = (vault(call)?, call.required("RecoveryPointArn")?);
    let inside = |point: &&Thing| point.parent.as_ref() == Some(&vault);
    let point = call.world.get(&arn).filter(inside);
    point.ok_or_else(|| crate::rules::not_found("recovery_point", &arn))
}

fn describe_point(call: &mut Call<'_>) -> Answer {
    Ok(Value::Object(point(call)?.attrs.clone()))
}

fn delete_point(call: &mut Call<'_>) -> Answer {
    let id = point(call)?.id.clone();
    call.world.delete("recovery_point", &id, call.now)?;
    Ok(json!({}))
}

fn start_job(call: &mut Call<'_>) -> Answer {
    let vault = vault(call)?;
    let (resource, role) = (call.required("ResourceArn")?, call.required("IamRoleArn")?);
    assumable(call, &role)?;
    let known = |thing: &Thing| {
        thing.id == resource || thing.attrs.values().any(|value| value.as_str() == Some(&resource))
    };
    if !call.world.things.values().any(known) {
        return Err(invalid(format!("Resource {resource} does not exist")));
    }
    let job = call.world.new_id("job");
    let arn = format!("arn:aws:rds:{}:{ACCOUNT}:snapshot:awsbackup:{job}", call.region());
    let point = Thing::new("recovery_point", arn.clone())
        .with("RecoveryPointArn", arn.clone())
        .with("BackupVaultArn", vault.clone())
        .with("ResourceArn", resource)
        .with("IamRoleArn", role)
        .with("Status", "COMPLETED")
        .with("CreationDate", call.now)
        .uses(vault.clone())
        .child_of(vault);
    call.create(point)?;
    Ok(json!({"BackupJobId": job, "RecoveryPointArn": arn, "CreationDate": call.now}))
}
