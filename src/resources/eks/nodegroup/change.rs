//! Changes to a node group that leave its nodes alone: sizes, labels, taints.

use aws_sdk_eks::types::{
    Taint as SdkTaint, TaintEffect, UpdateLabelsPayload, UpdateTaintsPayload,
};

use super::{MAX_UNAVAILABLE, NodeGroup, NodeGroupLive, Taint, repairs, updates};
use crate::resource::{Result, Scope};

pub fn taint(taint: &Taint) -> SdkTaint {
    SdkTaint::builder()
        .key(&taint.key)
        .set_value(taint.value.clone())
        .effect(TaintEffect::from(taint.effect.as_str()))
        .build()
}

impl NodeGroup {
    pub(super) fn differs_in_config(&self, live: &NodeGroupLive) -> bool {
        self.resized(live)
            || self.labels != live.labels
            || self.sorted_taints() != live.taints
            || live.max_unavailable_percentage != Some(MAX_UNAVAILABLE)
            || !live.node_repair
    }

    fn resized(&self, live: &NodeGroupLive) -> bool {
        i64::from(self.min) != i64::from(live.min) || i64::from(self.max) != i64::from(live.max)
    }

    pub(super) async fn configure(&self, scope: &Scope, live: &NodeGroupLive) -> Result<()> {
        let labels = (self.labels != live.labels).then(|| self.labels_payload(live));
        let taints = (self.sorted_taints() != live.taints).then(|| self.taints_payload(live));
        let sizes = self.resized(live).then(|| self.sizes(self.forced_size(live)));
        let away = live.max_unavailable_percentage != Some(MAX_UNAVAILABLE);
        let call = scope
            .aws
            .eks
            .update_nodegroup_config()
            .cluster_name(&live.cluster)
            .nodegroup_name(&live.name)
            .set_labels(labels)
            .set_taints(taints)
            .set_scaling_config(sizes)
            .set_update_config(away.then(updates))
            .set_node_repair_config((!live.node_repair).then(repairs));
        call.send().await?;
        Ok(())
    }

    /// The number of nodes is the autoscaler's, unless it lies outside the new limits.
    fn forced_size(&self, live: &NodeGroupLive) -> Option<u32> {
        let now = u32::try_from(live.desired).unwrap_or_default();
        let fits = now.max(self.min).min(self.max);
        (fits != now).then_some(fits)
    }

    fn labels_payload(&self, live: &NodeGroupLive) -> UpdateLabelsPayload {
        let changed =
            self.labels.iter().filter(|(key, value)| live.labels.get(*key) != Some(value));
        let changed = changed.map(|(key, value)| (key.clone(), value.clone())).collect();
        let removed = live.labels.keys().filter(|key| !self.labels.contains_key(*key));
        let removed: Vec<String> = removed.cloned().collect();
        UpdateLabelsPayload::builder()
            .set_add_or_update_labels(Some(changed))
            .set_remove_labels((!removed.is_empty()).then_some(removed))
            .build()
    }

    /// EKS knows a taint by its key and effect.
    fn taints_payload(&self, live: &NodeGroupLive) -> UpdateTaintsPayload {
        let wanted = |old: &&Taint| {
            self.taints.iter().any(|new| new.key == old.key && new.effect == old.effect)
        };
        let changed = self.taints.iter().filter(|one| !live.taints.contains(one));
        let removed: Vec<_> = live.taints.iter().filter(|old| !wanted(old)).map(taint).collect();
        UpdateTaintsPayload::builder()
            .set_add_or_update_taints(Some(changed.map(taint).collect()))
            .set_remove_taints((!removed.is_empty()).then_some(removed))
            .build()
    }
}
