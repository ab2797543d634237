//! Things that fail, change in place, or go slowly.

use std::collections::BTreeSet;
use std::time::Duration;

use edxaws::address::Address;
use edxaws::aws::{Failure, Verdict, verdict};
use edxaws::diff::Change;
use edxaws::profile::Nat;
use edxaws::resource::{Ready, Ref};
use edxaws::resources::ec2::{LaunchTemplate, Route, SecurityGroup};
use edxaws::resources::kind;
use serde_json::Value;

use crate::rig::{Rig, network_of, settings};

#[tokio::test(start_paused = true)]
async fn a_nat_gateway_without_an_internet_gateway_fails() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    for address in ["vpc.main", "subnet.public-a", "elastic_ip.nat-a"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let node = rig.node("nat_gateway.a");
    rig.create(&node).await.unwrap();
    rig.scope.clock.sleep(Duration::from_secs(180)).await;
    let live = rig.find(&node.address).await.unwrap();
    let ready = kind("nat_gateway").unwrap().ready(&node.desired, &live).unwrap();
    let Ready::Failed(why) = ready else { panic!("{ready:?}") };
    assert!(why.contains("no Internet gateway attached"), "{why}");
    // A failed one holds no address.
    rig.lower(&Address::parse("elastic_ip.nat-a").unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_nat_gateway_is_shown_for_an_hour_but_not_listed() {
    let settings = settings(|one| {
        one.network.zones = 2;
        one.network.nat = Nat::Single;
    });
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    rig.raise_all().await;
    let id = rig.id("nat_gateway.a");
    rig.delete(&Address::parse("nat_gateway.a").unwrap()).await.unwrap();
    let state = async |rig: &Rig| {
        let call = rig.scope.aws.ec2.describe_nat_gateways().nat_gateway_ids(&id);
        let answer = call.send().await.map_err(Failure::from)?;
        let state = answer.nat_gateways()[0].state().unwrap().as_str().to_owned();
        Ok::<_, Failure>(state)
    };
    assert_eq!(state(&rig).await.unwrap(), "deleting");
    // Its routes are black holes by now.
    let route = rig.find(&Ref::<Route>::to("private-a").address).await.unwrap();
    assert_eq!(route["state"], "blackhole");
    rig.scope.clock.sleep(Duration::from_secs(120)).await;
    assert_eq!(state(&rig).await.unwrap(), "deleted");
    assert!(rig.list("nat_gateway").await.is_empty());
    rig.scope.clock.sleep(Duration::from_secs(3700)).await;
    assert_eq!(verdict(&state(&rig).await.unwrap_err()), Verdict::Gone);
}

#[tokio::test(start_paused = true)]
async fn one_nat_gateway_becomes_one_a_zone_by_changing_routes_alone() {
    let single = settings(|one| {
        one.network.zones = 2;
        one.network.nat = Nat::Single;
    });
    let mut rig = Rig::new(network_of(&single, &["a", "b"])).await;
    rig.raise_all().await;
    let wanted = network_of(&settings(|one| one.network.zones = 2), &["a", "b"]);
    rig.graph = wanted;
    for address in ["elastic_ip.nat-b", "nat_gateway.b"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let changed: Vec<_> = rig
        .graph
        .nodes()
        .filter(|node| {
            let kind = kind(node.address.kind()).unwrap();
            let change = kind.diff(&node.desired, &rig.live[&node.address], &rig.facts()).unwrap();
            assert!(!matches!(change, Change::Replace(_)), "{}", node.address);
            change != Change::Keep
        })
        .cloned()
        .collect();
    let names: Vec<&str> = changed.iter().map(|node| node.address.as_str()).collect();
    assert_eq!(names, ["route.private-b"]);
    let kind = kind("route").unwrap();
    let (live, claim) = (&rig.live[&changed[0].address], rig.claims[&changed[0].address].clone());
    kind.update(&rig.scope(), &changed[0].desired, live, &claim).await.unwrap();
    let live = rig.find(&changed[0].address).await.unwrap();
    assert_eq!(live["to"], rig.id("nat_gateway.b"));
}

#[tokio::test(start_paused = true)]
async fn a_subnet_moves_between_route_tables() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    for address in ["vpc.main", "subnet.private-a", "subnet.private-b", "subnet.data-a"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    for address in ["route_table.private-a", "route_table.private-b"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let mut node = rig.node("route_table.private-a");
    let both = [rig.graph.get(&node.address).unwrap().desired["subnets"][0].clone()];
    let other = rig.node("route_table.private-b").desired["subnets"][0].clone();
    node.desired["subnets"] = Value::Array(both.into_iter().chain([other]).collect());
    let claim = rig.claims[&node.address].clone();
    let kind = kind("route_table").unwrap();
    let live = rig.live[&node.address].clone();
    kind.update(&rig.scope(), &node.desired, &live, &claim).await.unwrap();
    let live = rig.find(&node.address).await.unwrap();
    assert_eq!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Keep);
    let robbed = rig.find(&Address::parse("route_table.private-b").unwrap()).await.unwrap();
    assert!(robbed["associations"].as_object().unwrap().is_empty());
    // And back: the first lets go, so the second takes what is free.
    let node = rig.node("route_table.private-a");
    kind.update(&rig.scope(), &node.desired, &live, &claim).await.unwrap();
    let live = rig.find(&node.address).await.unwrap();
    assert_eq!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Keep);
}

#[tokio::test(start_paused = true)]
async fn a_launch_template_changes_by_new_versions() {
    let settings = settings(|one| one.network.zones = 2);
    let mut graph = network_of(&settings, &["a", "b"]);
    let nodes = Ref::<SecurityGroup>::to("nodes");
    let template = |disk_gib| LaunchTemplate {
        name: "edxaws-test-workers".to_owned(),
        security_groups: vec![nodes.clone()],
        disk_gib,
    };
    graph.add("workers", template(50));
    let mut rig = Rig::new(graph).await;
    for address in ["vpc.main", "security_group.nodes", "launch_template.workers"] {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let address = Address::parse("launch_template.workers").unwrap();
    assert_eq!(rig.live[&address]["version"], 1);
    let node = rig.node("launch_template.workers");
    assert_eq!(rig.create(&node).await.unwrap()["id"], rig.live[&address]["id"]);

    rig.graph.add("workers", template(80));
    let node = rig.node("launch_template.workers");
    let (kind, claim) = (kind("launch_template").unwrap(), rig.claims[&address].clone());
    let live = rig.live[&address].clone();
    assert!(matches!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Update(_)));
    // As after a kill between the two calls of an update.
    for _ in 0..3 {
        kind.update(&rig.scope(), &node.desired, &live, &claim).await.unwrap();
    }
    let live = rig.find(&address).await.unwrap();
    assert_eq!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Keep);
    assert_eq!(live["version"], 2);
    assert_eq!(live["disk"]["gib"], 80);

    let call = rig.scope.aws.ec2.describe_launch_template_versions();
    let answer = call.launch_template_id(rig.id("launch_template.workers")).send().await.unwrap();
    assert_eq!(answer.launch_template_versions().len(), 2);
    let data = answer.launch_template_versions()[0].launch_template_data().unwrap();
    let tags = data.tag_specifications()[0].tags();
    let keys: BTreeSet<&str> = tags.iter().map(|tag| tag.key().unwrap()).collect();
    assert_eq!(keys, BTreeSet::from(["Name", "edxaws:stack", "team"]));
    assert_eq!(data.metadata_options().unwrap().http_tokens().unwrap().as_str(), "required");
    rig.lower(&address).await;
}

#[tokio::test(start_paused = true)]
async fn a_rule_changes_in_place_and_a_changed_source_replaces_it() {
    let settings = settings(|one| one.network.zones = 2);
    let mut rig = Rig::new(network_of(&settings, &["a", "b"])).await;
    let addresses =
        ["vpc.main", "security_group.alb", "security_group.nodes", "security_group_rule.nodes-alb"];
    for address in addresses {
        let node = rig.node(address);
        rig.raise(&node).await;
    }
    let mut node = rig.node("security_group_rule.nodes-alb");
    node.desired["traffic"] = serde_json::json!({"tcp": 31000});
    node.desired["description"] = "another port".into();
    let kind = kind("security_group_rule").unwrap();
    let (live, claim) = (rig.live[&node.address].clone(), rig.claims[&node.address].clone());
    assert!(matches!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Update(_)));
    kind.update(&rig.scope(), &node.desired, &live, &claim).await.unwrap();
    let live = rig.find(&node.address).await.unwrap();
    assert_eq!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Keep);
    node.desired["from"] = serde_json::json!({"cidr": "10.0.0.0/8"});
    assert!(matches!(kind.diff(&node.desired, &live, &rig.facts()).unwrap(), Change::Replace(_)));
}
