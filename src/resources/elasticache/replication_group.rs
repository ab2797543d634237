//! The cache: one primary and its replicas, always encrypted and behind a token.

mod live;
mod told;

use aws_sdk_elasticache::types::{AuthTokenUpdateStrategyType, ReplicationGroup as Answered};
use serde::{Deserialize, Serialize};

pub use live::ReplicationGroupLive;

use super::wire::{missing, owned, tagged};
use super::{CacheParameterGroup, CacheSubnetGroup};
use crate::aws::Failure;
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ready, Ref, Resource, Result, Scope, Times,
    Wanted,
};
use crate::resources::ec2::SecurityGroup;
use crate::resources::rds::wire::sorted;
use crate::resources::secrets::{Secret, wire::password};
use told::{another_token, told};

/// Desired values of a replication group without shards. Data is encrypted at rest and in transit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicationGroup {
    pub id: String,
    pub description: String,
    /// `valkey` or `redis`; Redis can become Valkey in place, never the other way.
    pub engine: String,
    /// The oldest minor version wanted: AWS installs newer ones by itself.
    pub version: String,
    pub node_type: String,
    /// One primary, the rest replicas; from two on they fail over by themselves.
    pub nodes: u8,
    pub snapshot_days: u8,
    pub subnet_group: Ref<CacheSubnetGroup>,
    pub parameter_group: Ref<CacheParameterGroup>,
    pub security_groups: Vec<Ref<SecurityGroup>>,
    /// Holds the token that clients show.
    pub token: Ref<Secret>,
}

const VALKEY: &str = "valkey";

/// Statuses of a group of which no other setting matters yet, or any more.
const ON_ITS_WAY: [&str; 2] = ["creating", "deleting"];

impl Resource for ReplicationGroup {
    const KIND: &'static str = "replication_group";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((222, 450, 555), (180, 240, 300));
    const ACTIONS: &'static [&'static str] = &[
        "elasticache:AddTagsToResource",
        "elasticache:CreateReplicationGroup",
        "elasticache:DecreaseReplicaCount",
        "elasticache:DeleteReplicationGroup",
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeReplicationGroups",
        "elasticache:IncreaseReplicaCount",
        "elasticache:ListTagsForResource",
        "elasticache:ModifyReplicationGroup",
        "iam:CreateServiceLinkedRole",
        "secretsmanager:GetSecretValue",
    ];

    type Live = ReplicationGroupLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<ReplicationGroupLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let client = &scope.aws.elasticache;
        let pages = client.describe_replication_groups().into_paginator().items().send();
        let groups = pages.collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named = |it: &&Answered| it.replication_group_id() == Some(one.desired.id.as_str());
            if let Some(live) = groups.iter().find(named).map(live::read) {
                let arn = live.arn.clone();
                all.extend(owned(scope, one, &arn, live).await?);
            }
        }
        // Network, version and parameters are told of the nodes only; who waits wants to know them once
        // the group is there.
        let on_its_way =
            |one: &Found<ReplicationGroupLive>| ON_ITS_WAY.contains(&one.live.status.as_str());
        if all.iter().any(|one| scope.is_survey() || !on_its_way(one)) {
            let pages = client.describe_cache_clusters().into_paginator().items().send();
            let nodes = pages.collect::<Result<Vec<_>, _>>().await?;
            all.iter_mut().for_each(|found| live::complete(&mut found.live, &nodes));
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<ReplicationGroupLive> {
        let security = scope.live_all(&self.security_groups, |group| group.id)?;
        let subnet_group = scope.live(&self.subnet_group)?.name;
        let parameter_group = scope.live(&self.parameter_group)?.name;
        let secret = scope.live(&self.token)?;
        let token = password(scope, &secret.arn).await?;
        let several = self.nodes > 1;
        let call = scope
            .aws
            .elasticache
            .create_replication_group()
            .replication_group_id(&self.id)
            .replication_group_description(told(&self.description, &secret))
            .engine(&self.engine)
            .engine_version(&self.version)
            .cache_node_type(&self.node_type)
            .num_cache_clusters(self.nodes.into())
            .automatic_failover_enabled(several)
            .multi_az_enabled(several)
            .transit_encryption_enabled(true)
            .at_rest_encryption_enabled(true)
            .auth_token(token.expose())
            .snapshot_retention_limit(self.snapshot_days.into())
            .auto_minor_version_upgrade(true)
            .cache_subnet_group_name(&subnet_group)
            .cache_parameter_group_name(&parameter_group)
            .set_security_group_ids(Some(security))
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        let made = answer.replication_group().map(live::read);
        made.ok_or_else(|| missing("CreateReplicationGroup", "replication group"))
    }

    /// One change at a time: AWS takes none while another is under way, and the engine comes back
    /// here when it is done.
    async fn update(
        &self,
        scope: &Scope,
        live: &ReplicationGroupLive,
        _claim: &Claim,
    ) -> Result<()> {
        let replicas = i32::from(self.nodes) - 1;
        let client = &scope.aws.elasticache;
        if self.nodes > live.nodes {
            // Failing over needs a replica, so it comes first.
            let call = client.increase_replica_count().replication_group_id(&live.id);
            let call = call.new_replica_count(replicas).apply_immediately(true);
            let failure = call.send().await.err().map(Failure::from);
            return failure.filter(is_news).map_or(Ok(()), Err);
        }
        if self.nodes < live.nodes && (self.nodes > 1 || !live.failover) {
            let call = client.decrease_replica_count().replication_group_id(&live.id);
            let call = call.new_replica_count(replicas).apply_immediately(true);
            let failure = call.send().await.err().map(Failure::from);
            return failure.filter(is_news).map_or(Ok(()), Err);
        }
        self.modify(scope, live).await
    }

    async fn delete(&self, scope: &Scope, live: &ReplicationGroupLive) -> Result<()> {
        if live.status == "deleting" {
            return Ok(());
        }
        let call = scope.aws.elasticache.delete_replication_group();
        call.replication_group_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &ReplicationGroupLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("id", &self.id, &live.id);
        diff.fixed("encrypted_at_rest", &true, &live.encrypted_at_rest);
        diff.fixed("encrypted_in_transit", &true, &live.encrypted_in_transit);
        let subnet_group = facts.map(&self.subnet_group, |group| group.name);
        diff.fixed_fact("subnet_group", subnet_group, &live.subnet_group);
        if self.engine == VALKEY || self.engine == live.engine {
            diff.free("engine", &self.engine, &live.engine);
            if self.engine == live.engine && !reaches(&live.version, &self.version) {
                diff.free("version", &self.version, &live.version);
            }
        } else {
            diff.fixed("engine", &self.engine, &live.engine);
        }
        diff.free("node_type", &self.node_type, &live.node_type);
        diff.free("nodes", &self.nodes, &live.nodes);
        diff.free("failover", &(self.nodes > 1), &live.failover);
        diff.free("multi_az", &(self.nodes > 1), &live.multi_az);
        diff.free("snapshot_days", &self.snapshot_days, &live.snapshot_days);
        let description = facts.map(&self.token, |secret| told(&self.description, &secret));
        diff.free_fact("description", description, &live.description);
        diff.free("token", &true, &live.has_token);
        let parameter_group = facts.map(&self.parameter_group, |group| group.name);
        diff.free_fact("parameter_group", parameter_group, &live.parameter_group);
        let security = facts.map_all(&self.security_groups, |group| group.id).map(sorted);
        diff.free_fact("security_groups", security, &live.security_group_ids);
        diff.finish()
    }

    fn ready(&self, live: &ReplicationGroupLive) -> Ready {
        match Ready::status(&live.status, &["available"], &["create-failed"]) {
            // Half of what is compared is known of the nodes alone.
            Ready::Yes if live.version.is_empty() => {
                Ready::Wait("its nodes do not show yet".into())
            }
            ready => ready,
        }
    }

    fn outputs(&self, live: &ReplicationGroupLive) -> Vec<(&'static str, String)> {
        live.endpoint.clone().map(|host| ("cache_endpoint", host)).into_iter().collect()
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let backup_gb = meter.share::<Self>(&usage::CACHE_BACKUP_GB);
        let cache = tariff::Cache {
            engine: &self.engine,
            node_type: &self.node_type,
            nodes: self.nodes.into(),
            // The newest snapshot is free.
            backup_gb: (self.snapshot_days > 1).then_some(backup_gb),
        };
        tariff::cache(meter.sheet(), &cache);
    }

    fn seen(live: &ReplicationGroupLive, recorded: Option<Self>) -> Option<Self> {
        let stray = || Self {
            id: live.id.clone(),
            description: live.description.clone(),
            engine: live.engine.clone(),
            version: live.version.clone(),
            node_type: String::new(),
            nodes: 0,
            snapshot_days: live.snapshot_days,
            subnet_group: Ref::to("stray"),
            parameter_group: Ref::to("stray"),
            security_groups: Vec::new(),
            token: Ref::to("stray"),
        };
        let (node_type, nodes) = (live.node_type.clone(), live.nodes);
        Some(Self { node_type, nodes, ..recorded.unwrap_or_else(stray) })
    }
}

impl ReplicationGroup {
    /// Everything but the number of nodes, in one call that names only what differs.
    async fn modify(&self, scope: &Scope, live: &ReplicationGroupLive) -> Result<()> {
        let security = sorted(scope.live_all(&self.security_groups, |group| group.id)?);
        let parameters = scope.live(&self.parameter_group)?.name;
        let several = self.nodes > 1;
        let other_engine = self.engine != live.engine;
        let newer = other_engine || !reaches(&live.version, &self.version);
        let days = (self.snapshot_days != live.snapshot_days).then_some(self.snapshot_days.into());
        let secret = scope.live(&self.token)?;
        let description = told(&self.description, &secret);
        let strategy = match live.has_token {
            false => Some(AuthTokenUpdateStrategyType::Set),
            // The former one stays good, for pods that still run.
            true if another_token(&live.description, &description) => {
                Some(AuthTokenUpdateStrategyType::Rotate)
            }
            true => None,
        };
        let token = match strategy {
            Some(_) => Some(password(scope, &secret.arn).await?),
            None => None,
        };
        let call = scope.aws.elasticache.modify_replication_group();
        call.replication_group_id(&live.id)
            .apply_immediately(true)
            .replication_group_description(description)
            .set_engine(other_engine.then(|| self.engine.clone()))
            .set_engine_version(newer.then(|| self.version.clone()))
            .set_cache_node_type((self.node_type != live.node_type).then(|| self.node_type.clone()))
            .set_automatic_failover_enabled((several != live.failover).then_some(several))
            .set_multi_az_enabled((several != live.multi_az).then_some(several))
            .set_snapshot_retention_limit(days)
            .set_cache_parameter_group_name(
                (parameters != live.parameter_group).then_some(parameters),
            )
            .set_security_group_ids((security != live.security_group_ids).then_some(security))
            .set_auth_token_update_strategy(strategy)
            .set_auth_token(token.map(|token| token.expose().clone()))
            .send()
            .await?;
        Ok(())
    }
}

/// AWS refuses a number of replicas that is already reached; that is no failure.
fn is_news(failure: &Failure) -> bool {
    failure.code != "NoOperationFault"
}

/// Whether the live version is of the wanted major one, and not older.
fn reaches(live: &str, wanted: &str) -> bool {
    let parts = |text: &str| -> Vec<u32> { text.split('.').flat_map(str::parse).collect() };
    let (live, wanted) = (parts(live), parts(wanted));
    live.first() == wanted.first() && live >= wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_minor_versions_are_welcome() {
        assert!(reaches("8.0.1", "8.0"));
        assert!(reaches("8.1.0", "8.0"));
        assert!(!reaches("7.2.6", "8.0"));
        assert!(!reaches("8.0.1", "8.1"));
        assert!(!reaches("9.0.0", "8.0"));
    }
}
