//! What the local AWS refuses, as AWS does, and what is not ours.

use aws_sdk_ec2::types::{IpPermission, IpRange};
use edxaws::address::Address;
use edxaws::aws::{Failure, Verdict, verdict};
use edxaws::profile::Nat;
use edxaws_localstack::{Owner, Thing, World};

use crate::rig::{Rig, by, network_of, settings};

#[tokio::test(start_paused = true)]
async fn what_is_in_use_cannot_go() {
    let settings = settings(|one| {
        one.network.zones = 2;
        one.network.nat = Nat::Single;
    });
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    rig.raise_all().await;
    assert_eq!(rig.refused("vpc.main").await.code, "DependencyViolation");
    assert_eq!(rig.refused("subnet.public-a").await.code, "DependencyViolation");
    assert_eq!(rig.refused("elastic_ip.nat-a").await.code, "InvalidIPAddress.InUse");
    let failure = rig.refused("internet_gateway.main").await;
    assert!(failure.message.contains("mapped public address"), "{failure}");
    // The rules of other groups speak of it.
    assert_eq!(rig.refused("security_group.nodes").await.code, "DependencyViolation");
    let ec2 = rig.scope.aws.ec2.clone();
    let table = rig.id("route_table.public");
    let refused = ec2.delete_route_table().route_table_id(table).send().await.unwrap_err();
    assert_eq!(Failure::from(refused).code, "DependencyViolation");
    // NAT gateways take their interface along, and only then is the address free.
    rig.lower(&Address::parse("route.private-b").unwrap()).await;
    rig.lower(&Address::parse("route.private-a").unwrap()).await;
    rig.delete(&Address::parse("nat_gateway.a").unwrap()).await.unwrap();
    assert_eq!(rig.refused("elastic_ip.nat-a").await.code, "InvalidIPAddress.InUse");
    rig.lower(&Address::parse("nat_gateway.a").unwrap()).await;
    rig.lower(&Address::parse("elastic_ip.nat-a").unwrap()).await;
    rig.lower(&Address::parse("route.public").unwrap()).await;
    rig.lower(&Address::parse("internet_gateway.main").unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn what_aws_makes_with_a_vpc_is_its_own() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    let node = rig.node("vpc.main");
    rig.raise(&node).await;
    let ec2 = rig.scope.aws.ec2.clone();
    let tables = ec2.describe_route_tables().send().await.unwrap();
    let main = tables.route_tables()[0].route_table_id().unwrap();
    assert_eq!(tables.route_tables()[0].associations()[0].main(), Some(true));
    let refused = ec2.delete_route_table().route_table_id(main).send().await.unwrap_err();
    assert_eq!(Failure::from(refused).code, "DependencyViolation");
    let groups = ec2.describe_security_groups().send().await.unwrap();
    let default = &groups.security_groups()[0];
    assert_eq!(default.group_name(), Some("default"));
    assert_eq!(default.ip_permissions().len(), 1);
    assert_eq!(default.ip_permissions_egress()[0].ip_ranges()[0].cidr_ip(), Some("0.0.0.0/0"));
    let id = default.group_id().unwrap();
    let refused = ec2.delete_security_group().group_id(id).send().await.unwrap_err();
    assert_eq!(Failure::from(refused).code, "CannotDelete");
    assert_eq!(ec2.describe_network_acls().send().await.unwrap().network_acls().len(), 1);
    rig.lower(&Address::parse("vpc.main").unwrap()).await;
    assert!(ec2.describe_security_groups().send().await.unwrap().security_groups().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stranger_of_the_same_name_is_not_ours() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    let node = rig.node("vpc.main");
    rig.raise(&node).await;
    let wanted = rig.node("security_group.nodes");
    let name = wanted.desired["name"].as_str().unwrap();
    let ec2 = rig.scope.aws.ec2.clone();
    let call = ec2.create_security_group().group_name(name).description("made by somebody else");
    call.vpc_id(rig.id("vpc.main")).send().await.unwrap();
    let failure = rig.create(&wanted).await.unwrap_err();
    assert_eq!(failure.code, "InvalidGroup.Duplicate");
    assert_eq!(verdict(&failure), Verdict::Exists);
    assert!(rig.list("security_group").await.is_empty());
    // Another stack's tag is not ours either.
    let tag =
        |key: &str, value: &str| aws_sdk_ec2::types::Tag::builder().key(key).value(value).build();
    let answer =
        ec2.describe_security_groups().filters(by("group-name", name)).send().await.unwrap();
    let id = answer.security_groups()[0].group_id().unwrap();
    let call = ec2.create_tags().resources(id).tags(tag("edxaws:stack", "other"));
    call.tags(tag("edxaws:address", "security_group.nodes")).send().await.unwrap();
    assert!(rig.list("security_group").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_local_aws_refuses_what_aws_refuses() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    for address in ["vpc.main", "internet_gateway.main", "subnet.public-a", "security_group.alb"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let ec2 = rig.scope.aws.ec2.clone();
    let vpc = rig.id("vpc.main");
    let subnet = async |cidr: &str, zone: &str| {
        let call = ec2.create_subnet().vpc_id(&vpc).cidr_block(cidr).availability_zone(zone);
        Failure::from(call.send().await.unwrap_err())
    };
    let taken = rig.live[&Address::parse("subnet.public-a").unwrap()]["cidr"].clone();
    assert_eq!(subnet(taken.as_str().unwrap(), "us-east-1b").await.code, "InvalidSubnet.Conflict");
    assert_eq!(subnet("192.168.0.0/24", "us-east-1b").await.code, "InvalidSubnet.Range");
    assert_eq!(subnet("10.40.0.0/20", "us-east-1z").await.code, "InvalidParameterValue");
    let attach = ec2.attach_internet_gateway().vpc_id(&vpc);
    let attach = attach.internet_gateway_id(rig.id("internet_gateway.main")).send().await;
    assert_eq!(Failure::from(attach.unwrap_err()).code, "Resource.AlreadyAssociated");
    let unknown = ec2.describe_vpcs().filters(by("colour", "blue")).send().await;
    assert_eq!(Failure::from(unknown.unwrap_err()).code, "NotImplementedByEdxawsLocalstack");
    let range = IpRange::builder().cidr_ip("not-a-range").build();
    let rule = IpPermission::builder().ip_protocol("tcp").from_port(1).to_port(1).ip_ranges(range);
    let call = ec2.authorize_security_group_ingress().group_id(rig.id("security_group.alb"));
    let malformed = call.ip_permissions(rule.build()).send().await;
    assert_eq!(Failure::from(malformed.unwrap_err()).code, "InvalidParameterValue");
    let gone = ec2.describe_vpcs().vpc_ids("vpc-00000000000000000").send().await;
    assert_eq!(verdict(&Failure::from(gone.unwrap_err())), Verdict::Gone);
    let dry = ec2.allocate_address().dry_run(true).send().await;
    assert_eq!(Failure::from(dry.unwrap_err()).code, "DryRunOperation");
    assert!(ec2.describe_addresses().send().await.unwrap().addresses().is_empty());
}

#[tokio::test(start_paused = true)]
async fn interfaces_hold_groups_and_subnets_until_somebody_sweeps() {
    let settings = settings(|one| {
        one.network.zones = 2;
        one.network.nat = Nat::Single;
    });
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    rig.raise_all().await;
    let ec2 = rig.scope.aws.ec2.clone();
    let vpc = rig.id("vpc.main");
    let of_nat =
        ec2.describe_network_interfaces().filters(by("vpc-id", &vpc)).send().await.unwrap();
    let [interface] = of_nat.network_interfaces() else { panic!("{of_nat:?}") };
    assert!(interface.association().unwrap().allocation_id().is_some());
    assert_eq!(interface.interface_type().unwrap().as_str(), "nat_gateway");
    let id = interface.network_interface_id().unwrap();
    let refused = ec2.delete_network_interface().network_interface_id(id).send().await.unwrap_err();
    assert_eq!(verdict(&Failure::from(refused)), Verdict::InUse);

    // One that the network plug-in of a dead node has left behind, and a volume.
    let (subnet, group) = (rig.id("subnet.private-a"), rig.id("security_group.redis"));
    let left = Thing::new("network_interface", "eni-left")
        .with("networkInterfaceId", "eni-left")
        .with("subnetId", subnet.clone())
        .with("vpcId", vpc)
        .with("status", "available")
        .uses(subnet)
        .uses(group.clone())
        .owned_by(Owner::Kubernetes);
    let volume = Thing::new("volume", "vol-left")
        .with("volumeId", "vol-left")
        .with("status", "in-use")
        .owned_by(Owner::Kubernetes);
    let now = rig.local.clock.now();
    for mut thing in [left, volume] {
        thing.region = "us-east-1".to_owned();
        rig.local.world(|world| world.create(thing, now).map(drop)).unwrap().unwrap();
    }
    let rule = Address::parse("security_group_rule.redis-nodes").unwrap();
    rig.lower(&rule).await;
    rig.refused("security_group.redis").await;
    let call = ec2.describe_network_interfaces().filters(by("group-id", &group));
    let answer = call.filters(by("status", "available")).send().await.unwrap();
    assert_eq!(answer.network_interfaces()[0].network_interface_id(), Some("eni-left"));
    ec2.delete_network_interface().network_interface_id("eni-left").send().await.unwrap();
    rig.lower(&Address::parse("security_group.redis").unwrap()).await;

    let refused = ec2.delete_volume().volume_id("vol-left").send().await.unwrap_err();
    assert_eq!(verdict(&Failure::from(refused)), Verdict::InUse);
    let free =
        |world: &mut World| world.things.get_mut("vol-left").unwrap().set("status", "available");
    rig.local.world(free).unwrap();
    ec2.delete_volume().volume_id("vol-left").send().await.unwrap();
    assert!(ec2.describe_volumes().send().await.unwrap().volumes().is_empty());
}
