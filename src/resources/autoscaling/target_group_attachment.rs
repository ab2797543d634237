//! Registers a node group's nodes with the load balancer's target group.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types::{TrafficSourceIdentifier, TrafficSourceState};
use serde::{Deserialize, Serialize};

use super::wire::present;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::eks::NodeGroup;
use crate::resources::elbv2::TargetGroup;

/// Desired values of an attachment: every Auto Scaling group behind the node group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroupAttachment {
    pub group: Ref<NodeGroup>,
    pub target_group: Ref<TargetGroup>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TargetGroupAttachmentLive {
    pub target_group_arn: String,
    /// Auto Scaling groups attached to it, sorted.
    pub groups: Vec<String>,
    /// Those whose instances are still being registered or drained.
    pub pending: Vec<String>,
}

const ELB: &str = "elbv2";

impl Resource for TargetGroupAttachment {
    const KIND: &'static str = "target_group_attachment";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((1, 3, 30), (1, 5, 60));
    const ACTIONS: &'static [&'static str] = &[
        "autoscaling:AttachTrafficSources",
        "autoscaling:DescribeTrafficSources",
        "autoscaling:DetachTrafficSources",
    ];

    type Live = TargetGroupAttachmentLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<TargetGroupAttachmentLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            let (target_group, groups) = to_ask(scope, one);
            let Some(target_group_arn) = target_group else { continue };
            let mut live = nothing(target_group_arn);
            for group in groups {
                live.add(&group, state(scope, &group, &live.target_group_arn).await?);
            }
            if !live.groups.is_empty() || !live.pending.is_empty() {
                all.push(Found::asked(&one.address, live));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<TargetGroupAttachmentLive> {
        let mut live = nothing(scope.live(&self.target_group)?.arn);
        for group in scope.live(&self.group)?.asg_names {
            attach(scope, &group, &live.target_group_arn).await?;
            live.add(&group, Some("Adding".to_owned()));
        }
        Ok(live)
    }

    async fn update(
        &self,
        scope: &Scope,
        live: &TargetGroupAttachmentLive,
        _claim: &Claim,
    ) -> Result<()> {
        for group in scope.live(&self.group)?.asg_names {
            if !live.groups.contains(&group) {
                attach(scope, &group, &live.target_group_arn).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &TargetGroupAttachmentLive) -> Result<()> {
        for group in &live.groups {
            let call = scope.aws.autoscaling.detach_traffic_sources();
            let call = call.auto_scaling_group_name(group);
            let answer = call.traffic_sources(source(&live.target_group_arn)).send().await;
            // The group, or its attachment, may have gone with its node group.
            present(answer)?;
        }
        Ok(())
    }

    fn diff(&self, live: &TargetGroupAttachmentLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        let target_group = facts.map(&self.target_group, |group| group.arn);
        diff.fixed_fact("target_group", target_group, &live.target_group_arn);
        let groups = facts.map(&self.group, |group| group.asg_names);
        // Groups that came with a former node group go by themselves.
        let missing = groups.map(|names| {
            names.into_iter().filter(|name| !live.groups.contains(name)).collect::<Vec<_>>()
        });
        diff.free_fact("missing_groups", missing, &Vec::new());
        diff.finish()
    }

    fn ready(&self, live: &TargetGroupAttachmentLive) -> Ready {
        match live.pending.as_slice() {
            [] => Ready::Yes,
            groups => Ready::Wait(format!("registering the instances of {}", groups.join(", "))),
        }
    }
}

fn nothing(target_group_arn: String) -> TargetGroupAttachmentLive {
    TargetGroupAttachmentLive { target_group_arn, groups: Vec::new(), pending: Vec::new() }
}

impl TargetGroupAttachmentLive {
    fn add(&mut self, group: &str, state: Option<String>) {
        match state.as_deref() {
            None | Some("Removed") => return,
            // `Added` is enough: instances in service need pods, which come later.
            Some("Added" | "InService") => self.groups.push(group.to_owned()),
            Some("Removing") => self.pending.push(group.to_owned()),
            Some(_) => {
                self.groups.push(group.to_owned());
                self.pending.push(group.to_owned());
            }
        }
        self.groups.sort();
    }
}

/// The target group and the Auto Scaling groups to look at: the node group's present ones, and
/// those recorded.
fn to_ask(
    scope: &Scope,
    one: &Wanted<TargetGroupAttachment>,
) -> (Option<String>, BTreeSet<String>) {
    let recorded = one.live.as_ref();
    let present = scope.facts.map(&one.desired.group, |group| group.asg_names);
    let mut groups: BTreeSet<String> = present.unwrap_or_default().into_iter().collect();
    let known = recorded.into_iter().flat_map(|live| live.groups.iter().chain(&live.pending));
    groups.extend(known.cloned());
    let target_group = recorded.map(|live| live.target_group_arn.clone());
    (target_group.or_else(|| scope.facts.map(&one.desired.target_group, |one| one.arn)), groups)
}

fn source(arn: &str) -> TrafficSourceIdentifier {
    TrafficSourceIdentifier::builder().identifier(arn).r#type(ELB).build()
}

async fn attach(scope: &Scope, group: &str, arn: &str) -> Result<()> {
    let call = scope.aws.autoscaling.attach_traffic_sources().auto_scaling_group_name(group);
    call.traffic_sources(source(arn)).send().await?;
    Ok(())
}

/// How far a group's attachment is; none when there is none.
async fn state(scope: &Scope, group: &str, arn: &str) -> Result<Option<String>> {
    let call = scope.aws.autoscaling.describe_traffic_sources().auto_scaling_group_name(group);
    let answer = present(call.traffic_source_type(ELB).send().await)?;
    let sources = answer.map(|answer| answer.traffic_sources.unwrap_or_default());
    let of_target = |one: &&TrafficSourceState| one.identifier() == Some(arn);
    let state = sources.unwrap_or_default();
    Ok(state.iter().find(of_target).and_then(|one| one.state().map(str::to_owned)))
}
