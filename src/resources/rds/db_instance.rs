//! The MySQL database. Nothing that AWS can change in place ever replaces it.

mod live;

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;
use aws_sdk_rds::types::Filter;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use live::DbInstanceLive;

use super::wire::{final_snapshot, is_version, missing, recognized, sorted, tagged};
use super::{DbParameterGroup, DbSubnetGroup};
use crate::aws::DataPolicy;
use crate::cost::tariff::{self, Deployment};
use crate::cost::{Amount, Span, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, OnDestroy, Ready, Ref, Resource, Result,
    Scope, Times, Wanted,
};
use crate::resources::ec2::SecurityGroup;

/// Desired values of a database. Storage is encrypted gp3, the password is made, kept and rotated
/// by AWS in Secrets Manager, and paid extended support is switched off.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbInstance {
    pub id: String,
    pub class: String,
    /// `8.4` is any `8.4.x`.
    pub version: String,
    /// At least this much: storage grows by itself and never shrinks.
    pub storage_gib: u32,
    /// How far it grows by itself; not at all when it is no more than `storage_gib`.
    pub max_storage_gib: u32,
    pub multi_az: bool,
    pub backup_days: u8,
    pub deletion_protection: bool,
    pub final_snapshot: bool,
    pub performance_insights: bool,
    pub username: String,
    pub subnet_group: Ref<DbSubnetGroup>,
    pub parameter_group: Ref<DbParameterGroup>,
    pub security_groups: Vec<Ref<SecurityGroup>>,
}

const ENGINE: &str = "mysql";
const STORAGE: &str = "gp3";
/// What RDS calls "stop rather than bill for extended support".
const LIFECYCLE: &str = "open-source-rds-extended-support-disabled";
const INSIGHTS_DAYS: i32 = 7;
/// What `ready` takes for the end; MySQL answers while storage is still being rearranged.
/// It answers while its first backup is taken; a change of it is refused, and tried again, until then.
const GOOD: &[&str] = &["available", "backing-up", "storage-optimization"];
const DEAD: &[&str] = &[
    "failed",
    "inaccessible-encryption-credentials",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "storage-full",
];

impl Resource for DbInstance {
    const KIND: &'static str = "db_instance";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((273, 842, 1026), (200, 400, 1000));
    const ACTIONS: &'static [&'static str] = &[
        "iam:CreateServiceLinkedRole",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "rds:AddTagsToResource",
        "rds:CreateDBInstance",
        "rds:CreateDBSnapshot",
        "rds:DeleteDBInstance",
        "rds:DescribeDBInstances",
        "rds:ModifyDBInstance",
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
    ];

    type Live = DbInstanceLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<DbInstanceLive>>> {
        // RDS has no filter by tag, but answers with the tags.
        let engine = Filter::builder().name("engine").values(ENGINE).build();
        let call = scope.aws.rds.describe_db_instances().filters(engine);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let found = pages.iter().map(|one| recognized(scope, one.tag_list(), live::read(one)));
        Ok(found.flatten().collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<DbInstanceLive> {
        let security = scope.live_all(&self.security_groups, |group| group.id)?;
        let call = scope
            .aws
            .rds
            .create_db_instance()
            .db_instance_identifier(&self.id)
            .engine(ENGINE)
            .engine_version(&self.version)
            .engine_lifecycle_support(LIFECYCLE)
            .db_instance_class(&self.class)
            .storage_type(STORAGE)
            .storage_encrypted(true)
            .allocated_storage(gib(self.storage_gib))
            .set_max_allocated_storage(self.growth(self.storage_gib).map(gib))
            .multi_az(self.multi_az)
            .backup_retention_period(self.backup_days.into())
            .deletion_protection(self.deletion_protection)
            .enable_performance_insights(self.performance_insights)
            .set_performance_insights_retention_period(self.insights_days())
            .master_username(&self.username)
            .manage_master_user_password(true)
            .db_subnet_group_name(scope.live(&self.subnet_group)?.name)
            .db_parameter_group_name(scope.live(&self.parameter_group)?.name)
            .set_vpc_security_group_ids(Some(security))
            .publicly_accessible(false)
            .auto_minor_version_upgrade(true)
            .copy_tags_to_snapshot(true)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let made = answer.db_instance().map(live::read);
        made.ok_or_else(|| missing("CreateDBInstance", "instance"))
    }

    async fn update(&self, scope: &Scope, live: &DbInstanceLive, _claim: &Claim) -> Result<()> {
        let call = scope.aws.rds.modify_db_instance().db_instance_identifier(&live.id);
        let call = self.changes(call, live).apply_immediately(true);
        let security = sorted(scope.live_all(&self.security_groups, |group| group.id)?);
        let parameters = scope.live(&self.parameter_group)?.name;
        let call = call
            .set_vpc_security_group_ids((security != live.security_group_ids).then_some(security))
            .set_db_parameter_group_name(
                (parameters != live.parameter_group).then_some(parameters),
            );
        call.send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &DbInstanceLive) -> Result<()> {
        if live.status == "deleting" {
            return Ok(());
        }
        if live.deletion_protection {
            let call = scope.aws.rds.modify_db_instance().db_instance_identifier(&live.id);
            let lifted = call.deletion_protection(false).apply_immediately(true).send().await;
            // What has failed takes no change, and may go even so.
            if live.status != "failed" {
                lifted?;
            }
        }
        // A database that never had an endpoint never held data, and AWS cannot snapshot it.
        let snapshot =
            (self.final_snapshot && scope.data == DataPolicy::Snapshot && live.endpoint.is_some())
                .then(|| final_snapshot(&live.id, &live.resource_id));
        let call = scope.aws.rds.delete_db_instance().db_instance_identifier(&live.id);
        call.skip_final_snapshot(snapshot.is_none())
            .set_final_db_snapshot_identifier(snapshot)
            .delete_automated_backups(true)
            .send()
            .await?;
        Ok(())
    }

    fn diff(&self, live: &DbInstanceLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("id", &self.id, &live.id);
        diff.fixed("username", &self.username, &live.username);
        diff.fixed("encrypted", &true, &live.encrypted);
        let subnet_group = facts.map(&self.subnet_group, |group| group.name);
        diff.fixed_fact("subnet_group", subnet_group, &live.subnet_group);
        diff.free("class", &self.class, &live.class);
        if !is_version(&self.version, &live.version) {
            diff.free("version", &self.version, &live.version);
        }
        if self.storage_gib > live.storage_gib {
            diff.free("storage_gib", &self.storage_gib, &live.storage_gib);
        }
        let grows = |to: Option<u32>| to.filter(|to| *to > live.storage_gib);
        let (wanted, present) = (grows(Some(self.max_storage_gib)), grows(live.max_storage_gib));
        diff.free("max_storage_gib", &wanted, &present);
        diff.free("storage_type", STORAGE, &live.storage_type);
        diff.free("multi_az", &self.multi_az, &live.multi_az);
        diff.free("backup_days", &self.backup_days, &live.backup_days);
        diff.free("deletion_protection", &self.deletion_protection, &live.deletion_protection);
        diff.free("performance_insights", &self.performance_insights, &live.performance_insights);
        diff.free("public", &false, &live.public);
        diff.free("managed_password", &true, &live.master_secret_arn.is_some());
        let parameter_group = facts.map(&self.parameter_group, |group| group.name);
        diff.free_fact("parameter_group", parameter_group, &live.parameter_group);
        let security = facts.map_all(&self.security_groups, |group| group.id).map(sorted);
        diff.free_fact("security_groups", security, &live.security_group_ids);
        diff.finish()
    }

    fn ready(&self, live: &DbInstanceLive) -> Ready {
        match Ready::status(&live.status, GOOD, DEAD) {
            // Right after a change AWS still says `available` for a while.
            Ready::Yes if !live.pending.is_empty() => {
                Ready::Wait(format!("changing {}", live.pending.join(", ")))
            }
            ready => ready,
        }
    }

    fn on_destroy(&self) -> OnDestroy {
        match (self.deletion_protection, self.final_snapshot) {
            (true, _) => OnDestroy::Protected,
            (false, true) => OnDestroy::Snapshot,
            (false, false) => OnDestroy::Remove,
        }
    }

    fn outputs(&self, live: &DbInstanceLive) -> Vec<(&'static str, String)> {
        let endpoint = live.endpoint.clone().map(|host| ("mysql_endpoint", host));
        let secret = live.master_secret_arn.clone().map(|arn| ("mysql_master_secret", arn));
        endpoint.into_iter().chain(secret).collect()
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let free = Decimal::from(self.storage_gib);
        let backup_gb = meter.share::<Self>(&usage::MYSQL_BACKUP_GB);
        let backup_gb = backup_gb.map(|gb| (gb - free).max(Decimal::ZERO));
        let most = self.storage_gib.max(self.max_storage_gib);
        let database = tariff::Database {
            engine: ENGINE,
            class: &self.class,
            deployment: match self.multi_az {
                true => Deployment::MultiAz,
                false => Deployment::OneZone,
            },
            storage: STORAGE,
            gib: Span::new(self.storage_gib, self.storage_gib, most),
            iops: Decimal::ZERO,
            backup_gb,
        };
        tariff::database(meter.sheet(), &database);
        tariff::managed_secret(meter.sheet());
    }

    /// The final snapshot, at most as large as the storage; without its database none of it is free.
    fn cost_after_destroy(&self, meter: &mut Meter<'_>) {
        if self.final_snapshot {
            let gb = Amount::fixed(self.storage_gib);
            tariff::database_snapshot(meter.sheet(), gb);
        }
    }

    fn seen(live: &DbInstanceLive, recorded: Option<Self>) -> Option<Self> {
        Some(live::seen(live, recorded))
    }
}

impl DbInstance {
    /// The ceiling of storage autoscaling above `size`; AWS refuses one that is not above.
    fn growth(&self, size: u32) -> Option<u32> {
        (self.max_storage_gib > size).then_some(self.max_storage_gib)
    }

    fn insights_days(&self) -> Option<i32> {
        self.performance_insights.then_some(INSIGHTS_DAYS)
    }

    /// Only what differs is sent: AWS takes a repeated version or size for a change.
    fn changes(
        &self,
        call: ModifyDBInstanceFluentBuilder,
        live: &DbInstanceLive,
    ) -> ModifyDBInstanceFluentBuilder {
        let size = self.storage_gib.max(live.storage_gib);
        let newer = !is_version(&self.version, &live.version);
        let insights = self.performance_insights != live.performance_insights;
        let protection = self.deletion_protection != live.deletion_protection;
        let growth = self.growth(size);
        // AWS switches autoscaling off when the ceiling is the present size.
        let ceiling = growth.or(live.max_storage_gib.map(|_| size));
        let protected = protection.then_some(self.deletion_protection);
        let class = (self.class != live.class).then(|| self.class.clone());
        let backup = (self.backup_days != live.backup_days).then_some(self.backup_days.into());
        call.set_db_instance_class(class)
            .set_engine_version(newer.then(|| self.version.clone()))
            .set_allow_major_version_upgrade(newer.then_some(true))
            .set_allocated_storage((size > live.storage_gib).then_some(gib(size)))
            .set_max_allocated_storage(ceiling.filter(|_| growth != live.max_storage_gib).map(gib))
            .set_storage_type((live.storage_type != STORAGE).then(|| STORAGE.to_owned()))
            .set_multi_az((self.multi_az != live.multi_az).then_some(self.multi_az))
            .set_backup_retention_period(backup)
            .set_deletion_protection(protected)
            .set_enable_performance_insights(insights.then_some(self.performance_insights))
            .set_performance_insights_retention_period(self.insights_days().filter(|_| insights))
            .set_publicly_accessible(live.public.then_some(false))
            .set_manage_master_user_password(live.master_secret_arn.is_none().then_some(true))
    }
}

/// AWS's integers are signed; sizes are far below that.
fn gib(size: u32) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}
