//! Node groups and the launch templates they start from.

use super::Parts;
use crate::address::Ref;
use crate::profile::{Capacity, NodeGroupSettings, TaintEffect};
use crate::resources::ec2::LaunchTemplate;
use crate::resources::eks::{NodeGroup, Taint};
use crate::resources::iam::Role;
use crate::stack::identity::cluster_name;
use crate::stack::name;
use crate::stack::network::Network;

impl Parts<'_> {
    pub(super) fn group(
        &self,
        what: &str,
        wanted: &NodeGroupSettings,
        network: &Network,
        role: &Ref<Role>,
        template: &Ref<LaunchTemplate>,
    ) -> NodeGroup {
        NodeGroup {
            name: name(self.settings, what),
            cluster: self.cluster.clone(),
            cluster_name: cluster_name(self.settings),
            version: self.place.kubernetes_version.clone(),
            role: role.clone(),
            subnets: network.node_subnets.clone(),
            template: template.clone(),
            capacity: match wanted.capacity {
                Capacity::OnDemand => "ON_DEMAND".to_owned(),
                Capacity::Spot => "SPOT".to_owned(),
            },
            instance_types: wanted.instance_types.clone(),
            ami_type: ami_type(&wanted.instance_types).to_owned(),
            min: wanted.min,
            max: wanted.max,
            desired: wanted.desired,
            labels: wanted.labels.clone(),
            taints: taints(wanted),
        }
    }

    /// Each group has its own: EKS lets a group take a new version of its template, never another
    /// template.
    pub(super) fn template(
        &mut self,
        what: &str,
        wanted: &NodeGroupSettings,
        network: &Network,
    ) -> Ref<LaunchTemplate> {
        let desired = LaunchTemplate {
            name: name(self.settings, what),
            security_groups: vec![network.nodes.clone()],
            disk_gib: wanted.disk_gib,
        };
        self.graph.add(what, desired)
    }
}

/// Amazon Linux 2023 for the processor of the instance types, which are of one architecture.
fn ami_type(instance_types: &[String]) -> &'static str {
    match instance_types.first() {
        Some(first) if is_arm(first) => "AL2023_ARM_64_STANDARD",
        _ => "AL2023_x86_64_STANDARD",
    }
}

/// Graviton: a `g` right after the generation's number (`m7g`, `t4g`, `c7gn`), and the old `a1`.
/// `g5` is a graphics family on x86.
fn is_arm(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or_default();
    let generation = family.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let options = generation.trim_start_matches(|letter: char| letter.is_ascii_digit());
    family == "a1" || options.starts_with('g')
}

fn taints(wanted: &NodeGroupSettings) -> Vec<Taint> {
    let spelled = |effect: TaintEffect| match effect {
        TaintEffect::NoSchedule => "NO_SCHEDULE",
        TaintEffect::PreferNoSchedule => "PREFER_NO_SCHEDULE",
        TaintEffect::NoExecute => "NO_EXECUTE",
    };
    let taints = wanted.taints.iter().map(|taint| Taint {
        key: taint.key.clone(),
        effect: spelled(taint.effect).to_owned(),
        value: taint.value.clone().filter(|value| !value.is_empty()),
    });
    taints.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_follows_the_processor() {
        for arm in
            ["m7g.large", "t4g.medium", "c7gn.xlarge", "a1.large", "r8gd.large", "g5g.xlarge"]
        {
            assert_eq!(ami_type(&[arm.to_owned()]), "AL2023_ARM_64_STANDARD", "{arm}");
        }
        for intel in ["m7i.large", "t3a.medium", "g5.xlarge", "m7i-flex.large", "inf2.xlarge"] {
            assert_eq!(ami_type(&[intel.to_owned()]), "AL2023_x86_64_STANDARD", "{intel}");
        }
    }
}
