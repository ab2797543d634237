//! What Kubernetes' controllers leave in AWS: swept when the cluster is gone, named when it blocks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use aws_sdk_ec2::types::{IpPermission, ResourceType, Tag, TagSpecification, UserIdGroupPair};
use aws_sdk_elasticloadbalancingv2::types as elb;
use edxaws::event::Event;
use edxaws::state::Phase;
use edxaws_localstack::{Owner, Store, Thing};
use stage::{OnCluster, Stage};

const CLUSTER: &str = "edxaws-dev-main";

/// One live value of a recorded resource.
fn live(stage: &Stage, address: &str, name: &str) -> String {
    let address = edxaws::address::Address::parse(address).unwrap();
    let live = stage.state.records[&address].live.clone().unwrap();
    live[name].as_str().unwrap().to_owned()
}

/// A load balancer with a target group and a security group that the nodes let in, as the load
/// balancer controller makes them for a Service or an Ingress.
async fn balancer(stage: &Stage, name: &str, tags: &[(&str, &str)]) -> String {
    let aws = &stage.scope.aws;
    let vpc = live(stage, "vpc.main", "id");
    let pairs = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build());
    let spec = TagSpecification::builder()
        .resource_type(ResourceType::SecurityGroup)
        .set_tags(Some(pairs.collect()))
        .build();
    let group = aws.ec2.create_security_group().group_name(format!("k8s-{name}")).vpc_id(&vpc);
    let group = group.description("managed").tag_specifications(spec).send().await.unwrap();
    let group = group.group_id().unwrap();
    let pair = UserIdGroupPair::builder().group_id(group).build();
    let rule = IpPermission::builder().ip_protocol("tcp").from_port(8080).to_port(8080);
    let rule = rule.user_id_group_pairs(pair).build();
    let nodes = live(stage, "security_group.nodes", "id");
    let call = aws.ec2.authorize_security_group_ingress().group_id(nodes).ip_permissions(rule);
    call.send().await.unwrap();
    let pairs = tags.iter().map(|(key, value)| elb::Tag::builder().key(*key).value(*value).build());
    let pairs: Vec<elb::Tag> = pairs.collect();
    let subnets = ["subnet.public-a", "subnet.public-b"].map(|subnet| live(stage, subnet, "id"));
    let call = aws.elbv2.create_load_balancer().name(format!("k8s-{name}"));
    let call = call.set_subnets(Some(subnets.to_vec())).security_groups(group);
    let made = call.set_tags(Some(pairs.clone())).send().await.unwrap();
    let call = aws.elbv2.create_target_group().name(format!("k8s-{name}")).vpc_id(vpc);
    let call = call.port(8080).protocol(elb::ProtocolEnum::Http);
    call.target_type(elb::TargetTypeEnum::Ip).set_tags(Some(pairs)).send().await.unwrap();
    made.load_balancers()[0].load_balancer_arn().unwrap().to_owned()
}

fn volume(id: &str) -> Thing {
    let tags = [
        (format!("kubernetes.io/cluster/{CLUSTER}"), "owned".to_owned()),
        ("kubernetes.io/created-for/pvc/name".to_owned(), "data-mongodb-0".to_owned()),
    ];
    Thing::new("volume", id)
        .with("volumeId", id)
        .with("size", 50)
        .with("volumeType", "gp3")
        .tagged(BTreeMap::from(tags))
        .owned_by(Owner::Kubernetes)
}

/// The nodes leave the interfaces of their pods behind, and a volume is left.
fn leave_behind(stage: &Stage) {
    let region = stage.settings.region.clone();
    stage
        .local
        .world(|world| {
            let groups = world.things.values_mut().filter(|thing| thing.kind == "eks_nodegroup");
            groups.for_each(|group| group.set("$leaks", true));
            world.create(Thing { region, ..volume("vol-0left") }, 0.0).map(|_| ()).unwrap();
        })
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_controllers_left_is_swept_between_the_cluster_and_the_network() {
    let mut stage = Stage::new("dev", 21).await;
    assert!(stage.up().await.failed.is_empty());
    balancer(&stage, "caddy", &[("elbv2.k8s.aws/cluster", CLUSTER)]).await;
    leave_behind(&stage);
    let log = format!("/aws/eks/{CLUSTER}/cluster");
    // EKS makes one where the stack has none.
    let made = stage.scope.aws.logs.create_log_group().log_group_name(log).send().await;
    let born = made.is_ok();
    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(stage.inventory().len(), 0, "{:#?}", stage.inventory());
    let deleted: Vec<String> = stage.mutating().into_iter().map(|call| call.action).collect();
    let swept = |action: &str| deleted.iter().any(|one| one == action);
    assert!(swept("DeleteNetworkInterface") && swept("DeleteVolume"), "{deleted:?}");
    assert!(!born || swept("DeleteLogGroup"));
}

#[tokio::test(start_paused = true)]
async fn volumes_stay_unless_data_may_go() {
    let mut stage = Stage::new("dev", 22).await;
    assert!(stage.up().await.failed.is_empty());
    leave_behind(&stage);
    let summary = stage.destroy_keeping_data().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(stage.inventory().contains("volume vol-0left"), "{:#?}", stage.inventory());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_clusters_is_not_touched_but_named_when_it_blocks() {
    let mut stage = Stage::new("dev", 23).await;
    assert!(stage.up().await.failed.is_empty());
    // Of another cluster in the same network: nobody's business, but in the way.
    let tags = [("elbv2.k8s.aws/cluster", "another"), ("service.k8s.aws/stack", "openedx/caddy")];
    let arn = balancer(&stage, "caddy", &tags).await;
    let summary = stage.destroy().await;
    let subnet = summary.failed.iter().find(|one| one.address.kind() == "subnet").unwrap();
    let used = "is used by `eni-";
    let made = "made by the load balancer controller for Service `openedx/caddy`";
    assert!(subnet.why.contains(used) && subnet.why.contains(made), "{}", subnet.why);
    let nodes = summary.failed.iter().find(|one| one.address.name() == "nodes");
    assert!(nodes.is_none(), "a rule in our own group holds nothing of ours back: {nodes:?}");
    let mut refused = stage.events.iter().filter_map(|one| match &one.event {
        Event::StepRetrying { address, reason, .. } if *address == subnet.address => {
            Some((one.elapsed, reason.contains(made)))
        }
        _ => None,
    });
    let (first, said) = refused.next().unwrap();
    assert!(!said, "what usually goes soon needs no explanation");
    let (then, _) = refused.find(|&(_, said)| said).expect("the reason is shown while it waits");
    assert!(then >= first + 50.0, "it was looked for after {} s", then - first);
    let there = stage.scope.aws.elbv2.describe_load_balancers().load_balancer_arns(arn);
    assert_eq!(there.send().await.unwrap().load_balancers().len(), 1, "it is another's");
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_cannot_end_says_what_is_left_and_a_later_run_goes_on() {
    let mut stage = Stage::new("dev", 24).await;
    assert!(stage.up().await.failed.is_empty());
    let region = stage.settings.region.clone();
    let attached = serde_json::json!({"item": [{"instanceId": "i-other", "status": "attached"}]});
    let held = volume("vol-0held").with("status", "in-use").with("attachmentSet", attached);
    let others = [Thing { region, ..held }, Thing::new("instance", "i-other")];
    let put = |world: &mut edxaws_localstack::World| {
        for one in others {
            world.create(one, 0.0).unwrap();
        }
    };
    stage.local.world(put).unwrap();
    let summary = stage.destroy().await;
    let why = &summary.failed[0].why;
    assert_eq!(summary.failed[0].address.as_str(), "network_leftovers.main");
    assert!(why.contains("the volume `vol-0held`"), "{why}");
    assert!(why.contains("for the claim `data-mongodb-0`"), "{why}");
    stage
        .local
        .world(|world| ["vol-0held", "i-other"].iter().for_each(|id| world.remove(id)))
        .unwrap();
    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(stage.inventory().len(), 0, "{:#?}", stage.inventory());
}

fn edxaws(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_edxaws"))
        .args(args)
        .args(["--profile", "dev", "--sandbox", "--yes"])
        .arg("--state")
        .arg(folder)
        .arg("--profiles")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"))
        .env("EDXAWS_SANDBOX_SCALE", "120")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Puts a thing into the sandbox's world, as somebody else would.
fn place(folder: &Path, thing: Thing) {
    let (store, clock) = Store::file(&folder.join("sandbox.world.json"), 42, 120.0).unwrap();
    let region = "us-east-1".to_owned();
    let now = clock.now();
    store.with(|world| world.create(Thing { region, ..thing }, now).map(|_| ()).unwrap()).unwrap();
}

#[test]
fn the_audit_names_what_is_kept_and_what_is_left_with_its_cost() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = edxaws(folder.path(), &["up"]);
    assert_eq!(code, Some(0), "{text}");
    place(folder.path(), volume("vol-0kept"));
    let mut tags = BTreeMap::from([("edxaws:stack".to_owned(), "dev".to_owned())]);
    tags.insert("edxaws:address".to_owned(), "elastic_ip.nat-a".to_owned());
    tags.insert("edxaws:claim".to_owned(), "somebody-elses".to_owned());
    let address = Thing::new("elastic_ip", "eipalloc-0left")
        .with("allocationId", "eipalloc-0left")
        .with("publicIp", "198.51.100.7")
        .with("domain", "vpc")
        .tagged(tags);
    place(folder.path(), address);
    let (code, text) = edxaws(folder.path(), &["destroy"]);
    assert_eq!(code, Some(1), "{text}");
    let kept = text.lines().find(|line| line.starts_with("kept: the volume `vol-0kept`"));
    let kept = kept.unwrap_or_else(|| panic!("{text}"));
    assert!(kept.contains("for the claim `data-mongodb-0`"), "{kept}");
    assert!(kept.contains("about $4") && kept.contains("it holds data"), "{kept}");
    assert!(text.contains("one object of this stack is left"), "{text}");
    assert!(text.contains("`elastic_ip.nat-a` (eipalloc-0left) (about $3.65 a month)"), "{text}");
    let (code, text) = edxaws(folder.path(), &["destroy", "--sweep", "--delete-data"]);
    assert_eq!(code, Some(0), "{text}");
}

/// Somebody took the caller's access entry away while a Job was being made: nobody can look for it.
/// It goes with the cluster, and so do the volumes that only Kubernetes would have removed.
#[tokio::test(start_paused = true)]
async fn whoever_is_locked_out_of_the_cluster_can_still_take_it_away() {
    let mut stage = Stage::new("dev", 5).await;
    stage.on_cluster = OnCluster::Platforms;
    assert!(stage.up().await.failed.is_empty());
    let jobs = stage.state.records.iter_mut();
    let (job, record) =
        jobs.rev().find(|(address, _)| address.kind() == "kubernetes_job").expect("a job");
    let job = job.clone();
    (record.phase, record.live) = (Phase::Claimed, None);
    let locked_out = |world: &mut edxaws_localstack::World| {
        let entries: Vec<String> =
            world.of_kind("eks_access_entry").map(|e| e.id.clone()).collect();
        entries.iter().for_each(|id| world.remove(id));
        let volumes = world.of_kind("volume").filter(|one| one.owner == Owner::Kubernetes);
        assert!(volumes.count() > 0, "a claim has a volume");
    };
    stage.local.world(locked_out).unwrap();
    let gone = stage.destroy().await;
    assert!(gone.failed.is_empty(), "{:#?}", gone.failed);
    assert!(gone.done.contains(&job));
    assert!(stage.state.records.is_empty());
    let left = stage.local.world(|world| world.of_kind("volume").count()).unwrap();
    assert_eq!(left, 0, "volumes");
}
