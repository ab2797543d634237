//! Who made a thing in AWS, from what AWS and Kubernetes write on it; pure.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{NetworkInterface, Tag};

use crate::aws::{Scope, tags as ours};

pub type Tags = BTreeMap<String, String>;

/// By the start of an interface's description, AWS's own wording: who made it. What follows the
/// start is named where it says something.
const MAKERS: &[(&str, &str)] = &[
    ("aws-K8S-", "made by the VPC CNI for node"),
    ("Amazon EKS ", "made by EKS for the cluster"),
    ("Interface for NAT Gateway ", "made for the NAT gateway"),
    ("VPC Endpoint Interface ", "made for the VPC endpoint"),
    ("EFS mount target for ", "made by EFS for"),
    ("AWS Lambda VPC ENI-", "made by Lambda for the function"),
    ("RDSNetworkInterface", "made by RDS for a database"),
    ("ElastiCache", "made by ElastiCache for a cache"),
];

/// On what a controller in a cluster makes, the object it was made for.
const OWNERS: &[(&str, &str)] = &[
    ("service.k8s.aws/stack", "made by the load balancer controller for Service"),
    ("ingress.k8s.aws/stack", "made by the load balancer controller for Ingress"),
    ("gateway.k8s.aws/stack", "made by the load balancer controller for Gateway"),
    ("kubernetes.io/service-name", "made by Kubernetes for Service"),
    ("kubernetes.io/created-for/pvc/name", "made by the EBS driver for the claim"),
    ("node.k8s.amazonaws.com/instance_id", "made by the VPC CNI for node"),
    ("elbv2.k8s.aws/cluster", "made by the load balancer controller of cluster"),
    ("cluster.k8s.amazonaws.com/name", "made by the VPC CNI of cluster"),
    ("aws:eks:cluster-name", "made by EKS for the cluster"),
];

/// Who made a thing with these tags, if they tell.
pub fn maker_by_tags(tags: &Tags) -> Option<String> {
    if let Some(address) = tags.get(ours::ADDRESS) {
        let stack = tags.get(ours::STACK).map(String::as_str).unwrap_or_default();
        return Some(format!("which is `{address}` of stack `{stack}`"));
    }
    let owner = OWNERS.iter().find_map(|(key, made)| Some(format!("{made} `{}`", tags.get(*key)?)));
    owner.or_else(|| {
        let cluster = tags.keys().find_map(|key| key.strip_prefix("kubernetes.io/cluster/"))?;
        Some(format!("made by Kubernetes in cluster `{cluster}`"))
    })
}

pub fn tags(tags: &[Tag]) -> Tags {
    let pair =
        |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// The load balancer that an interface belongs to.
pub(super) fn balancer_arn(scope: &Scope, interface: &NetworkInterface) -> Option<String> {
    let name = interface.description()?.strip_prefix("ELB ")?;
    // Classic balancers have a name without a path, and no ARN that ELBv2 knows.
    name.contains('/').then(|| scope.arn("elasticloadbalancing", &format!("loadbalancer/{name}")))
}

pub(super) fn balancer(arn: &str, tags: &Tags) -> String {
    let name = arn.split('/').nth_back(1).unwrap_or(arn);
    let made = maker_by_tags(tags).map(|made| format!(", {made}")).unwrap_or_default();
    format!("the load balancer `{name}`{made}")
}

/// Who made an interface; `balancer` are the tags of the load balancer it belongs to.
pub(super) fn of(interface: &NetworkInterface, balancer: Option<&Tags>) -> String {
    let own = tags(interface.tag_set());
    if let Some(made) = balancer.and_then(maker_by_tags).or_else(|| maker_by_tags(&own)) {
        return made;
    }
    let about = interface.description().unwrap_or_default();
    if let Some(name) = about.strip_prefix("ELB ") {
        return format!("of the load balancer `{name}`");
    }
    let by_description = MAKERS.iter().find_map(|(start, made)| {
        Some(match about.strip_prefix(start)?.trim() {
            "" => (*made).to_owned(),
            rest => format!("{made} `{rest}`"),
        })
    });
    let instance = || {
        let id = interface.attachment()?.instance_id()?;
        Some(format!("of the instance `{id}`"))
    };
    by_description.or_else(instance).unwrap_or_else(|| {
        let who = interface.requester_id().unwrap_or("somebody");
        format!("made by `{who}` ({about})")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::NetworkInterfaceAttachment;

    fn tagged(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn interface(about: &str) -> NetworkInterface {
        NetworkInterface::builder().description(about).requester_id("somebody-else").build()
    }

    #[test]
    fn every_maker_is_named_by_what_it_wrote() {
        let balancer = tagged(&[
            ("elbv2.k8s.aws/cluster", "edxaws-dev"),
            ("service.k8s.aws/stack", "openedx/caddy"),
        ]);
        let cases = [
            (
                interface("ELB net/k8s-caddy/0123"),
                Some(&balancer),
                "made by the load balancer controller for Service `openedx/caddy`",
            ),
            (interface("ELB app/mine/0123"), None, "of the load balancer `app/mine/0123`"),
            (interface("aws-K8S-i-0abc"), None, "made by the VPC CNI for node `i-0abc`"),
            (interface("Amazon EKS edxaws-dev"), None, "made by EKS for the cluster `edxaws-dev`"),
            (interface("RDSNetworkInterface"), None, "made by RDS for a database"),
            (interface("hers"), None, "made by `somebody-else` (hers)"),
        ];
        for (interface, tags, made) in cases {
            assert_eq!(of(&interface, tags), made);
        }
        let attachment = NetworkInterfaceAttachment::builder().instance_id("i-1").build();
        let of_instance = NetworkInterface::builder().attachment(attachment).build();
        assert_eq!(of(&of_instance, None), "of the instance `i-1`");
    }

    #[test]
    fn our_own_tags_go_first() {
        let tags = tagged(&[
            ("kubernetes.io/cluster/edxaws-dev", "owned"),
            (ours::STACK, "dev"),
            (ours::ADDRESS, "subnet.private-a"),
        ]);
        assert_eq!(maker_by_tags(&tags).unwrap(), "which is `subnet.private-a` of stack `dev`");
    }
}
