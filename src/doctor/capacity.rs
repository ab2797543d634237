//! Versions, classes and quotas: does the region have what the profile asks for?

use std::collections::BTreeSet;

use super::{Finding, Patient};
use crate::aws::Failure;

/// Kubernetes without the surcharge for old versions.
pub async fn kubernetes_version(patient: &Patient<'_>) -> Finding {
    const CHECK: &str = "kubernetes";
    let wanted = &patient.place.kubernetes_version;
    let answer = patient.scope.aws.eks.describe_cluster_versions().send().await;
    let answer = match answer.map_err(Failure::from) {
        Ok(answer) => answer,
        Err(failure) => return Finding::unchecked(CHECK, &failure),
    };
    let known = answer
        .cluster_versions()
        .iter()
        .find(|version| version.cluster_version() == Some(wanted.as_str()));
    match known.and_then(|version| version.version_status()).map(|status| status.as_str()) {
        Some("STANDARD_SUPPORT") => {
            Finding::fine(CHECK, format!("version {wanted} is in standard support"))
        }
        Some(status) => Finding::bad(
            CHECK,
            format!("version {wanted} is in {status}: AWS bills six times the price"),
            "remove `cluster.version` to take the newest in standard support",
        ),
        None => Finding::bad(
            CHECK,
            format!("EKS has no version {wanted} here"),
            "remove `cluster.version` to take the newest in standard support",
        ),
    }
}

/// The database class must be for sale in the region.
pub async fn database_class(patient: &Patient<'_>) -> Finding {
    const CHECK: &str = "database";
    let mysql = &patient.settings.mysql;
    let call = patient
        .scope
        .aws
        .rds
        .describe_orderable_db_instance_options()
        .engine("mysql")
        .db_instance_class(&mysql.instance_class);
    match call.send().await.map_err(Failure::from) {
        Err(failure) => Finding::unchecked(CHECK, &failure),
        Ok(answer) if answer.orderable_db_instance_options().is_empty() => Finding::bad(
            CHECK,
            format!("`{}` cannot be ordered for MySQL here", mysql.instance_class),
            "choose another `mysql.instance_class`",
        ),
        Ok(_) => Finding::fine(CHECK, format!("{} can be ordered", mysql.instance_class)),
    }
}

/// A limit of the account, how much of it is used, how much this stack still wants.
struct Headroom {
    what: &'static str,
    service: &'static str,
    code: &'static str,
    used: usize,
    wanted: usize,
}

/// Quotas with headroom for what is not made yet.
pub async fn quotas(patient: &Patient<'_>) -> Vec<Finding> {
    const CHECK: &str = "quota";
    let mut findings = Vec::new();
    let used = match used(patient).await {
        Ok(used) => used,
        Err(failure) => return vec![Finding::unchecked(CHECK, &failure)],
    };
    for room in used.into_iter().filter(|room| room.wanted > 0) {
        let call = patient.scope.aws.quotas.get_service_quota();
        let answer = call.service_code(room.service).quota_code(room.code).send().await;
        let limit = match answer.map_err(Failure::from) {
            Ok(answer) => answer.quota().and_then(|quota| quota.value()).unwrap_or(f64::MAX),
            Err(failure) => {
                findings.push(Finding::unchecked(CHECK, &failure));
                continue;
            }
        };
        let Headroom { what, used, wanted, code, .. } = room;
        findings.push(if (used + wanted) as f64 > limit {
            Finding::bad(
                CHECK,
                format!("{what}: {used} of {limit} are used, this stack wants {wanted} more"),
                format!("ask AWS for more in the Service Quotas console (quota {code})"),
            )
        } else {
            Finding::fine(CHECK, format!("{what}: {used} of {limit} used, {wanted} wanted"))
        });
    }
    findings
}

async fn used(patient: &Patient<'_>) -> Result<Vec<Headroom>, Failure> {
    let ec2 = &patient.scope.aws.ec2;
    let vpcs = ec2.describe_vpcs().send().await?.vpcs().len();
    let addresses = ec2.describe_addresses().send().await?.addresses().len();
    let clusters = patient.scope.aws.eks.list_clusters().send().await?.clusters().len();
    let balancers = patient.scope.aws.elbv2.describe_load_balancers().send().await?;
    let databases = patient.scope.aws.rds.describe_db_instances().send().await?;
    let row = |what, service, code, used, kind| {
        let wanted = unmade(patient, kind);
        Headroom { what, service, code, used, wanted }
    };
    Ok(vec![
        row("VPCs", "vpc", "L-F678F1CE", vpcs, "vpc"),
        row("Elastic IPs", "ec2", "L-0263D0A3", addresses, "elastic_ip"),
        row("EKS clusters", "eks", "L-1194D53C", clusters, "eks_cluster"),
        row(
            "load balancers",
            "elasticloadbalancing",
            "L-53DA6B97",
            balancers.load_balancers().len(),
            "load_balancer",
        ),
        row("databases", "rds", "L-7B6409FD", databases.db_instances().len(), "db_instance"),
    ])
}

/// How many of a kind the graph has and the state has not.
fn unmade(patient: &Patient<'_>, kind: &str) -> usize {
    let made: BTreeSet<_> = patient.state.records.keys().collect();
    let nodes = patient.graph.nodes().filter(|node| node.address.kind() == kind);
    nodes.filter(|node| !made.contains(&node.address)).count()
}
