//! Network interfaces that AWS puts into a client's subnets for its managed databases and caches.
//! They vanish with their parent and hold back the subnet and the security groups until then.

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::AwsError;
use crate::world::{Owner, Thing};

/// Places one interface into each of `subnets`.
pub(super) fn place(
    call: &mut Call<'_>,
    parent: &str,
    description: &str,
    subnets: &[String],
    groups: &[String],
) -> Result<(), AwsError> {
    for subnet in subnets {
        let vpc = call.world.expect("subnet", subnet)?.text("vpcId").to_owned();
        let id = call.world.new_id("eni");
        let interface = Thing::new("network_interface", &id)
            .with("networkInterfaceId", id.clone())
            .with("subnetId", subnet.clone())
            .with("vpcId", vpc)
            .with("status", "in-use")
            .with("description", description)
            .with("requesterManaged", true)
            .with("groupSet", group_set(groups))
            .owned_by(Owner::Aws)
            .child_of(parent)
            .uses(subnet.clone())
            .uses_all(groups.to_vec());
        call.create(interface)?;
    }
    Ok(())
}

/// Puts other security groups on the interfaces of `parent`.
pub(super) fn regroup(
    call: &mut Call<'_>,
    parent: &str,
    groups: &[String],
) -> Result<(), AwsError> {
    let of_parent = call.world.children(parent).filter(|child| child.kind == "network_interface");
    let ids: Vec<String> = of_parent.map(|interface| interface.id.clone()).collect();
    for id in ids {
        let interface = call.world.expect_mut("network_interface", &id)?;
        let subnet = interface.text("subnetId").to_owned();
        interface.set("groupSet", group_set(groups));
        interface.refs = groups.iter().cloned().chain([subnet]).collect();
    }
    Ok(())
}

/// The security groups of a request must exist in the region.
pub(super) fn check_groups(
    call: &Call<'_>,
    groups: &[String],
    refuse: fn(&str) -> AwsError,
) -> Result<(), AwsError> {
    let known = |id: &str| call.here("security_group").any(|group| group.id == id);
    groups.iter().find(|id| !known(id)).map_or(Ok(()), |id| Err(refuse(id)))
}

fn group_set(groups: &[String]) -> Value {
    let items: Vec<_> = groups.iter().map(|id| json!({"groupId": id})).collect();
    json!({"item": items})
}
