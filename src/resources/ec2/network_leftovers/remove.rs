//! Taking away what a cluster's controllers left. What refuses because it is still in use stays for
//! the next attempt.

use aws_sdk_ec2::types::{IpPermission, SecurityGroup, UserIdGroupPair};

use super::find::{Leftover, What};
use crate::aws::blocker::groups;
use crate::aws::{Failure, Verdict, verdict};
use crate::resource::{Result, Scope};

/// One attempt at each.
pub async fn all(scope: &Scope, vpc: &str, left: &[Leftover]) -> Result<()> {
    for one in left {
        let removed = match one.what {
            What::LoadBalancer => balancer(scope, &one.id).await,
            What::TargetGroup => target_group(scope, &one.id).await,
            What::Interface => interface(scope, &one.id).await,
            What::SecurityGroup => security_group(scope, vpc, &one.id).await,
            What::Volume => volume(scope, &one.id).await,
            What::LogGroup => log_group(scope, &one.id).await,
        };
        match removed.map_err(|failure| (verdict(&failure), failure)) {
            Ok(()) | Err((Verdict::Gone | Verdict::InUse | Verdict::NotYet, _)) => {}
            Err((_, failure)) => return Err(failure),
        }
    }
    Ok(())
}

async fn balancer(scope: &Scope, arn: &str) -> Result<()> {
    scope.aws.elbv2.delete_load_balancer().load_balancer_arn(arn).send().await?;
    Ok(())
}

async fn target_group(scope: &Scope, arn: &str) -> Result<()> {
    scope.aws.elbv2.delete_target_group().target_group_arn(arn).send().await?;
    Ok(())
}

async fn interface(scope: &Scope, id: &str) -> Result<()> {
    scope.aws.ec2.delete_network_interface().network_interface_id(id).send().await?;
    Ok(())
}

async fn volume(scope: &Scope, id: &str) -> Result<()> {
    scope.aws.ec2.delete_volume().volume_id(id).send().await?;
    Ok(())
}

async fn log_group(scope: &Scope, name: &str) -> Result<()> {
    scope.aws.logs.delete_log_group().log_group_name(name).send().await?;
    Ok(())
}

/// Rules of other groups that name it would hold it back: they go first.
async fn security_group(scope: &Scope, vpc: &str, id: &str) -> Result<()> {
    for group in groups(scope, vpc).await? {
        revoke(scope, &group, id).await?;
    }
    scope.aws.ec2.delete_security_group().group_id(id).send().await?;
    Ok(())
}

async fn revoke(scope: &Scope, group: &SecurityGroup, named: &str) -> Result<(), Failure> {
    let id = group.group_id().unwrap_or_default();
    let ingress = naming(group.ip_permissions(), named);
    if !ingress.is_empty() {
        let call = scope.aws.ec2.revoke_security_group_ingress().group_id(id);
        call.set_ip_permissions(Some(ingress)).send().await?;
    }
    let egress = naming(group.ip_permissions_egress(), named);
    if !egress.is_empty() {
        let call = scope.aws.ec2.revoke_security_group_egress().group_id(id);
        call.set_ip_permissions(Some(egress)).send().await?;
    }
    Ok(())
}

/// The parts of these permissions that name a group.
fn naming(permissions: &[IpPermission], group: &str) -> Vec<IpPermission> {
    let part = |permission: &IpPermission| {
        let pairs = permission.user_id_group_pairs().iter();
        let pairs: Vec<UserIdGroupPair> =
            pairs.filter(|pair| pair.group_id() == Some(group)).cloned().collect();
        (!pairs.is_empty()).then(|| {
            IpPermission::builder()
                .set_ip_protocol(permission.ip_protocol().map(str::to_owned))
                .set_from_port(permission.from_port())
                .set_to_port(permission.to_port())
                .set_user_id_group_pairs(Some(pairs))
                .build()
        })
    };
    permissions.iter().filter_map(part).collect()
}
