//! A cluster as EKS describes it.

use aws_sdk_eks::types::{Cluster as Answer, LogSetup};

use super::super::wire::{issue, sorted, text};
use super::ClusterLive;

pub fn read(cluster: &Answer) -> ClusterLive {
    let network = cluster.resources_vpc_config();
    let public = network.is_some_and(|network| network.endpoint_public_access());
    let certificate = cluster.certificate_authority().and_then(|authority| authority.data());
    let issuer = cluster.identity().and_then(|identity| identity.oidc()?.issuer());
    let policy = cluster.upgrade_policy().and_then(|policy| policy.support_type());
    let issues = cluster.health().map(|health| health.issues()).unwrap_or_default();
    let cidrs = network.map(|network| network.public_access_cidrs()).unwrap_or_default();
    ClusterLive {
        name: text(cluster.name()),
        arn: text(cluster.arn()),
        status: text(cluster.status().map(|status| status.as_str())),
        version: text(cluster.version()),
        role_arn: text(cluster.role_arn()),
        vpc_id: text(network.and_then(|network| network.vpc_id())),
        subnet_ids: network.map(|network| sorted(network.subnet_ids())).unwrap_or_default(),
        security_group_ids: network
            .map(|network| sorted(network.security_group_ids()))
            .unwrap_or_default(),
        security_group_id: network
            .and_then(|network| network.cluster_security_group_id().map(str::to_owned)),
        endpoint: cluster.endpoint().map(str::to_owned),
        certificate_authority: certificate.map(str::to_owned),
        issuer: issuer.map(str::to_owned),
        private_access: network.is_some_and(|network| network.endpoint_private_access()),
        public_access_cidrs: if public { sorted(cidrs) } else { Vec::new() },
        logs: logs(cluster),
        deletion_protection: cluster.deletion_protection().unwrap_or_default(),
        upgrade_policy: text(policy.map(|policy| policy.as_str())),
        issues: issues
            .iter()
            .map(|one| issue(one.code().map(|code| code.as_str()), one.message()))
            .collect(),
    }
}

/// The logs that are on.
fn logs(cluster: &Answer) -> Vec<String> {
    let rows = cluster.logging().map(|logging| logging.cluster_logging()).unwrap_or_default();
    let on = rows.iter().filter(|row| row.enabled() == Some(true));
    let names: Vec<&str> = on.flat_map(LogSetup::types).map(|name| name.as_str()).collect();
    sorted(&names)
}
