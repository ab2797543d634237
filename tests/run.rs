//! What a run says, counts and gives up on, on a small graph of a few kinds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use edxaws::address::Address;
use edxaws::engine::{Engine, Plan, RunError, Stop, Summary};
use edxaws::event::{Event, LeftBehind, Stamped};
use edxaws::graph::Graph;
use edxaws::profile::Nat;
use edxaws::state::Phase;
use edxaws_localstack::FaultRule;
use stage::Stage;

/// A network and a budget.
fn small(graph: Graph) -> Graph {
    let kept = ["vpc", "subnet", "internet_gateway", "budget"];
    let others = graph.nodes().map(|node| node.address.clone());
    let others: Vec<Address> = others.filter(|one| !kept.contains(&one.kind())).collect();
    graph.without(&others)
}

async fn stage(seed: u64) -> Stage {
    Stage { reshape: small, ..Stage::new("dev", seed).await }
}

fn named<'a>(
    events: &'a [Stamped],
    pick: impl Fn(&'a Event) -> Option<&'a Address>,
) -> BTreeSet<&'a Address> {
    events.iter().filter_map(|one| pick(&one.event)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_tells_its_beginning_its_steps_and_its_end() {
    let mut stage = stage(1).await;
    stage.scope.clock.sleep(Duration::from_secs(100)).await;
    let plan = stage.plan().await;
    let summary = stage.run(&plan).await;
    let all: BTreeSet<&Address> = plan.steps.iter().map(|step| &step.address).collect();
    let Event::RunStarted { stack, steps, expected_seconds, critical_path } =
        &stage.events[0].event
    else {
        panic!("{:?}", stage.events[0]);
    };
    assert_eq!((stack.as_str(), *steps), ("dev", plan.steps.len()));
    assert!(*expected_seconds > 0);
    assert!(critical_path.len() >= 2 && critical_path.iter().all(|one| all.contains(one)));
    let started = named(&stage.events, |event| match event {
        Event::StepStarted { address, .. } => Some(address),
        _ => None,
    });
    let done = named(&stage.events, |event| match event {
        Event::StepDone { address, .. } => Some(address),
        _ => None,
    });
    assert_eq!((&started, &done), (&all, &all));
    let last = stage.events.last().unwrap();
    let Event::RunFinished { done, failed, skipped, seconds, calls } = last.event else {
        panic!("{last:?}");
    };
    assert_eq!((done, failed, skipped), (plan.steps.len(), 0, 0));
    assert_eq!(seconds, summary.took.as_secs());
    assert!(calls >= plan.steps.len());
    // Times are counted from the run's beginning, not from the program's.
    let elapsed: Vec<f64> = stage.events.iter().map(|event| event.elapsed).collect();
    assert!(elapsed.is_sorted() && elapsed[0] < 1.0, "{elapsed:?}");
    assert!((last.elapsed - summary.took.as_secs_f64()).abs() < 1.0);
    assert!(!summary.is_stopped());
}

/// The looks of a run stand next to those that back-off would have made, and every save is the next.
#[tokio::test(start_paused = true)]
async fn looks_and_saves_are_counted() {
    let mut stage = Stage { reshape: with_a_gateway, ..Stage::new("dev", 6).await };
    let plan = stage.plan().await;
    stage.local.clear_trace();
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let (made, read) = (summary.reads.made as usize, stage.reading().len());
    assert!(made >= 10 && made <= read, "{made} looks of {read} calls that read");
    assert!(summary.reads.back_off >= summary.reads.made, "{:?}", summary.reads);
    let saved = stage.store.0.lock().unwrap().clone().unwrap();
    assert_eq!(saved, stage.state);
    let steps = plan.steps.len() as u64;
    assert!((steps / 4..steps * 8).contains(&saved.serial), "{} saves", saved.serial);
}

/// How long a change takes nobody knows: it is looked at ever more rarely, as back-off does.
#[tokio::test(start_paused = true)]
async fn a_change_is_looked_at_as_often_as_back_off_would() {
    let mut stage = Stage::new("dev", 10).await;
    assert!(stage.up().await.failed.is_empty());
    stage.settings.mysql.instance_class = "db.t4g.large".to_owned();
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(summary.took > Duration::from_secs(60), "{:?}", summary.took);
    let reads = summary.reads;
    assert!(reads.made.abs_diff(reads.back_off) <= 2, "{reads:?}");
}

/// One call at a time: who waits for AWS, or until it may try again, keeps nobody from calling.
#[tokio::test(start_paused = true)]
async fn only_calls_take_the_places_of_the_parallelism() {
    let took = async |parallelism| {
        let mut stage = Stage { parallelism, ..Stage::new("dev", 9).await };
        stage.reshape = with_a_gateway;
        stage.settings.network.nat = Nat::PerZone;
        stage.up().await.took.as_secs_f64()
    };
    let (one, many) = (took(1).await, took(24).await);
    assert!(one < many * 1.1, "{one} s one by one, {many} s at once");

    let mut stage = Stage { parallelism: 1, ..stage(9).await };
    stage.local.faults.add(FaultRule::error("budgets", "CreateBudget", 12, 503, "Throttling"));
    assert!(stage.up().await.failed.is_empty());
    let mut done = stage.events.iter().filter_map(|one| match &one.event {
        Event::StepDone { address, .. } => Some(address.kind()),
        _ => None,
    });
    assert_eq!(done.next_back(), Some("budget"), "the others waited for it");
}

/// A network that takes a while, and longer if one gateway is made after the other.
fn with_a_gateway(graph: Graph) -> Graph {
    let kept = ["vpc", "subnet", "internet_gateway", "elastic_ip", "nat_gateway"];
    let others = graph.nodes().map(|node| node.address.clone());
    let others: Vec<Address> = others.filter(|one| !kept.contains(&one.kind())).collect();
    graph.without(&others)
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_a_refusal_is_skipped_and_counted() {
    let mut stage = stage(2).await;
    stage.local.faults.add(FaultRule::error("ec2", "CreateVpc", 1, 400, "VpcLimitExceeded"));
    let plan = stage.plan().await;
    let summary = stage.run(&plan).await;
    assert_eq!(summary.failed.len(), 1);
    assert_eq!(summary.failed[0].left_behind, LeftBehind::Nothing);
    assert!(!stage.state.records.contains_key(&Address::parse("vpc.main").unwrap()));
    assert!(!summary.done.is_empty() && !summary.skipped.is_empty());
    let ended = summary.done.len() + summary.failed.len() + summary.skipped.len();
    assert_eq!(ended, plan.steps.len());
    assert_eq!((summary.unbegun, summary.is_stopped()), (0, false));
    let skipped = named(&stage.events, |event| match event {
        Event::StepSkipped { address, .. } => Some(address),
        _ => None,
    });
    assert_eq!(skipped, summary.skipped.iter().collect());
    let last = stage.events.last().unwrap();
    let Event::RunFinished { done, failed, skipped, .. } = last.event else { panic!("{last:?}") };
    assert_eq!((done, failed, skipped), (summary.done.len(), 1, summary.skipped.len()));
}

/// "Too fast" with a status that does not say whether it was done, until patience ends: perhaps it was.
#[tokio::test(start_paused = true)]
async fn a_create_that_is_never_answered_clearly_leaves_its_claim() {
    let mut stage = stage(3).await;
    let never = FaultRule::error("budgets", "CreateBudget", u32::MAX, 503, "ThrottlingException");
    stage.local.faults.add(never);
    let summary = stage.up().await;
    assert_eq!(summary.failed.len(), 1, "{:#?}", summary.failed);
    let failed = summary.failed[0].clone();
    assert_eq!(failed.address.kind(), "budget");
    assert_eq!(failed.left_behind, LeftBehind::Claimed);
    assert!(failed.why.contains("ThrottlingException"), "{failed:?}");
    assert_eq!(stage.state.records[&failed.address].phase, Phase::Claimed);
    stage.local.faults.clear();
    let again = stage.up().await;
    assert!(again.failed.is_empty(), "{:#?}", again.failed);
    // Its name is taken or it is not: there is no window in which a list might lag.
    assert!(again.took < Duration::from_secs(30), "{:?}", again.took);
    assert!(stage.plan().await.is_empty());
}

/// Why something waits is said when it changes, and not with every look.
#[tokio::test(start_paused = true)]
async fn a_reason_to_wait_is_told_once() {
    let mut stage = Stage { reshape: with_a_gateway, ..Stage::new("dev", 6).await };
    assert!(stage.up().await.failed.is_empty());
    let mut told: BTreeMap<&Address, Vec<&str>> = BTreeMap::new();
    for one in &stage.events {
        if let Event::StepWaiting { address, reason } = &one.event {
            told.entry(address).or_default().push(reason);
        }
    }
    assert!(told.keys().any(|address| address.kind() == "nat_gateway"), "{told:#?}");
    let twice = told.values().flat_map(|reasons| reasons.windows(2)).find(|two| two[0] == two[1]);
    assert_eq!(twice, None, "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_changes_nothing_is_given_up_and_says_what_is_still_different() {
    let mut stage = stage(4).await;
    assert!(stage.up().await.failed.is_empty());
    let edited = stage.local.world(|world| {
        let mut things = world.things.values_mut();
        let subnet = things
            .find(|thing| thing.tags.get("edxaws:address").is_some_and(|a| a == "subnet.public-a"));
        let subnet = subnet.unwrap();
        let now = subnet.attrs["mapPublicIpOnLaunch"].as_bool().unwrap();
        subnet.set("mapPublicIpOnLaunch", !now);
    });
    edited.unwrap();
    let modifies = |stage: &Stage| {
        stage.mutating().iter().filter(|call| call.action == "ModifySubnetAttribute").count()
    };
    let before = modifies(&stage);
    // AWS says yes and does nothing.
    let yes = FaultRule::error("ec2", "ModifySubnetAttribute", u32::MAX, 200, "Yes");
    stage.local.faults.add(yes);
    let summary = stage.up().await;
    assert_eq!(summary.failed.len(), 1, "{summary:#?}");
    let failed = &summary.failed[0];
    assert!(failed.why.starts_with("after 8 updates it is still"), "{failed:?}");
    assert!(failed.why.contains("public_addresses"), "{failed:?}");
    assert_eq!(failed.left_behind, LeftBehind::Recorded);
    assert!(failed.hint.is_some());
    assert_eq!(modifies(&stage), before + 8);
}

/// "There is no such thing", says every delete, and the list shows it still: something else is gone.
#[tokio::test(start_paused = true)]
async fn what_aws_says_is_gone_and_shows_for_ever_is_given_up() {
    let mut stage = stage(7).await;
    assert!(stage.up().await.failed.is_empty());
    let gone = |times| FaultRule::error("budgets", "DeleteBudget", times, 404, "NotFoundException");
    stage.local.faults.add(gone(u32::MAX));
    let summary = stage.destroy().await;
    assert_eq!(summary.failed.len(), 1, "{:#?}", summary.failed);
    assert!(summary.failed[0].why.ends_with("and lists it still"), "{:?}", summary.failed);
    let took = summary.took.as_secs();
    assert!((1800..3600).contains(&took), "{took} s");
    let deletes = stage.mutating().iter().filter(|call| call.action == "DeleteBudget").count();
    assert!((2..=60).contains(&deletes), "{deletes}");
    stage.local.faults.clear();
    // Once is a list that lags: it is asked again when it is sure that it does not.
    stage.local.faults.add(gone(1));
    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!((60..300).contains(&summary.took.as_secs()), "{:?}", summary.took);
    assert!(stage.state.records.is_empty());
}

/// Seconds that a survey of a stack takes of which the budget was deleted so long after it was made.
async fn surveyed(after: u64, lose: bool) -> f64 {
    let mut stage = stage(8).await;
    assert!(stage.up().await.failed.is_empty());
    stage.scope.clock.sleep(Duration::from_secs(after)).await;
    let lost = stage.local.world(|world| {
        world.things.retain(|_, thing| !lose || thing.kind != "budget");
    });
    lost.unwrap();
    let graph = stage.graph().await;
    let began = stage.scope.clock.elapsed();
    let survey = stage.survey(&graph).await;
    let seen = survey.sightings.keys().any(|address| address.kind() == "budget");
    assert_eq!(seen, !lose);
    (stage.scope.clock.elapsed() - began).as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_show_is_believed_gone_the_later_the_newer_it_is() {
    let nothing_lost = surveyed(0, false).await;
    assert!(nothing_lost < 5.0, "{nothing_lost}");
    // Once more, lest one wrong answer makes it anew.
    let old = surveyed(600, true).await;
    assert!((5.0..20.0).contains(&old), "{old}");
    let new = surveyed(0, true).await;
    assert!((45.0..80.0).contains(&new), "{new}");
}

/// Runs `plan` after `change` was made to it.
async fn changed(change: impl FnOnce(&mut Plan)) -> Result<Summary, RunError> {
    let mut stage = stage(5).await;
    let mut plan = stage.plan().await;
    change(&mut plan);
    let engine = Engine {
        scope: stage.scope.clone(),
        state: &mut stage.state,
        store: &mut stage.store,
        observer: &mut |_: &Stamped| {},
        stop: Stop::never(),
        parallelism: 24,
        durations: Default::default(),
    };
    let result = engine.run(&plan).await;
    if result.is_err() {
        assert!(stage.mutating().is_empty(), "something was made after all");
        assert!(stage.store.0.lock().unwrap().is_none(), "something was saved after all");
    }
    result
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_good_for_one_version_of_one_state() {
    assert!(changed(|_| {}).await.unwrap().failed.is_empty());
    let stale = changed(|plan| plan.serial += 1).await;
    assert!(matches!(stale, Err(RunError::Stale { planned: 1, current: 0 })), "{stale:?}");
    let foreign = changed(|plan| plan.lineage.push('x')).await;
    assert!(matches!(foreign, Err(RunError::Foreign { .. })), "{foreign:?}");
    let unknown = changed(|plan| plan.steps[0].address = Address::new("moon_base", "main")).await;
    assert!(matches!(unknown, Err(RunError::UnknownKind(_))), "{unknown:?}");
    let lost = changed(|plan| plan.steps[0].needs.extend([999])).await;
    assert!(matches!(&lost, Err(RunError::Unordered(one)) if one.len() == 1), "{lost:?}");
    let circle = changed(|plan| {
        plan.steps[0].needs.insert(1);
        plan.steps[1].needs.insert(0);
    });
    let circle = circle.await;
    assert!(matches!(&circle, Err(RunError::Unordered(all)) if all.len() > 1), "{circle:?}");
}
