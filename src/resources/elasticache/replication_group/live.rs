//! What AWS says of a replication group: partly of the group, partly of its nodes.

use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup};
use serde::{Deserialize, Serialize};

use crate::resources::rds::wire::sorted;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReplicationGroupLive {
    pub id: String,
    pub arn: String,
    pub description: String,
    pub status: String,
    /// The host of the primary; absent until there is one.
    pub endpoint: Option<String>,
    /// The host that spreads reads over the replicas.
    pub reader_endpoint: Option<String>,
    pub port: u16,
    pub engine: String,
    pub version: String,
    pub node_type: String,
    pub nodes: u8,
    /// Ids of the nodes, as metrics name them.
    pub members: Vec<String>,
    pub failover: bool,
    pub multi_az: bool,
    pub encrypted_in_transit: bool,
    pub encrypted_at_rest: bool,
    /// Whether clients must show a token; the token itself is in Secrets Manager only.
    pub has_token: bool,
    pub snapshot_days: u8,
    pub subnet_group: String,
    pub parameter_group: String,
    pub security_group_ids: Vec<String>,
}

/// What the group itself tells.
pub fn read(group: &ReplicationGroup) -> ReplicationGroupLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let shard = group.node_groups().first();
    let primary = shard.and_then(|shard| shard.primary_endpoint());
    let reader = shard.and_then(|shard| shard.reader_endpoint());
    let days = group.snapshot_retention_limit().and_then(|days| u8::try_from(days).ok());
    // `enabling` and `disabling` are on their way.
    let on = |word: Option<&str>| word.is_some_and(|word| word.starts_with("enabl"));
    ReplicationGroupLive {
        id: text(group.replication_group_id()),
        arn: text(group.arn()),
        description: text(group.description()),
        status: text(group.status()),
        endpoint: primary.and_then(|end| end.address()).map(str::to_owned),
        reader_endpoint: reader.and_then(|end| end.address()).map(str::to_owned),
        port: primary.and_then(|e| e.port()).and_then(|p| u16::try_from(p).ok()).unwrap_or(6379),
        engine: text(group.engine()),
        version: String::new(),
        node_type: text(group.cache_node_type()),
        nodes: u8::try_from(group.member_clusters().len()).unwrap_or(u8::MAX),
        members: sorted(group.member_clusters().to_vec()),
        failover: on(group.automatic_failover().map(|word| word.as_str())),
        multi_az: on(group.multi_az().map(|word| word.as_str())),
        encrypted_in_transit: group.transit_encryption_enabled().unwrap_or_default(),
        encrypted_at_rest: group.at_rest_encryption_enabled().unwrap_or_default(),
        has_token: group.auth_token_enabled().unwrap_or_default(),
        snapshot_days: days.unwrap_or_default(),
        subnet_group: String::new(),
        parameter_group: String::new(),
        security_group_ids: Vec::new(),
    }
}

/// Adds what only the nodes tell; changes on their way count as made, so that they are not asked
/// for again.
pub fn complete(live: &mut ReplicationGroupLive, nodes: &[CacheCluster]) {
    let member = |node: &&CacheCluster| node.replication_group_id() == Some(live.id.as_str());
    let Some(node) = nodes.iter().find(member) else { return };
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let next = node.pending_modified_values();
    let version = next.and_then(|next| next.engine_version()).or(node.engine_version());
    let groups = node.security_groups().iter().filter_map(|group| group.security_group_id());
    let parameters = node.cache_parameter_group().and_then(|g| g.cache_parameter_group_name());
    live.version = text(version);
    live.subnet_group = text(node.cache_subnet_group_name());
    live.parameter_group = text(parameters);
    live.security_group_ids = sorted(groups.map(str::to_owned).collect());
    if let Some(kind) = next.and_then(|next| next.cache_node_type()) {
        live.node_type = kind.to_owned();
    }
}
