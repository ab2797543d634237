//! One DocumentDB instance: the first of a cluster is the primary, the others are replicas.

use aws_sdk_docdb::types::{DbInstance, Filter};
use serde::{Deserialize, Serialize};

use super::DocdbCluster;
use super::wire::{missing, owned, tagged};
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Ready, Ref, Resource, Result, Scope, Times,
    Wanted,
};

/// Desired values of a DocumentDB instance. It holds no data of its own: replacing it loses none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocdbInstance {
    pub id: String,
    pub cluster: Ref<DocdbCluster>,
    pub class: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocdbInstanceLive {
    pub id: String,
    pub arn: String,
    pub cluster: String,
    /// The class it has, or is about to have.
    pub class: String,
    pub status: String,
    pub changing: bool,
}

const ENGINE: &str = "docdb";

impl Resource for DocdbInstance {
    const KIND: &'static str = "docdb_instance";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((300, 420, 600), (200, 285, 400));
    const ACTIONS: &'static [&'static str] = &[
        "rds:AddTagsToResource",
        "rds:CreateDBInstance",
        "rds:DeleteDBInstance",
        "rds:DescribeDBInstances",
        "rds:ListTagsForResource",
        "rds:ModifyDBInstance",
    ];

    type Live = DocdbInstanceLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<DocdbInstanceLive>>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut names: Vec<_> = wanted.iter().map(|one| one.desired.id.clone()).collect();
        names.sort();
        let filter = Filter::builder().name("db-instance-id").set_values(Some(names)).build();
        let call = scope.aws.docdb.describe_db_instances().filters(filter);
        let instances = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for one in wanted {
            let named =
                |it: &&DbInstance| it.db_instance_identifier() == Some(one.desired.id.as_str());
            let found = instances.iter().find(named).filter(|it| it.engine() == Some(ENGINE));
            if let Some(live) = found.map(read) {
                let arn = live.arn.clone();
                all.extend(owned(scope, one, &arn, live).await?);
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<DocdbInstanceLive> {
        let call = scope
            .aws
            .docdb
            .create_db_instance()
            .db_instance_identifier(&self.id)
            .db_cluster_identifier(scope.live(&self.cluster)?.id)
            .db_instance_class(&self.class)
            .engine(ENGINE)
            .auto_minor_version_upgrade(true)
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.db_instance().map(read).ok_or_else(|| missing("CreateDBInstance", "instance"))
    }

    async fn update(&self, scope: &Scope, live: &DocdbInstanceLive, _claim: &Claim) -> Result<()> {
        let call = scope.aws.docdb.modify_db_instance().db_instance_identifier(&live.id);
        call.db_instance_class(&self.class).apply_immediately(true).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &DocdbInstanceLive) -> Result<()> {
        if live.status == "deleting" {
            return Ok(());
        }
        scope.aws.docdb.delete_db_instance().db_instance_identifier(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &DocdbInstanceLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("id", &self.id, &live.id);
        diff.fixed_fact("cluster", facts.map(&self.cluster, |cluster| cluster.id), &live.cluster);
        diff.free("class", &self.class, &live.class);
        diff.finish()
    }

    fn ready(&self, live: &DocdbInstanceLive) -> Ready {
        match Ready::status(&live.status, &["available"], &["failed", "incompatible-network"]) {
            // Right after a change AWS still says `available` for a while.
            Ready::Yes if live.changing => Ready::Wait("changing class".to_owned()),
            ready => ready,
        }
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let instance = tariff::DocdbInstance { class: &self.class, cpu_credits: None };
        tariff::docdb_instance(meter.sheet(), &instance);
    }

    fn seen(live: &DocdbInstanceLive, recorded: Option<Self>) -> Option<Self> {
        let (id, class) = (live.id.clone(), live.class.clone());
        let cluster = recorded.map_or_else(|| Ref::to("stray"), |recorded| recorded.cluster);
        Some(Self { id, class, cluster })
    }
}

fn read(instance: &DbInstance) -> DocdbInstanceLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let next = instance.pending_modified_values().and_then(|next| next.db_instance_class());
    DocdbInstanceLive {
        id: text(instance.db_instance_identifier()),
        arn: text(instance.db_instance_arn()),
        cluster: text(instance.db_cluster_identifier()),
        class: text(next.or(instance.db_instance_class())),
        status: text(instance.db_instance_status()),
        changing: next.is_some(),
    }
}
