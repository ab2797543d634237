//! What an alarm can look at, and how CloudWatch names it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aws::Failure;
use crate::resource::{Facts, Ref};
use crate::resources::eks::NodeGroup;
use crate::resources::elasticache::ReplicationGroup;
use crate::resources::elbv2::{LoadBalancer, TargetGroup};
use crate::resources::rds::DbInstance;

/// What a metric is about, as CloudWatch names it (its dimensions).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    LoadBalancer(Ref<LoadBalancer>),
    Targets {
        load_balancer: Ref<LoadBalancer>,
        target_group: Ref<TargetGroup>,
    },
    Database(Ref<DbInstance>),
    /// A member of a replication group, counted from 1.
    CacheNode {
        group: Ref<ReplicationGroup>,
        number: u8,
    },
    NodeGroup(Ref<NodeGroup>),
}

impl Subject {
    /// Name and value of each dimension; `None` while an upstream is not known.
    pub fn dimensions(&self, facts: &Facts) -> Option<BTreeMap<String, String>> {
        let balancer = |of: &Ref<LoadBalancer>| {
            Some(("LoadBalancer", facts.map(of, |live| live.metric_name)?))
        };
        let pairs = match self {
            Self::LoadBalancer(of) => vec![balancer(of)?],
            Self::Targets { load_balancer, target_group } => {
                let group = facts.map(target_group, |live| live.metric_name)?;
                vec![balancer(load_balancer)?, ("TargetGroup", group)]
            }
            Self::Database(of) => vec![("DBInstanceIdentifier", facts.map(of, |live| live.id)?)],
            Self::CacheNode { group, number } => {
                let at = usize::from(*number).saturating_sub(1);
                let node = facts.map(group, |live| live.members.into_iter().nth(at))??;
                vec![("CacheClusterId", node)]
            }
            Self::NodeGroup(of) => {
                let group = facts.map(of, |live| live.asg_names.into_iter().next())??;
                vec![("AutoScalingGroupName", group)]
            }
        };
        Some(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The upstream that is not there yet.
    pub fn missing(&self, facts: &Facts) -> Failure {
        let address = match self {
            Self::LoadBalancer(of) => &of.address,
            Self::Targets { load_balancer, target_group } => match facts.get(load_balancer) {
                None => &load_balancer.address,
                Some(_) => &target_group.address,
            },
            Self::Database(of) => &of.address,
            Self::CacheNode { group, .. } => &group.address,
            Self::NodeGroup(of) => &of.address,
        };
        Failure::upstream(address)
    }
}
