//! What AWS says about zones, types and tags; what the graph waits for.

use std::collections::BTreeSet;

use edxaws::aws::Failure;
use edxaws::graph::Graph;
use edxaws::resource::Ref;
use edxaws::resources::ec2::{ElasticIp, NatGateway, Route, Way};
use edxaws::stack::network;
use edxaws::stack::network::NetworkError;

use crate::rig::{Rig, by, network_of, place, settings};

#[tokio::test(start_paused = true)]
async fn zones_and_types_are_aws_s() {
    let rig = Rig::new(Graph::new()).await;
    let ec2 = &rig.scope.aws.ec2;
    let zones = ec2.describe_availability_zones().send().await.unwrap();
    let names: Vec<_> = zones.availability_zones().iter().map(|z| z.zone_name().unwrap()).collect();
    assert_eq!(
        names.join(" "),
        "us-east-1a us-east-1b us-east-1c us-east-1d us-east-1e us-east-1f"
    );
    let offered = async |kind: &str| -> BTreeSet<String> {
        let call = ec2.describe_instance_type_offerings().filters(by("instance-type", kind));
        let answer = call.location_type("availability-zone".into()).send().await.unwrap();
        answer.instance_type_offerings().iter().map(|o| o.location().unwrap().to_owned()).collect()
    };
    assert_eq!(offered("m7i.large").await.len(), 5);
    assert!(!offered("m7g.large").await.contains("us-east-1e"));
    assert!(offered("z9.large").await.is_empty());
    let answer = ec2.describe_instance_types().instance_types("m7g.large".into()).send().await;
    let answer = answer.unwrap();
    let one = &answer.instance_types()[0];
    assert_eq!(one.v_cpu_info().unwrap().default_v_cpus(), Some(2));
    assert_eq!(one.memory_info().unwrap().size_in_mib(), Some(8192));
    let arch = one.processor_info().unwrap().supported_architectures()[0].as_str();
    assert_eq!(arch, "arm64");
    let unknown = ec2.describe_instance_types().instance_types("z9.large".into()).send().await;
    assert_eq!(Failure::from(unknown.unwrap_err()).code, "InvalidInstanceType");
}

#[tokio::test(start_paused = true)]
async fn tags_can_be_read_and_taken_away() {
    let mut rig = Rig::new(Graph::new()).await;
    rig.graph.add("nat-a", ElasticIp {});
    let node = rig.node("elastic_ip.nat-a");
    rig.raise(&node).await;
    let (ec2, id) = (rig.scope.aws.ec2.clone(), rig.id("elastic_ip.nat-a"));
    let keys = async || -> Vec<String> {
        let call = ec2.describe_tags().filters(by("resource-id", &id));
        let answer = call.send().await.unwrap();
        answer.tags().iter().map(|tag| tag.key().unwrap().to_owned()).collect()
    };
    assert_eq!(keys().await, ["Name", "edxaws:address", "edxaws:claim", "edxaws:stack", "team"]);
    let tag = aws_sdk_ec2::types::Tag::builder().key("edxaws:stack").build();
    ec2.delete_tags().resources(&id).tags(tag).send().await.unwrap();
    assert_eq!(keys().await, ["Name", "edxaws:address", "edxaws:claim", "team"]);
    assert!(rig.list("elastic_ip").await.is_empty(), "without our tag it is not ours");
}

#[test]
fn routes_and_nat_gateways_name_what_they_lead_to() {
    let settings = settings(|one| one.network.zones = 2);
    let graph = network_of(&settings, &["a", "b"]);
    let route = Ref::<Route>::to("private-b").address;
    let desired: Route =
        serde_json::from_value(graph.get(&route).unwrap().desired.clone()).unwrap();
    assert!(matches!(desired.to, Way::NatGateway(nat) if nat == Ref::<NatGateway>::to("b")));
    // Nothing of the network waits for a NAT gateway but the private routes.
    let waits: Vec<&str> = graph
        .nodes()
        .filter(|node| node.needs.iter().any(|need| need.kind() == "nat_gateway"))
        .map(|node| node.address.as_str())
        .collect();
    assert_eq!(waits, ["route.private-a", "route.private-b"]);
}

#[test]
fn a_region_with_too_few_zones_is_named() {
    let settings = settings(|one| one.network.zones = 3);
    let error = network::build(&mut Graph::new(), &settings, &place(&["a", "b"])).unwrap_err();
    assert!(matches!(error, NetworkError::TooFewZones { wanted: 3, has: 2, .. }));
}
