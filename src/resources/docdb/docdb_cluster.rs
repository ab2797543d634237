//! A DocumentDB cluster: the storage and the endpoint; its instances do the work.

use aws_sdk_docdb::types::{DbCluster, Filter};
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, tagged};
use crate::aws::DataPolicy;
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, OnDestroy, Ready, Ref, Resource, Result,
    Scope, Times, Wanted,
};
use crate::resources::ec2::SecurityGroup;
use crate::resources::rds::DbSubnetGroup;
use crate::resources::rds::wire::{final_snapshot, is_version, sorted};
use crate::resources::secrets::wire::{current, describe};

/// Desired values of a DocumentDB cluster. Storage is encrypted, TLS is on (AWS's default), and
/// the password is made and kept by AWS in Secrets Manager.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocdbCluster {
    pub id: String,
    /// `5.0` is any `5.0.x`.
    pub version: String,
    pub backup_days: u8,
    pub deletion_protection: bool,
    pub final_snapshot: bool,
    pub username: String,
    pub subnet_group: Ref<DbSubnetGroup>,
    pub security_groups: Vec<Ref<SecurityGroup>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocdbClusterLive {
    pub id: String,
    pub arn: String,
    /// Never used again, unlike `id`.
    pub resource_id: String,
    pub status: String,
    /// The host that always leads to the primary.
    pub endpoint: Option<String>,
    pub port: u16,
    pub version: String,
    pub backup_days: u8,
    pub deletion_protection: bool,
    pub encrypted: bool,
    pub username: String,
    pub master_secret_arn: Option<String>,
    /// Id of the version whose value counts: AWS changes the password every few days.
    #[serde(default)]
    pub master_secret_version: Option<String>,
    pub subnet_group: String,
    pub security_group_ids: Vec<String>,
}

const ENGINE: &str = "docdb";
const AVAILABLE: &str = "available";

impl DocdbClusterLive {
    fn is_there(&self) -> bool {
        self.status == AVAILABLE
    }
}

impl Resource for DocdbCluster {
    const KIND: &'static str = "docdb_cluster";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((60, 90, 180), (60, 120, 900));
    const ACTIONS: &'static [&'static str] = &[
        "iam:CreateServiceLinkedRole",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "rds:AddTagsToResource",
        "rds:CreateDBCluster",
        "rds:CreateDBClusterSnapshot",
        "rds:DeleteDBCluster",
        "rds:DescribeDBClusters",
        "rds:ListTagsForResource",
        "rds:ModifyDBCluster",
        "secretsmanager:CreateSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:TagResource",
    ];

    type Live = DocdbClusterLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<DocdbClusterLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let engine = Filter::builder().name("engine").values(ENGINE).build();
        let call = scope.aws.docdb.describe_db_clusters().filters(engine);
        let clusters = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named =
                |it: &&DbCluster| it.db_cluster_identifier() == Some(one.desired.id.as_str());
            if let Some(mut live) = clusters.iter().find(named).map(read) {
                // Nobody reads the password of one that is on its way.
                if let Some(secret) = live.master_secret_arn.as_ref().filter(|_| live.is_there()) {
                    let secret = describe(scope, secret).await?;
                    live.master_secret_version =
                        secret.and_then(|secret| current(secret.version_ids_to_stages()));
                }
                let arn = live.arn.clone();
                all.extend(owned(scope, one, &arn, live).await?);
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<DocdbClusterLive> {
        let security = scope.live_all(&self.security_groups, |group| group.id)?;
        let call = scope
            .aws
            .docdb
            .create_db_cluster()
            .db_cluster_identifier(&self.id)
            .engine(ENGINE)
            .engine_version(full(&self.version))
            .storage_encrypted(true)
            .backup_retention_period(self.backup_days.into())
            .deletion_protection(self.deletion_protection)
            .master_username(&self.username)
            .manage_master_user_password(true)
            .db_subnet_group_name(scope.live(&self.subnet_group)?.name)
            .set_vpc_security_group_ids(Some(security))
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.db_cluster().map(read).ok_or_else(|| missing("CreateDBCluster", "cluster"))
    }

    async fn update(&self, scope: &Scope, live: &DocdbClusterLive, _claim: &Claim) -> Result<()> {
        let security = sorted(scope.live_all(&self.security_groups, |group| group.id)?);
        let newer = !is_version(&self.version, &live.version);
        let days = (self.backup_days != live.backup_days).then_some(self.backup_days.into());
        let protection = self.deletion_protection != live.deletion_protection;
        let call = scope.aws.docdb.modify_db_cluster().db_cluster_identifier(&live.id);
        call.apply_immediately(true)
            .set_engine_version(newer.then(|| full(&self.version)))
            .set_allow_major_version_upgrade(newer.then_some(true))
            .set_backup_retention_period(days)
            .set_deletion_protection(protection.then_some(self.deletion_protection))
            .set_manage_master_user_password(live.master_secret_arn.is_none().then_some(true))
            .set_vpc_security_group_ids((security != live.security_group_ids).then_some(security))
            .send()
            .await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &DocdbClusterLive) -> Result<()> {
        if live.status == "deleting" {
            return Ok(());
        }
        if live.deletion_protection {
            let call = scope.aws.docdb.modify_db_cluster().db_cluster_identifier(&live.id);
            call.deletion_protection(false).apply_immediately(true).send().await?;
        }
        let snapshot = (self.final_snapshot && scope.data == DataPolicy::Snapshot)
            .then(|| final_snapshot(&live.id, &live.resource_id));
        let call = scope.aws.docdb.delete_db_cluster().db_cluster_identifier(&live.id);
        call.skip_final_snapshot(snapshot.is_none())
            .set_final_db_snapshot_identifier(snapshot)
            .send()
            .await?;
        Ok(())
    }

    fn diff(&self, live: &DocdbClusterLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("id", &self.id, &live.id);
        diff.fixed("username", &self.username, &live.username);
        diff.fixed("encrypted", &true, &live.encrypted);
        let subnet_group = facts.map(&self.subnet_group, |group| group.name);
        diff.fixed_fact("subnet_group", subnet_group, &live.subnet_group);
        if !is_version(&self.version, &live.version) {
            diff.free("version", &self.version, &live.version);
        }
        diff.free("backup_days", &self.backup_days, &live.backup_days);
        diff.free("deletion_protection", &self.deletion_protection, &live.deletion_protection);
        diff.free("managed_password", &true, &live.master_secret_arn.is_some());
        let security = facts.map_all(&self.security_groups, |group| group.id).map(sorted);
        diff.free_fact("security_groups", security, &live.security_group_ids);
        diff.finish()
    }

    fn ready(&self, live: &DocdbClusterLive) -> Ready {
        let dead = ["failed", "inaccessible-encryption-credentials"];
        Ready::status(&live.status, &[AVAILABLE], &dead)
    }

    fn on_destroy(&self) -> OnDestroy {
        match (self.deletion_protection, self.final_snapshot) {
            (true, _) => OnDestroy::Protected,
            (false, true) => OnDestroy::Snapshot,
            (false, false) => OnDestroy::Remove,
        }
    }

    fn outputs(&self, live: &DocdbClusterLive) -> Vec<(&'static str, String)> {
        let endpoint = live.endpoint.clone().map(|host| ("documentdb_endpoint", host));
        let secret = live.master_secret_arn.clone().map(|arn| ("documentdb_master_secret", arn));
        endpoint.into_iter().chain(secret).collect()
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let gb = meter.share::<Self>(&usage::DOCDB_GB);
        let requests = meter.share::<Self>(&usage::DOCDB_REQUESTS).in_units_of(1_000_000);
        let backup = meter.share::<Self>(&usage::DOCDB_BACKUP_GB);
        let sheet = meter.sheet();
        tariff::docdb_storage(sheet, gb, requests);
        tariff::docdb_backup(sheet, backup);
        tariff::managed_secret(sheet);
    }

    fn cost_after_destroy(&self, meter: &mut Meter<'_>) {
        if self.final_snapshot {
            let gb = meter.share::<Self>(&usage::DOCDB_GB);
            tariff::docdb_backup(meter.sheet(), gb);
        }
    }
}

/// DocumentDB spells versions with three parts, of which the last has always been zero.
fn full(version: &str) -> String {
    if version.split('.').count() == 2 { format!("{version}.0") } else { version.to_owned() }
}

fn read(cluster: &DbCluster) -> DocdbClusterLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let groups = cluster.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id());
    let days = cluster.backup_retention_period().and_then(|days| u8::try_from(days).ok());
    let secret = cluster.master_user_secret().and_then(|secret| secret.secret_arn());
    DocdbClusterLive {
        id: text(cluster.db_cluster_identifier()),
        arn: text(cluster.db_cluster_arn()),
        resource_id: text(cluster.db_cluster_resource_id()),
        status: text(cluster.status()),
        endpoint: cluster.endpoint().map(str::to_owned),
        port: cluster.port().and_then(|port| u16::try_from(port).ok()).unwrap_or(27017),
        version: text(cluster.engine_version()),
        backup_days: days.unwrap_or_default(),
        deletion_protection: cluster.deletion_protection().unwrap_or_default(),
        encrypted: cluster.storage_encrypted().unwrap_or_default(),
        username: text(cluster.master_username()),
        master_secret_arn: secret.map(str::to_owned),
        master_secret_version: None,
        subnet_group: text(cluster.db_subnet_group()),
        security_group_ids: sorted(groups.map(str::to_owned).collect()),
    }
}
