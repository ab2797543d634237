//! The vault that recovery points lie in.

use serde::{Deserialize, Serialize};

use super::wire::{pairs, present, tagged, tags_of_ours};
use crate::aws::{DataPolicy, Failure};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, OnDestroy, Ready, Resource, Result, Scope,
    Times, Wanted,
};

/// Desired values of a vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupVault {
    pub name: String,
    /// `destroy` leaves it alone, with its recovery points, unless `--delete-data` is given.
    pub keep_on_destroy: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupVaultLive {
    pub name: String,
    pub arn: String,
    /// `CREATING`, `AVAILABLE` or `FAILED`.
    pub state: String,
    pub recovery_points: i64,
}

impl Resource for BackupVault {
    const KIND: &'static str = "backup_vault";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "backup:CreateBackupVault",
        "backup:DeleteBackupVault",
        "backup:DeleteRecoveryPoint",
        "backup:ListBackupVaults",
        "backup:ListRecoveryPointsByBackupVault",
        "backup:ListTags",
        "backup:TagResource",
        "backup-storage:MountCapsule",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
        "kms:RetireGrant",
    ];

    type Live = BackupVaultLive;

    /// One call for all: DescribeBackupVault answers AccessDenied for a vault that is not there.
    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<BackupVaultLive>>> {
        let ours = format!("edxaws-{}-", scope.stack.name);
        let call = scope.aws.backup.list_backup_vaults();
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for live in pages.iter().map(read).filter(|live| live.name.starts_with(&ours)) {
            match wanted.iter().find(|one| one.desired.name == live.name) {
                Some(one) if one.live.is_some() => all.push(Found::asked(&one.address, live)),
                None if !wanted.is_empty() => {}
                _ => {
                    let Some(tags) = tags_of_ours(scope, &live.arn).await? else { continue };
                    all.push(Found::tagged(pairs(&tags), live));
                }
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<BackupVaultLive> {
        let call = scope.aws.backup.create_backup_vault().backup_vault_name(&self.name);
        let call = call.set_backup_vault_tags(Some(tagged(scope, claim)));
        let answer = call.creator_request_id(&claim.token).send().await?;
        Ok(BackupVaultLive {
            name: self.name.clone(),
            arn: answer.backup_vault_arn.unwrap_or_default(),
            state: "AVAILABLE".to_owned(),
            recovery_points: 0,
        })
    }

    /// Nothing of a vault can change.
    async fn update(&self, _scope: &Scope, _live: &BackupVaultLive, _claim: &Claim) -> Result<()> {
        Ok(())
    }

    /// Recovery points are somebody's last hope: they go only with `--delete-data`.
    async fn delete(&self, scope: &Scope, live: &BackupVaultLive) -> Result<()> {
        let points = recovery_points(scope, &live.name).await?;
        if scope.data == DataPolicy::Delete {
            for arn in &points {
                let call = scope.aws.backup.delete_recovery_point().backup_vault_name(&live.name);
                present(call.recovery_point_arn(arn).send().await.map_err(Failure::from))?;
            }
        } else if !points.is_empty() {
            return Err(full(&live.name, &points));
        }
        scope.aws.backup.delete_backup_vault().backup_vault_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &BackupVaultLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.finish()
    }

    fn ready(&self, live: &BackupVaultLive) -> Ready {
        Ready::status(&live.state, &["AVAILABLE"], &["FAILED"])
    }

    fn on_destroy(&self) -> OnDestroy {
        if self.keep_on_destroy { OnDestroy::Keep } else { OnDestroy::Remove }
    }

    /// A vault itself is free; what it keeps is not.
    fn cost_after_destroy(&self, meter: &mut Meter<'_>) {
        if self.on_destroy() == OnDestroy::Keep {
            let gb = meter.assume(&usage::VOLUME_BACKUP_GB);
            tariff::vault_snapshots(meter.sheet(), gb);
        }
    }
}

/// A vault in the default region set answers without a state: it is there.
fn read(vault: &aws_sdk_backup::types::BackupVaultListMember) -> BackupVaultLive {
    BackupVaultLive {
        name: vault.backup_vault_name().unwrap_or_default().to_owned(),
        arn: vault.backup_vault_arn().unwrap_or_default().to_owned(),
        state: vault.vault_state().map_or("AVAILABLE", |state| state.as_str()).to_owned(),
        recovery_points: vault.number_of_recovery_points,
    }
}

async fn recovery_points(scope: &Scope, vault: &str) -> Result<Vec<String>> {
    let call = scope.aws.backup.list_recovery_points_by_backup_vault().backup_vault_name(vault);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
    Ok(pages.into_iter().filter_map(|point| point.recovery_point_arn).collect())
}

/// What AWS would say, with the names.
fn full(vault: &str, points: &[String]) -> Failure {
    let some: Vec<_> = points.iter().take(3).map(|arn| format!("`{arn}`")).collect();
    let more = if points.len() > some.len() { " and others" } else { "" };
    let message = format!(
        "the vault `{vault}` holds {} recovery points, which only `--delete-data` removes: {}{more}",
        points.len(),
        some.join(", "),
    );
    let code = "InvalidRequestException".to_owned();
    Failure { code, ..Failure::unexpected("backup", "DeleteBackupVault", message) }
}
