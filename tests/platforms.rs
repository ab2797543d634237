//! Open edX on the cluster, from the first `up` to the last `destroy`, on the local AWS and its
//! Kubernetes: one platform, a changed setting, two platforms of which one goes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::collections::BTreeMap;
use std::time::Duration;

use edxaws::address::Address;
use edxaws::aws::Depth;
use edxaws::engine::{Choice, Plan, Select, plan_destroy, plan_up};
use edxaws::profile::ServiceSettings;
use edxaws::stack::platform::owns;
use edxaws::state::Record;
use stage::{OnCluster, Stage};

async fn sandbox(platforms: &[&str]) -> Stage {
    let mut stage = Stage::new("sandbox", 7).await;
    stage.on_cluster = OnCluster::Platforms;
    let site = stage.settings.platforms["demo"].clone();
    stage.settings.platforms = platforms
        .iter()
        .map(|name| {
            let mut site = site.clone();
            site.lms_host = format!("{name}.edx.sandbox.test");
            ((*name).to_owned(), site)
        })
        .collect();
    stage
}

async fn up(stage: &mut Stage) {
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
}

/// Autoscalers raise to their least number once they see a Deployment; its pods need their time.
async fn settle(stage: &Stage) {
    stage.scope.clock.sleep(Duration::from_secs(600)).await;
}

fn of_kind<'a>(stage: &'a Stage, kind: &'a str) -> impl Iterator<Item = &'a Address> {
    stage.state.records.keys().filter(move |address| address.kind() == kind)
}

fn steps(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.address.as_str()).collect()
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_platform_comes_up_stays_and_goes() {
    let before = Stage::new("sandbox", 7).await.inventory();
    let mut stage = sandbox(&["demo"]).await;
    up(&mut stage).await;
    assert_eq!(of_kind(&stage, "https_check").count(), 1);
    assert_eq!(of_kind(&stage, "kubernetes_job").count(), 6);
    let text = serde_json::to_string(&stage.state).unwrap();
    assert!(!text.contains("script.sh") && !text.contains("SECRET_KEY"), "a body is recorded");

    settle(&stage).await;
    let again = stage.plan().await;
    assert_eq!(steps(&again), [""; 0], "a second run changes nothing: {again:#?}");

    let room = ServiceSettings { memory: Some("1Gi".to_owned()), ..ServiceSettings::default() };
    stage.settings.openedx.services.insert("mfe".to_owned(), room);
    let changed = stage.plan().await;
    assert_eq!(
        steps(&changed),
        ["kubernetes_workload.demo-mfe"],
        "it rolls out just what it touches"
    );
    up(&mut stage).await;

    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(stage.state.records.is_empty(), "{:?}", stage.state.records.keys());
    assert_eq!(stage.inventory(), before);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn hosts_of_more_than_one_certificate_are_never_without_theirs() {
    let names: Vec<String> = (10..22).map(|number| format!("s{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut stage = sandbox(&names).await;
    stage.on_cluster = OnCluster::Nothing;
    let before = stage.inventory();
    up(&mut stage).await;
    assert_eq!(of_kind(&stage, "certificate").count(), 2, "12 wildcards, the zone and its own");
    let https = Address::new("listener", "https");
    let more = |stage: &Stage| -> Vec<String> {
        let live = stage.state.records[&https].live.as_ref().unwrap();
        serde_json::from_value(live["more_certificate_arns"].clone()).unwrap()
    };
    let first = more(&stage);
    assert_eq!(first.len(), 1);
    let again = stage.plan_at(Depth::Thorough).await;
    assert_eq!(steps(&again), [""; 0], "{again:#?}");

    let mut site = stage.settings.platforms["s10"].clone();
    site.lms_host = "z.edx.sandbox.test".to_owned();
    stage.settings.platforms.insert("z".to_owned(), site);
    stage.local.clear_trace();
    up(&mut stage).await;
    assert!(more(&stage).len() == 1 && more(&stage) != first, "{first:?}");
    let trace = stage.local.trace();
    let at = |action: &str| trace.iter().position(|call| call.action == action).unwrap();
    let (added, removed) = (at("AddListenerCertificates"), at("RemoveListenerCertificates"));
    assert!(added < removed && removed < at("DeleteCertificate"));

    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert_eq!(stage.inventory(), before);
}

/// Pods for which a node fetched Open edX's own image, which takes it the better part of a minute.
fn fetchers(stage: &Stage) -> Vec<String> {
    let found = stage.local.world(|world| {
        let cluster = world.kubernetes.clusters.values().next().expect("a cluster");
        let events = cluster.list("events", None).filter(|event| {
            let message = event["message"].as_str().unwrap_or_default();
            event["reason"] == "Pulled" && message.contains("/openedx:")
        });
        let pods = events.map(|event| event["involvedObject"]["name"].as_str().unwrap().to_owned());
        pods.collect()
    });
    found.expect("a world in memory")
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn images_are_on_the_nodes_before_anyone_needs_them() {
    let mut stage = sandbox(&["demo"]).await;
    up(&mut stage).await;
    let pods = fetchers(&stage);
    assert!(!pods.is_empty(), "nobody fetched it");
    assert!(pods.iter().all(|pod| pod.starts_with("images-")), "{pods:?}");
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn one_of_two_platforms_goes_and_nothing_else_does() {
    let mut stage = sandbox(&["one", "two"]).await;
    up(&mut stage).await;
    let owned = |address: &Address, record: &Record| owns("two", address, &record.desired);
    let others = |stage: &Stage| -> BTreeMap<Address, String> {
        let others = stage.state.records.iter().filter(|(address, one)| !owned(address, one));
        others
            .map(|(address, one)| (address.clone(), serde_json::to_string(one).unwrap()))
            .collect()
    };
    let before = others(&stage);

    let records = stage.state.records.iter().filter(|(address, one)| owned(address, one));
    let targets: Vec<Address> = records.map(|(address, _)| address.clone()).collect();
    assert!(targets.len() > 40, "{}", targets.len());
    let choice = Choice {
        targets: targets.clone(),
        delete_data: Select::Yes,
        lift_protection: Select::Yes,
        ..Choice::default()
    };
    let graph = stage.graph().await;
    let survey = stage.survey(&graph).await;
    let plan = plan_destroy(&stage.state, &survey, &choice).unwrap();
    assert_eq!(plan.steps.len(), targets.len(), "nothing else goes with it");
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert_eq!(others(&stage), before, "byte for byte");
    assert!(targets.iter().all(|address| !stage.state.records.contains_key(address)));

    // The profile without it is what is there now, but for the names it shared.
    let site = stage.settings.platforms.remove("two").unwrap();
    let rest = stage.plan().await;
    let shared = |step: &&str| {
        ["certificate", "distribution", "listener", "record_set"]
            .iter()
            .any(|kind| step.starts_with(kind))
    };
    let more: Vec<&str> = steps(&rest).into_iter().filter(|step| !shared(step)).collect();
    assert_eq!(
        more,
        ["kubernetes_object.cluster-configmap-web-config", "kubernetes_workload.cluster-web"]
    );

    // And it comes back alone.
    stage.settings.platforms.insert("two".to_owned(), site);
    let graph = stage.graph().await;
    let survey = stage.survey(&graph).await;
    let wanted = graph.nodes().filter(|node| owns("two", &node.address, &node.desired));
    let targets = wanted.map(|node| node.address.clone()).collect();
    let plan =
        plan_up(&graph, &stage.state, &survey, &Choice { targets, ..Choice::default() }).unwrap();
    let foreign: Vec<_> =
        plan.steps.iter().filter(|step| !owns("two", &step.address, &step.desired)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    settle(&stage).await;
    let again = stage.plan().await;
    assert_eq!(steps(&again), [""; 0]);
}
