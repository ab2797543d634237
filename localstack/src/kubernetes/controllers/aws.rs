//! How controllers use AWS: through the same operations, rules and times as every other client.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::error::AwsError;
use crate::kubernetes::scene::Scene;
use crate::request::Request;
use crate::services;
use crate::world::Owner;

/// Calls one operation in the cluster's region.
pub fn call(
    scene: &mut Scene<'_>,
    service: &str,
    action: &str,
    params: Value,
) -> Result<Value, AwsError> {
    let known = services::ALL.iter().find(|one| one.name == service);
    let service = known.ok_or_else(|| AwsError::unimplemented(service))?;
    let operation = service.operation(action).ok_or_else(|| AwsError::unimplemented(action))?;
    let request = Request {
        service,
        region: scene.cluster.region.clone(),
        action: action.to_owned(),
        params,
        access_key: "kubernetes".to_owned(),
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: Map::new(),
        headers: Map::new(),
        body: Bytes::new(),
    };
    operation(&mut Call { world: scene.world, request: &request, now: scene.now })
}

/// Marks a thing as made by a controller.
pub fn own(scene: &mut Scene<'_>, id: &str) {
    scene.world.generation += 1;
    if let Some(thing) = scene.world.things.get_mut(id) {
        thing.owner = Owner::Kubernetes;
    }
}

/// `[{Key, Value}]` of pairs.
pub fn tags(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// The VPC of the cluster.
pub fn vpc(scene: &Scene<'_>) -> String {
    let cluster = scene.world.get(&format!("eks_cluster/{}", scene.cluster.name));
    let config = cluster.and_then(|cluster| cluster.attrs.get("resourcesVpcConfig"));
    config.and_then(|config| config["vpcId"].as_str()).unwrap_or_default().to_owned()
}

/// Subnets for load balancers, one a zone, by the tags that controllers look for; when there are
/// none, those of the VPC that give out public addresses.
pub fn subnets(scene: &Scene<'_>, public: Reach) -> Vec<String> {
    let vpc = vpc(scene);
    let role = match public {
        Reach::Public => "kubernetes.io/role/elb",
        Reach::Internal => "kubernetes.io/role/internal-elb",
    };
    let here: Vec<_> =
        scene.world.of_kind("subnet").filter(|subnet| subnet.text("vpcId") == vpc).collect();
    let tagged: Vec<_> =
        here.iter().filter(|subnet| subnet.tags.contains_key(role)).copied().collect();
    let chosen = if tagged.is_empty() { here } else { tagged };
    let mut zones = Vec::new();
    let mut ids = Vec::new();
    for subnet in chosen {
        let zone = subnet.text("availabilityZone");
        if !zones.contains(&zone) {
            zones.push(zone);
            ids.push(subnet.id.clone());
        }
    }
    ids
}

/// Whom a load balancer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Public,
    Internal,
}
