//! Load balancers in AWS that controllers make and remove: with security group, interfaces and
//! the tags by which they are found again. When the cluster goes first, they stay.

use serde_json::{Value, json};

use super::aws::{self, Reach};
use crate::error::AwsError;
use crate::kubernetes::scene::Scene;
use crate::world::Stage;

/// A balancer as it should be.
pub struct Wanted {
    pub name: String,
    /// `network` or `application`.
    pub kind: &'static str,
    pub internal: bool,
    pub ports: Vec<i64>,
    pub tags: Vec<(String, String)>,
    /// The name of its security group.
    pub group: String,
}

const ELB: &str = "elasticloadbalancingv2";

/// The ARN of the balancer with a tag.
fn tagged(scene: &Scene<'_>, kind: &str, (key, value): &(String, String)) -> Option<String> {
    let owned = format!("kubernetes.io/cluster/{}", scene.cluster.name);
    let mut all = scene.world.of_kind(kind);
    let found = all.find(|thing| {
        let ours = thing.tags.contains_key(&owned)
            || thing.tags.get("elbv2.k8s.aws/cluster") == Some(&scene.cluster.name);
        thing.gone.is_none() && ours && thing.tags.get(key) == Some(value)
    });
    found.map(|thing| thing.id.clone())
}

/// Makes the balancer; its host once it is active.
pub fn ensure(scene: &mut Scene<'_>, wanted: &Wanted) -> Result<Option<String>, AwsError> {
    let Some(tag) = wanted.tags.last() else { return Ok(None) };
    if let Some(arn) = tagged(scene, "load_balancer", tag) {
        let balancer = scene.world.expect("load_balancer", &arn)?;
        let active = balancer.stage(scene.now) == Stage::Active;
        return Ok(active.then(|| balancer.text("DNSName").to_owned()));
    }
    let pairs: Vec<(&str, &str)> =
        wanted.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let group = group(scene, wanted, &pairs)?;
    let reach = if wanted.internal { Reach::Internal } else { Reach::Public };
    let scheme = if wanted.internal { "internal" } else { "internet-facing" };
    let params = json!({"Name": wanted.name, "Type": wanted.kind, "Scheme": scheme,
        "Subnets": aws::subnets(scene, reach), "SecurityGroups": [group],
        "Tags": aws::tags(&pairs)});
    let made = aws::call(scene, ELB, "CreateLoadBalancer", params)?;
    let arn = made.pointer("/LoadBalancers/member/0/LoadBalancerArn").and_then(Value::as_str);
    let arn = arn.unwrap_or_default().to_owned();
    aws::own(scene, &arn);
    targets(scene, wanted, &arn, &pairs)?;
    Ok(None)
}

fn group(
    scene: &mut Scene<'_>,
    wanted: &Wanted,
    pairs: &[(&str, &str)],
) -> Result<String, AwsError> {
    let vpc = aws::vpc(scene);
    let about = format!("Security group for Kubernetes ELB {}", wanted.name);
    let specification = json!([{"ResourceType": "security-group", "Tag": aws::tags(pairs)}]);
    let params = json!({"GroupName": wanted.group, "GroupDescription": about, "VpcId": vpc,
        "TagSpecification": specification});
    let made = aws::call(scene, "ec2", "CreateSecurityGroup", params)?;
    let id = made["groupId"].as_str().unwrap_or_default().to_owned();
    aws::own(scene, &id);
    Ok(id)
}

/// One target group a port; names are at most 32 characters.
fn targets(
    scene: &mut Scene<'_>,
    wanted: &Wanted,
    balancer: &str,
    pairs: &[(&str, &str)],
) -> Result<(), AwsError> {
    let protocol = if wanted.kind == "network" { "TCP" } else { "HTTP" };
    if wanted.kind == "network" {
        return Ok(());
    }
    for port in &wanted.ports {
        let short: String = wanted.name.chars().take(24).collect();
        let name = format!("{}-{port}", short.trim_end_matches('-'));
        let params = json!({"Name": name, "Protocol": protocol, "Port": port,
            "VpcId": aws::vpc(scene), "TargetType": "instance", "Tags": aws::tags(pairs)});
        let made = aws::call(scene, ELB, "CreateTargetGroup", params)?;
        let group = made.pointer("/TargetGroups/member/0/TargetGroupArn").and_then(Value::as_str);
        let group = group.unwrap_or_default().to_owned();
        aws::own(scene, &group);
        let action = json!([{"Type": "forward", "TargetGroupArn": group}]);
        let params = json!({"LoadBalancerArn": balancer, "Protocol": protocol, "Port": port,
            "DefaultActions": action, "Tags": aws::tags(pairs)});
        let made = aws::call(scene, ELB, "CreateListener", params)?;
        let listener = made.pointer("/Listeners/member/0/ListenerArn").and_then(Value::as_str);
        let listener = listener.unwrap_or_default().to_owned();
        aws::own(scene, &listener);
    }
    Ok(())
}

/// Removes the balancer with a tag, its listeners, target groups and, as soon as nothing holds it,
/// its security group.
pub fn remove(scene: &mut Scene<'_>, tag: &(String, String)) {
    for (kind, action, name) in [
        ("listener", "DeleteListener", "ListenerArn"),
        ("load_balancer", "DeleteLoadBalancer", "LoadBalancerArn"),
        ("target_group", "DeleteTargetGroup", "TargetGroupArn"),
    ] {
        while let Some(id) = tagged(scene, kind, tag) {
            if aws::call(scene, ELB, action, json!({name: id})).is_err() {
                break;
            }
        }
    }
    if let Some(group) = tagged(scene, "security_group", tag) {
        // The interfaces linger and hold the group; both go when their time has come.
        let holders: Vec<f64> = scene
            .world
            .of_kind("network_interface")
            .filter(|one| one.refs.contains(&group))
            .filter_map(|one| one.gone)
            .collect();
        let last = holders.into_iter().fold(scene.now, f64::max);
        scene.world.generation += 1;
        if let Some(thing) = scene.world.things.get_mut(&group) {
            thing.gone = Some(last + 1.0);
        }
    }
}
