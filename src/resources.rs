//! The registry: every kind edxaws can make. A new kind is one file and one line here.
//!
//! Each service's folder also holds `wire.rs`: how that service spells tags and ownership.

use crate::kind::{Kind, Of};

macro_rules! kinds {
    ($($service:ident { $($file:ident::$kind:ident,)* })*) => {
        $(pub mod $service {
            pub mod wire;
            $(mod $file;)*
            $(#[allow(unused_imports, reason = "not every live type is named elsewhere")]
            pub use $file::*;)*
        })*

        /// All kinds, by service.
        pub static KINDS: &[&dyn Kind] = &[$($(&Of::<$service::$kind>::KIND,)*)*];
    };
}

kinds! {
    acm {
        certificate::Certificate,
        certificate_validation::CertificateValidation,
    }
    autoscaling {
        target_group_attachment::TargetGroupAttachment,
    }
    backup {
        backup_vault::BackupVault,
        backup_plan::BackupPlan,
        backup_selection::BackupSelection,
    }
    budgets {
        budget::Budget,
    }
    cloudfront {
        origin_access_control::OriginAccessControl,
        distribution::Distribution,
    }
    cloudwatch {
        alarm::Alarm,
    }
    docdb {
        docdb_cluster::DocdbCluster,
        docdb_instance::DocdbInstance,
    }
    ec2 {
        vpc::Vpc,
        internet_gateway::InternetGateway,
        subnet::Subnet,
        route_table::RouteTable,
        route::Route,
        elastic_ip::ElasticIp,
        nat_gateway::NatGateway,
        vpc_endpoint::VpcEndpoint,
        security_group::SecurityGroup,
        security_group_rule::SecurityGroupRule,
        launch_template::LaunchTemplate,
        network_leftovers::NetworkLeftovers,
    }
    ecr {
        repository::Repository,
    }
    eks {
        cluster::Cluster,
        nodegroup::NodeGroup,
        addon::Addon,
        addon_check::AddonCheck,
        access_entry::AccessEntry,
        pod_identity::PodIdentityAssociation,
    }
    elasticache {
        cache_subnet_group::CacheSubnetGroup,
        cache_parameter_group::CacheParameterGroup,
        replication_group::ReplicationGroup,
    }
    elbv2 {
        target_group::TargetGroup,
        load_balancer::LoadBalancer,
        listener::Listener,
    }
    iam {
        role::Role,
        role_policy::RolePolicy,
        service_linked_role::ServiceLinkedRole,
        smtp_user::SmtpUser,
    }
    kubernetes {
        cluster_drain::ClusterDrain,
        kubernetes_object::KubernetesObject,
        kubernetes_workload::KubernetesWorkload,
        kubernetes_job::KubernetesJob,
        https_check::HttpsCheck,
    }
    logs {
        log_group::LogGroup,
    }
    rds {
        db_subnet_group::DbSubnetGroup,
        db_parameter_group::DbParameterGroup,
        db_instance::DbInstance,
    }
    route53 {
        hosted_zone::HostedZone,
        record_set::RecordSet,
    }
    s3 {
        bucket::Bucket,
        bucket_policy::BucketPolicy,
    }
    secrets {
        foreign_secret::ForeignSecret,
        secret::Secret,
    }
    ses {
        email_identity::EmailIdentity,
        email_verification::EmailVerification,
    }
    sns {
        topic::Topic,
    }
}

/// The kind of an address.
pub fn kind(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().find(|kind| kind.name() == name).copied()
}
