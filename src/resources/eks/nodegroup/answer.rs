//! A node group as EKS describes it.

use aws_sdk_eks::types::Nodegroup;

use super::super::wire::{issue, sorted, text};
use super::{NodeGroupLive, Taint};

pub fn read(group: &Nodegroup) -> NodeGroupLive {
    let template = group.launch_template();
    let sizes = group.scaling_config();
    let scaling = group.resources().map(|made| made.auto_scaling_groups()).unwrap_or_default();
    let names: Vec<&str> = scaling.iter().filter_map(|one| one.name()).collect();
    let issues = group.health().map(|health| health.issues()).unwrap_or_default();
    let labels = group.labels().into_iter().flatten();
    NodeGroupLive {
        name: text(group.nodegroup_name()),
        arn: text(group.nodegroup_arn()),
        cluster: text(group.cluster_name()),
        status: text(group.status().map(|status| status.as_str())),
        version: text(group.version()),
        role_arn: text(group.node_role()),
        subnet_ids: sorted(group.subnets()),
        template_id: text(template.and_then(|template| template.id())),
        template_version: template
            .and_then(|template| template.version()?.parse().ok())
            .unwrap_or_default(),
        capacity: text(group.capacity_type().map(|capacity| capacity.as_str())),
        instance_types: sorted(group.instance_types()),
        ami_type: text(group.ami_type().map(|ami| ami.as_str())),
        min: sizes.and_then(|sizes| sizes.min_size()).unwrap_or_default(),
        max: sizes.and_then(|sizes| sizes.max_size()).unwrap_or_default(),
        desired: sizes.and_then(|sizes| sizes.desired_size()).unwrap_or_default(),
        labels: labels.map(|(key, value)| (key.clone(), value.clone())).collect(),
        taints: taints(group),
        max_unavailable_percentage: group
            .update_config()
            .and_then(|config| config.max_unavailable_percentage()),
        node_repair: group
            .node_repair_config()
            .and_then(|config| config.enabled())
            .unwrap_or_default(),
        asg_names: sorted(&names),
        issues: issues
            .iter()
            .map(|one| issue(one.code().map(|code| code.as_str()), one.message()))
            .collect(),
    }
}

/// In one order; AWS says "no value" as an empty one.
fn taints(group: &Nodegroup) -> Vec<Taint> {
    let read = |taint: &aws_sdk_eks::types::Taint| Taint {
        key: text(taint.key()),
        effect: text(taint.effect().map(|effect| effect.as_str())),
        value: taint.value().filter(|value| !value.is_empty()).map(str::to_owned),
    };
    let mut taints: Vec<Taint> = group.taints().iter().map(read).collect();
    taints.sort();
    taints
}
