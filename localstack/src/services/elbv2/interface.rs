//! The network interfaces of a load balancer. They stay for a while after it is gone and block
//! subnets, security groups and the internet gateway meanwhile.

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::AwsError;
use crate::world::{Owner, Thing};

/// Seconds that an interface outlives its load balancer, from public complaints.
const LINGER: (f64, f64, f64) = (60.0, 110.0, 180.0);

/// Puts an interface with a public address into a subnet.
pub fn place(
    call: &mut Call<'_>,
    balancer: &str,
    subnet: &str,
    groups: &[String],
) -> Result<(), AwsError> {
    let place = call.world.expect("subnet", subnet)?;
    let (vpc, zone) = (place.text("vpcId").to_owned(), place.text("availabilityZone").to_owned());
    let id = call.world.new_id("eni");
    let octet = |number: u64| (number % 250) + 1;
    let random = call.world.random();
    let public = format!("52.{}.{}.{}", octet(random), octet(random >> 8), octet(random >> 16));
    let name = balancer.split_once("loadbalancer/").map_or(balancer, |(_, rest)| rest);
    // Without the digits that AWS draws: two worlds let it linger alike.
    let known = format!("{} in {zone}", name.rsplit_once('/').map_or(name, |(known, _)| known));
    let association = json!({"publicIp": public, "ipOwnerId": "amazon-elb"});
    let interface = Thing::new("network_interface", &id)
        .called(known)
        .with("networkInterfaceId", id.clone())
        .with("subnetId", subnet)
        .with("vpcId", vpc.clone())
        .with("availabilityZone", zone)
        .with("status", "in-use")
        .with("description", format!("ELB {name}"))
        .with("interfaceType", "interface")
        .with("requesterId", "amazon-elb")
        .with("requesterManaged", true)
        .with("groupSet", group_set(groups))
        .with("association", association)
        .with("$balancer", balancer)
        .owned_by(Owner::Aws)
        .uses(subnet)
        .uses(vpc)
        .uses_all(groups.to_vec());
    call.create(interface).map(drop)
}

/// Ids and subnets of a load balancer's interfaces, without those on their way out.
pub fn of(call: &Call<'_>, balancer: &str) -> Vec<(String, String)> {
    let alive = call
        .world
        .of_kind("network_interface")
        .filter(|interface| interface.text("$balancer") == balancer && interface.gone.is_none());
    alive.map(|one| (one.id.clone(), one.text("subnetId").to_owned())).collect()
}

/// Lets an interface go, `after` seconds and then some.
pub fn release(call: &mut Call<'_>, id: &str, after: f64) {
    let lingers = call.world.get(id).map(|one| call.world.duration(&one.whose("linger"), LINGER));
    if let (Some(lingers), Ok(interface)) =
        (lingers, call.world.expect_mut("network_interface", id))
    {
        interface.gone = Some(call.now + after + lingers);
    }
}

/// Puts other security groups on an interface.
pub fn regroup(call: &mut Call<'_>, id: &str, groups: &[String]) -> Result<(), AwsError> {
    let interface = call.world.expect_mut("network_interface", id)?;
    let place = [interface.text("subnetId").to_owned(), interface.text("vpcId").to_owned()];
    interface.set("groupSet", group_set(groups));
    interface.refs = groups.iter().cloned().chain(place).collect();
    Ok(())
}

fn group_set(groups: &[String]) -> Value {
    json!({"item": groups.iter().map(|id| json!({"groupId": id})).collect::<Vec<_>>()})
}
