//! Whole networks rise, stay as they are, and fall.

use edxaws::address::Address;
use edxaws::aws::{Failure, Verdict, verdict};
use edxaws::diff::Change;
use edxaws::graph::Graph;
use edxaws::profile::{CacheMode, MongodbMode, Nat, Settings};
use edxaws::resource::{Identity, Ref};
use edxaws::resources::ec2::{NatGateway, Route, SecurityGroup};
use edxaws::resources::kind;
use edxaws::stack::network;

use crate::rig::{Rig, network_of, place, settings};

async fn rises_and_falls(settings: &Settings, zones: &[&str]) -> Rig {
    let mut rig = Rig::new(network_of(settings, zones)).await;
    rig.raise_all().await;
    rig.local.clear_trace();
    let mut seen = 0;
    for name in rig.kinds() {
        for found in rig.list(&name).await {
            let address = found.address.unwrap();
            let node = rig.graph.get(&address).unwrap();
            let kind = kind(&name).unwrap();
            let change = kind.diff(&node.desired, &found.live, &rig.facts()).unwrap();
            assert_eq!(change, Change::Keep, "{address}");
            if kind.identity() != Identity::Relation {
                assert_eq!(found.token.as_ref(), Some(&rig.claims[&address].token), "{address}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, rig.graph.len(), "every node is found once");
    rig
}

async fn falls(mut rig: Rig) {
    let order: Vec<Address> =
        rig.graph.order().unwrap().into_iter().map(|node| node.address.clone()).collect();
    for address in order.iter().rev() {
        rig.lower(address).await;
    }
    assert_eq!(rig.left(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_network_with_a_nat_gateway_a_zone() {
    let settings = settings(|one| {
        one.network.nat = Nat::PerZone;
        one.network.zones = 3;
        one.mongodb.mode = MongodbMode::Documentdb;
    });
    let rig = rises_and_falls(&settings, &["a", "b", "c"]).await;
    // vpc 3, igw 1, subnets 1, tables 1, routes 1, addresses 1, nat 1, endpoint 1, groups 1, rules 1
    assert_eq!(rig.local.trace().len(), 12);
    let count = |name: &str| rig.graph.nodes().filter(|n| n.address.kind() == name).count();
    let counts = ["subnet", "route_table", "route", "nat_gateway", "security_group"].map(count);
    assert_eq!(counts, [9, 5, 4, 3, 5]);
    falls(rig).await;
}

#[tokio::test(start_paused = true)]
async fn a_network_with_one_nat_gateway() {
    let settings = settings(|one| {
        one.network.nat = Nat::Single;
        one.network.zones = 2;
        one.cache.mode = CacheMode::InCluster;
    });
    let rig = rises_and_falls(&settings, &["b", "d"]).await;
    assert!(rig.graph.get(&Ref::<NatGateway>::to("b").address).is_some());
    assert!(rig.graph.get(&Ref::<NatGateway>::to("d").address).is_none());
    assert!(rig.graph.get(&Ref::<SecurityGroup>::to("redis").address).is_none());
    falls(rig).await;
}

#[tokio::test(start_paused = true)]
async fn a_network_without_nat_puts_nodes_into_public_subnets() {
    let settings = settings(|one| {
        one.network.nat = Nat::None;
        one.network.zones = 2;
        one.network.s3_endpoint = false;
    });
    let mut graph = Graph::new();
    let network = network::build(&mut graph, &settings, &place(&["a", "b"])).unwrap();
    assert_eq!(network.node_subnets, network.public);
    assert_eq!(network.ways_out, [Ref::<Route>::to("public")]);
    let rig = rises_and_falls(&settings, &["a", "b"]).await;
    let public = &rig.live[&network.public[0].address];
    assert_eq!(public["public_addresses"], true);
    assert_eq!(rig.live[&network.private[0].address]["public_addresses"], false);
    falls(rig).await;
}

#[tokio::test(start_paused = true)]
async fn subnets_carry_the_tags_of_balancer_controllers() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    for address in ["vpc.main", "subnet.public-a", "subnet.private-a", "subnet.data-a"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let ec2 = &rig.scope.aws.ec2;
    let answer = ec2.describe_subnets().send().await.unwrap();
    let tagged = |key: &str| -> Vec<&str> {
        let has =
            |tag: &aws_sdk_ec2::types::Tag| tag.key() == Some(key) && tag.value() == Some("1");
        let those = answer.subnets().iter().filter(|one| one.tags().iter().any(has));
        those.map(|one| one.subnet_id().unwrap()).collect()
    };
    assert_eq!(tagged("kubernetes.io/role/elb"), [rig.id("subnet.public-a")]);
    assert_eq!(tagged("kubernetes.io/role/internal-elb"), [rig.id("subnet.private-a")]);
    let team = answer.subnets()[0].tags().iter().find(|tag| tag.key() == Some("team"));
    assert_eq!(team.and_then(|tag| tag.value()), Some("learning"));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_create_makes_no_second_object() {
    let settings = settings(|one| {
        one.network.zones = 2;
        one.network.nat = Nat::Single;
    });
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    rig.raise_all().await;
    let before = rig.left().len();
    let addresses = ["route_table.data", "nat_gateway.a", "vpc_endpoint.s3"];
    for address in addresses {
        let node = rig.node(address);
        let again = rig.create(&node).await.unwrap();
        assert_eq!(again["id"].as_str(), Some(rig.id(address).as_str()), "{address}");
    }
    for address in ["security_group.nodes", "security_group_rule.nodes-self", "route.public"] {
        let node = rig.node(address);
        let failure = rig.create(&node).await.unwrap_err();
        assert_eq!(verdict(&failure), Verdict::Exists, "{failure}");
    }
    assert_eq!(rig.left().len(), before);
    for name in rig.kinds() {
        let wanted = rig.graph.nodes().filter(|node| node.address.kind() == name).count();
        assert_eq!(rig.list(&name).await.len(), wanted, "{name}");
    }
    // A token is good for one request only.
    let ec2 = &rig.scope.aws.ec2;
    let token = &rig.claims[&Address::parse("route_table.data").unwrap()].token;
    let call = ec2.create_route_table().client_token(token).vpc_id(rig.id("vpc.main"));
    let failure = Failure::from(call.send().await.unwrap_err());
    assert_eq!(failure.code, "IdempotentParameterMismatch");
}
