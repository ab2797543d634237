//! The main job: up, up again, one number changed, repaired, destroyed; in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use edxaws::aws::Depth;
use edxaws::engine::{Action, Why, adopt_strays};
use edxaws::profile::{MongodbMode, Nat};
use edxaws_localstack::{Owner, Thing};
use stage::{Stage, critical_path};

/// A stranger's network that nobody may touch.
fn stranger(stage: &Stage) {
    let thing = Thing::new("vpc", "vpc-stranger").with("vpcId", "vpc-stranger");
    let thing = thing.with("cidrBlock", "10.99.0.0/16").owned_by(Owner::Stranger);
    stage
        .local
        .world(|world| {
            world.create(Thing { region: "us-east-1".to_owned(), ..thing }, 0.0).map(|_| ())
        })
        .unwrap()
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn prod_comes_up_stays_changes_repairs_and_goes() {
    let mut stage = Stage::new("prod", 11).await;
    stranger(&stage);
    let before = stage.inventory();
    let graph = stage.graph().await;
    assert!(graph.len() >= 85, "prod has {} nodes", graph.len());

    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert_eq!(summary.done.len(), graph.len());
    let bound = critical_path(&graph, &stage.durations());
    let ratio = summary.took.as_secs_f64() / bound;
    assert!(
        ratio <= 1.05,
        "took {:?}, the critical path is {bound:.0} s: {ratio:.3}",
        summary.took
    );

    stage.local.clear_trace();
    let again = stage.plan().await;
    assert!(again.is_empty(), "{:#?}", again.steps);
    let calls = stage.local.trace().len();
    assert!(calls <= 60, "a plan without change made {calls} calls: {:#?}", stage.local.trace());
    stage.local.clear_trace();
    let by_tags = stage.plan_at(Depth::Tags).await;
    assert!(by_tags.is_empty(), "{:#?}", by_tags.steps);
    let calls = stage.local.trace();
    assert!(calls.len() <= 25, "a plan by tags made {} calls: {calls:#?}", calls.len());
    let summary = stage.run(&again).await;
    assert!(summary.done.is_empty());
    assert_eq!(stage.mutating(), [], "a second `up` changes nothing");

    stage.settings.cluster.node_groups.get_mut("workers").unwrap().max += 1;
    let edited = stage.plan().await;
    assert_eq!(edited.steps.len(), 1, "{:#?}", edited.steps);
    assert_eq!(edited.steps[0].address.as_str(), "eks_nodegroup.workers");
    assert_eq!((edited.steps[0].action, &edited.steps[0].why), (Action::Update, &Why::Edited));
    stage.local.clear_trace();
    assert!(stage.run(&edited).await.failed.is_empty());
    let calls: Vec<String> = stage.mutating().into_iter().map(|call| call.action).collect();
    assert_eq!(calls, ["UpdateNodegroupConfig"]);

    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(stage.state.records.is_empty(), "{:?}", stage.state.records.keys());
    // What lingers after a load balancer is AWS's own and goes by itself.
    stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(stage.inventory(), before);
}

/// Groups that began with the same disks share nothing: one is rolled, by a new version of its own
/// launch template, and the plan says so.
#[tokio::test(start_paused = true)]
async fn another_disk_rolls_one_group() {
    let mut stage = Stage::new("prod", 12).await;
    let groups = &mut stage.settings.cluster.node_groups;
    groups.values_mut().for_each(|group| group.disk_gib = 60);
    assert!(stage.up().await.failed.is_empty());
    stage.settings.cluster.node_groups.get_mut("workers").unwrap().disk_gib = 120;
    let plan = stage.plan().await;
    let steps: Vec<_> = plan.steps.iter().map(|s| (s.address.as_str(), s.action)).collect();
    let updated = |address| (address, Action::Update);
    assert_eq!(steps, ["launch_template.workers", "eks_nodegroup.workers"].map(updated));
    stage.local.clear_trace();
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let calls: Vec<String> = stage.mutating().into_iter().map(|call| call.action).collect();
    assert!(calls.iter().any(|call| call == "UpdateNodegroupVersion"), "{calls:?}");
    let again = stage.plan().await;
    assert!(again.is_empty(), "{:#?}", again.steps);
}

#[tokio::test(start_paused = true)]
async fn what_a_stranger_deletes_is_seen_and_repaired() {
    let mut stage = Stage::new("dev", 3).await;
    assert!(stage.up().await.failed.is_empty());
    stage
        .local
        .world(|world| {
            let alarmed = world.things.values().find(|thing| {
                thing.tags.get("edxaws:address").is_some_and(|a| a == "log_group.eks")
                    || thing.tags.get("edxaws:address").is_some_and(|a| a.starts_with("budget."))
                    || thing.tags.get("edxaws:address").is_some_and(|a| a == "subnet.data-a")
            });
            let id = alarmed.unwrap().id.clone();
            world.remove(&id);
        })
        .unwrap();
    let by_tags = stage.plan_at(Depth::Tags).await;
    let plan = stage.plan().await;
    for plan in [&by_tags, &plan] {
        assert!(plan.steps.iter().any(|step| step.why == Why::Vanished), "{:#?}", plan.steps);
    }
    assert!(stage.run(&plan).await.failed.is_empty());
    assert!(stage.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_shipped_profile_comes_up_and_goes() {
    for (number, name) in ["dev", "staging", "prod", "sandbox"].into_iter().enumerate() {
        let mut stage = Stage::new(name, number as u64).await;
        let summary = stage.up().await;
        assert!(summary.failed.is_empty(), "{name}: {:#?}", summary.failed);
        let plan = stage.plan().await;
        assert!(plan.is_empty(), "{name}: {:#?}", plan.steps);
        let summary = stage.destroy().await;
        assert!(summary.failed.is_empty(), "{name}: {:#?}", summary.failed);
        stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
        assert_eq!(stage.inventory().len(), 0, "{name}: {:#?}", stage.inventory());
    }
}

#[tokio::test(start_paused = true)]
async fn other_choices_of_the_profile_work_too() {
    let mut stage = Stage::new("staging", 5).await;
    stage.settings.network.nat = Nat::None;
    stage.settings.mongodb.mode = MongodbMode::Documentdb;
    stage.settings.edge.cdn = true;
    stage.settings.mail.ses = true;
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(stage.plan().await.is_empty());
    assert!(stage.destroy().await.failed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_sweep_takes_doubles_away() {
    let mut stage = Stage::new("dev", 7).await;
    assert!(stage.up().await.failed.is_empty());
    stage
        .local
        .world(|world| {
            let ours = |thing: &&Thing| {
                thing.tags.get("edxaws:address").is_some_and(|a| a == "elastic_ip.nat-a")
            };
            let mut double = world.things.values().find(ours).unwrap().clone();
            double.id = "eipalloc-double".to_owned();
            double.set("allocationId", "eipalloc-double");
            double.attrs.remove("associationId");
            double.tags.insert("edxaws:claim".to_owned(), "another-token".to_owned());
            world.things.insert(double.id.clone(), double);
        })
        .unwrap();
    let graph = stage.graph().await;
    let survey = stage.survey(&graph).await;
    assert_eq!(survey.strays.len(), 1, "{:#?}", survey.strays);
    let at = stage.scope.clock.stamp();
    let adopted = adopt_strays(&graph, &mut stage.state, &survey, at).unwrap();
    assert_eq!(adopted[0].as_str(), "elastic_ip.nat-a~another-");
    assert!(stage.destroy().await.failed.is_empty());
    stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(stage.inventory().len(), 0, "{:?}", stage.inventory());
}
