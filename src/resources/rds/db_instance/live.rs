//! What AWS says of a database.

use aws_sdk_rds::types::DbInstance;
use serde::{Deserialize, Serialize};

use super::super::wire::sorted;
use super::DbInstance as Desired;
use crate::resource::Ref;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DbInstanceLive {
    pub id: String,
    pub arn: String,
    /// Never used again, unlike `id`.
    pub resource_id: String,
    pub status: String,
    /// The host; absent until the database has one.
    pub endpoint: Option<String>,
    pub port: u16,
    pub class: String,
    pub version: String,
    pub storage_gib: u32,
    pub max_storage_gib: Option<u32>,
    pub storage_type: String,
    pub encrypted: bool,
    pub multi_az: bool,
    pub backup_days: u8,
    pub deletion_protection: bool,
    pub performance_insights: bool,
    pub public: bool,
    pub username: String,
    /// Where AWS keeps the password; the password itself is never read into this program's records.
    pub master_secret_arn: Option<String>,
    pub subnet_group: String,
    pub parameter_group: String,
    pub security_group_ids: Vec<String>,
    /// What AWS has yet to change; the values above are already the new ones.
    pub pending: Vec<String>,
}

pub fn read(one: &DbInstance) -> DbInstanceLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let count = |value: Option<i32>| value.and_then(|n| u32::try_from(n).ok());
    let endpoint = one.endpoint();
    let groups = one.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id());
    let parameters = one.db_parameter_groups().first().and_then(|g| g.db_parameter_group_name());
    let mut live = DbInstanceLive {
        id: text(one.db_instance_identifier()),
        arn: text(one.db_instance_arn()),
        resource_id: text(one.dbi_resource_id()),
        status: text(one.db_instance_status()),
        endpoint: endpoint.and_then(|host| host.address()).map(str::to_owned),
        port: endpoint.and_then(|e| e.port()).and_then(|p| u16::try_from(p).ok()).unwrap_or(3306),
        class: text(one.db_instance_class()),
        version: text(one.engine_version()),
        storage_gib: count(one.allocated_storage()).unwrap_or_default(),
        max_storage_gib: count(one.max_allocated_storage()),
        storage_type: text(one.storage_type()),
        encrypted: one.storage_encrypted().unwrap_or_default(),
        multi_az: one.multi_az().unwrap_or_default(),
        backup_days: days(one.backup_retention_period()).unwrap_or_default(),
        deletion_protection: one.deletion_protection().unwrap_or_default(),
        performance_insights: one.performance_insights_enabled().unwrap_or_default(),
        public: one.publicly_accessible().unwrap_or_default(),
        username: text(one.master_username()),
        master_secret_arn: one.master_user_secret().and_then(|s| s.secret_arn()).map(str::to_owned),
        subnet_group: text(one.db_subnet_group().and_then(|g| g.db_subnet_group_name())),
        parameter_group: text(parameters),
        security_group_ids: sorted(groups.map(str::to_owned).collect()),
        pending: Vec::new(),
    };
    overlay(&mut live, one);
    live
}

fn days(value: Option<i32>) -> Option<u8> {
    value.and_then(|n| u8::try_from(n).ok())
}

/// Puts changes on their way in place of the old values, so that they are not asked for again.
fn overlay(live: &mut DbInstanceLive, one: &DbInstance) {
    let Some(next) = one.pending_modified_values() else { return };
    let mut pending = |name: &str| live.pending.push(name.to_owned());
    if let Some(class) = next.db_instance_class() {
        live.class = class.to_owned();
        pending("class");
    }
    if let Some(version) = next.engine_version() {
        live.version = version.to_owned();
        pending("version");
    }
    if let Some(size) = next.allocated_storage().and_then(|n| u32::try_from(n).ok()) {
        live.storage_gib = size;
        pending("storage_gib");
    }
    if let Some(kind) = next.storage_type() {
        live.storage_type = kind.to_owned();
        pending("storage_type");
    }
    if let Some(multi_az) = next.multi_az() {
        live.multi_az = multi_az;
        pending("multi_az");
    }
    if let Some(days) = days(next.backup_retention_period()) {
        live.backup_days = days;
        pending("backup_days");
    }
}

/// The database as it is seen, for its price.
pub fn seen(live: &DbInstanceLive, recorded: Option<Desired>) -> Desired {
    let stray = || Desired {
        id: live.id.clone(),
        class: String::new(),
        version: live.version.clone(),
        storage_gib: 0,
        max_storage_gib: 0,
        multi_az: false,
        backup_days: live.backup_days,
        deletion_protection: live.deletion_protection,
        final_snapshot: false,
        performance_insights: live.performance_insights,
        username: live.username.clone(),
        subnet_group: Ref::to("stray"),
        parameter_group: Ref::to("stray"),
        security_groups: Vec::new(),
    };
    Desired {
        class: live.class.clone(),
        storage_gib: live.storage_gib,
        max_storage_gib: live.max_storage_gib.unwrap_or(live.storage_gib),
        multi_az: live.multi_az,
        ..recorded.unwrap_or_else(stray)
    }
}
