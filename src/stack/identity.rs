//! Who may do what: roles for the cluster, the nodes and the pods, and the control plane's log.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{CacheMode, Capacity, Settings};
use crate::resources::iam::{Role, RolePolicy, ServiceLinkedRole, SmtpUser, Statement, Target};
use crate::resources::logs::LogGroup;
use crate::resources::s3::Bucket;
use crate::stack::storage::Storage;
use crate::stack::{Surroundings, name};

/// The roles that other parts hand to AWS services and pods.
#[derive(Debug, Clone)]
pub struct Identity {
    pub cluster: Ref<Role>,
    pub node: Ref<Role>,
    pub ebs_csi: Ref<Role>,
    pub autoscaler: Option<Ref<Role>>,
    /// By platform.
    pub openedx: BTreeMap<String, Ref<Role>>,
    pub backup: Option<Ref<Role>>,
    /// What AWS services act through; they must be there before anything of that service.
    pub linked: Vec<Ref<ServiceLinkedRole>>,
    /// Made before the cluster, or EKS makes one that never expires.
    pub eks_log: Option<Ref<LogGroup>>,
}

/// The name of the EKS cluster: roles and the log group speak of it before it is there.
pub fn cluster_name(settings: &Settings) -> String {
    name(settings, "main")
}

pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    storage: &Storage,
) -> Identity {
    graph.part("identity");
    let mut roles = Roles { graph, settings, place };
    let cluster = roles.service("cluster", "eks", &["AmazonEKSClusterPolicy"]);
    let node = roles.service("node", "ec2", NODE);
    let ebs_csi = roles.pod("ebs-csi", &["service-role/AmazonEBSCSIDriverPolicy"], None);
    let autoscaler = settings.cluster.autoscaler.then(|| {
        let permissions = autoscaler_permissions(&cluster_name(settings));
        roles.pod("autoscaler", &[], Some(permissions))
    });
    let backup = settings.backup.enabled.then(|| roles.service("backup", "backup", BACKUP));
    let openedx = storage.media.iter().map(|(platform, media)| {
        let role = roles.pod(&format!("openedx-{platform}"), &[], None);
        roles.storage(platform, &role, media, &storage.backups);
        (platform.clone(), role)
    });
    let openedx = openedx.collect();
    let linked = linked(graph, settings);
    let eks_log = eks_log(graph, settings);
    Identity { cluster, node, ebs_csi, autoscaler, openedx, backup, linked, eks_log }
}

/// The user that sends the mail of all platforms.
pub fn smtp(graph: &mut Graph, settings: &Settings) -> Ref<SmtpUser> {
    graph.part("mail");
    let domain = settings.edge.zone.clone();
    graph.add("main", SmtpUser { name: name(settings, "smtp"), domain })
}

const NODE: &[&str] =
    &["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"];

const BACKUP: &[&str] = &[
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
];

struct Roles<'a> {
    graph: &'a mut Graph,
    settings: &'a Settings,
    place: &'a Surroundings,
}

impl Roles<'_> {
    fn add(&mut self, what: &str, trust: Value, managed: &[&str], own: Option<Value>) -> Ref<Role> {
        let arn = |policy: &&str| format!("arn:{}:iam::aws:policy/{policy}", self.place.partition);
        let name = name(self.settings, what);
        let role = Role {
            arn: Some(Role::arn_of(&self.place.stack(&self.settings.stack), &name)),
            name,
            trust,
            policies: managed.iter().map(arn).collect(),
            permissions: own,
        };
        self.graph.add(what, role)
    }

    /// A role that an AWS service assumes.
    fn service(&mut self, what: &str, service: &str, managed: &[&str]) -> Ref<Role> {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": format!("{service}.amazonaws.com")},
            "Action": "sts:AssumeRole",
        }]});
        self.add(what, trust, managed, None)
    }

    /// A role that pods of this cluster, and of no other, assume through EKS Pod Identity.
    fn pod(&mut self, what: &str, managed: &[&str], own: Option<Value>) -> Ref<Role> {
        let cluster = cluster_name(self.settings);
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEquals": {"aws:RequestTag/eks-cluster-name": cluster}},
        }]});
        self.add(what, trust, managed, own)
    }

    /// A platform reads and writes its own media, and adds to its own part of the backups.
    fn storage(
        &mut self,
        platform: &str,
        role: &Ref<Role>,
        media: &Ref<Bucket>,
        backups: &Ref<Bucket>,
    ) {
        let words = |actions: &[&str]| actions.iter().map(|&action| action.to_owned()).collect();
        let all = Target::Objects { bucket: media.clone(), prefix: String::new() };
        let own = Target::Objects { bucket: backups.clone(), prefix: format!("{platform}/") };
        let statements = vec![
            Statement {
                actions: words(&["s3:GetBucketLocation", "s3:ListBucket"]),
                on: vec![Target::Bucket(media.clone())],
            },
            Statement {
                actions: words(&[
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:PutObject",
                ]),
                on: vec![all],
            },
            Statement { actions: words(&["s3:PutObject"]), on: vec![own] },
        ];
        let policy = RolePolicy { role: role.clone(), name: "storage".to_owned(), statements };
        self.graph.add(&format!("openedx-{platform}-storage"), policy);
    }
}

/// Reads everything, changes only the groups that carry the tag EKS puts on this cluster's.
/// Source: kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/README.md.
fn autoscaler_permissions(cluster: &str) -> Value {
    let owned = format!("aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster}");
    json!({"Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "autoscaling:DescribeTags",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
                "eks:DescribeNodegroup",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": [
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {owned: "owned"}},
        },
    ]})
}

fn linked(graph: &mut Graph, settings: &Settings) -> Vec<Ref<ServiceLinkedRole>> {
    let mut services = vec!["autoscaling", "eks", "eks-nodegroup", "elasticloadbalancing", "rds"];
    if settings.cache.mode == CacheMode::Managed {
        services.push("elasticache");
    }
    if settings.cluster.node_groups.values().any(|group| group.capacity == Capacity::Spot) {
        services.push("spot");
    }
    let mut add = |name: &str| {
        graph.add(name, ServiceLinkedRole { service: format!("{name}.amazonaws.com") })
    };
    services.into_iter().map(&mut add).collect()
}

fn eks_log(graph: &mut Graph, settings: &Settings) -> Option<Ref<LogGroup>> {
    let group = LogGroup {
        name: format!("/aws/eks/{}/cluster", cluster_name(settings)),
        retention_days: settings.cluster.log_retention_days,
    };
    (!settings.cluster.logs.is_empty()).then(|| graph.add("eks", group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_role_is_bound_to_its_cluster() {
        let text = autoscaler_permissions("edxaws-x-main").to_string();
        assert!(text.contains("aws:ResourceTag/k8s.io/cluster-autoscaler/edxaws-x-main"));
    }
}
