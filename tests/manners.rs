//! Manners: calls stay within what AWS publishes, and waiting costs the same for many as for few.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use edxaws::aws::{Failure, Outcome};
use edxaws::engine::{Choice, Patience, Stop, Summary, attempt, plan_up};
use edxaws::graph::Node;
use edxaws::resource::Resource;
use edxaws::resources::rds::DbInstance;
use edxaws_localstack::LocalAws;
use stage::Stage;

/// `count` stacks of one account, whose profiles differ in name only.
async fn stacks(local: &LocalAws, count: u64) -> Vec<Stage> {
    let mut stages = Vec::new();
    for number in 0..count {
        let mut settings = Stage::on(local.clone(), "dev", number).await.settings;
        settings.stack = format!("s{number}");
        stages.push(Stage::of(local.clone(), settings, number).await);
    }
    stages
}

/// All of them at once, each a task of its own.
async fn all_up(stages: Vec<Stage>) -> Vec<(Stage, Summary)> {
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = stages
        .into_iter()
        .map(|mut stage| {
            local.spawn_local(async move {
                let summary = stage.up().await;
                (stage, summary)
            })
        })
        .collect();
    local
        .run_until(async {
            let mut done = Vec::new();
            for task in tasks {
                done.push(task.await.unwrap());
            }
            done
        })
        .await
}

fn refused(local: &LocalAws) -> usize {
    local.trace().iter().filter(|call| call.outcome == "RequestLimitExceeded").count()
}

#[tokio::test(start_paused = true)]
async fn twenty_stacks_of_one_process_stay_within_ec2s_buckets() {
    let local = LocalAws::in_memory(1);
    let mut stages = stacks(&local, 20).await;
    let shared = stages[0].scope.aws.clone();
    for stage in &mut stages {
        stage.scope.aws = shared.clone();
    }
    local.limits.switch_on();
    for (stage, summary) in all_up(stages).await {
        assert!(summary.failed.is_empty(), "{}: {:#?}", stage.settings.stack, summary.failed);
    }
    let ec2 = local.trace().iter().filter(|call| call.service == "ec2").count();
    assert!(ec2 > 1000, "{ec2} calls to EC2 are no crowd");
    assert_eq!(refused(&local), 0, "of {ec2} calls");
}

#[tokio::test(start_paused = true)]
async fn twenty_processes_that_do_not_know_of_each_other_back_off_and_all_arrive() {
    let local = LocalAws::in_memory(2);
    let stages = stacks(&local, 20).await;
    local.limits.switch_on();
    for (stage, summary) in all_up(stages).await {
        assert!(summary.failed.is_empty(), "{}: {:#?}", stage.settings.stack, summary.failed);
    }
    let ec2 = local.trace().iter().filter(|call| call.service == "ec2").count();
    let refused = refused(&local);
    assert!(refused > 0, "nobody was refused: the buckets are not modelled");
    assert!(refused * 5 < ec2, "{refused} of {ec2} calls were refused");
}

#[tokio::test(start_paused = true)]
async fn a_single_stack_never_waits_for_its_turn() {
    let mut stage = Stage::new("prod", 3).await;
    stage.local.limits.switch_on();
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(stage.destroy().await.failed.is_empty());
    assert_eq!(refused(&stage.local), 0);
}

/// How many looks a minute it costs to wait for `count` databases, which come up within minutes.
async fn looks_a_minute(count: usize) -> f64 {
    let mut stage = Stage::new("dev", 4).await;
    stage.parallelism = 500;
    assert!(stage.up().await.failed.is_empty());
    let mut graph = stage.graph().await;
    let is_database = |node: &&Node| node.address.kind() == DbInstance::KIND;
    let desired = graph.nodes().find(is_database).unwrap().desired.clone();
    for number in 0..count {
        let one: DbInstance = serde_json::from_value(desired.clone()).unwrap();
        let id = format!("{}-{number}", one.id);
        graph.add(&format!("n{number}"), DbInstance { id, ..one });
    }
    let survey = stage.survey(&graph).await;
    let plan = plan_up(&graph, &stage.state, &survey, &Choice::default()).unwrap();
    assert_eq!(plan.steps.len(), count);
    stage.local.clear_trace();
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let trace = stage.local.trace();
    let reads = trace.iter().filter(|call| call.action == "DescribeDBInstances").count();
    reads as f64 / (summary.took.as_secs_f64() / 60.0)
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_hundred_costs_as_many_looks_as_waiting_for_ten() {
    // With the stack's own there are a hundred: RDS shows so many on a page.
    let (ten, hundred) = (looks_a_minute(10).await, looks_a_minute(99).await);
    assert!(ten > 1.0, "{ten}");
    // Ten times as many, whose ends are spread out; a list at a time answers all of them.
    assert!(hundred <= ten * 2.0, "{ten:.1} looks a minute for 10, {hundred:.1} for 100");
}

/// A call that lasts as long as patience does and then fails, so many times in a row.
async fn tried(failures: u32) -> (bool, u32) {
    let stage = Stage::new("dev", 1).await;
    let scope = stage.scope.clone();
    let tries = Cell::new(0);
    let call = || -> edxaws::kind::Boxed<'_, Result<(), Failure>> {
        tries.set(tries.get() + 1);
        let fails = tries.get() <= failures;
        let lasts = scope.clock.sleep(Patience::READ.total + Duration::from_secs(1));
        Box::pin(async move {
            lasts.await;
            if fails { Err(expired_on_the_way()) } else { Ok(()) }
        })
    };
    let result = attempt(&scope, &Stop::never(), Patience::READ, |_| {}, call).await;
    (result.is_ok(), tries.get())
}

/// The machine slept, and the token was too old when the call arrived.
fn expired_on_the_way() -> Failure {
    Failure {
        code: "Unauthorized".to_owned(),
        outcome: Outcome::Refused,
        ..Failure::unexpected("kubernetes", "list", "Unauthorized")
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_that_outlasts_patience_is_tried_again() {
    assert_eq!(tried(1).await, (true, 2));
    assert_eq!(tried(2).await, (true, 3));
    // Patience ends all the same.
    assert_eq!(tried(99).await, (false, 3));
}

/// The pauses before so many tries of a call that fails every time, in seconds.
async fn pauses(tries: usize, seed: u64, again_within: Option<Duration>) -> Vec<f64> {
    let stage = Stage::new("dev", seed).await;
    let scope = stage.scope.clone();
    let moments = RefCell::new(Vec::new());
    let call = || -> edxaws::kind::Boxed<'_, Result<(), Failure>> {
        moments.borrow_mut().push(scope.clock.elapsed().as_secs_f64());
        let done = moments.borrow().len() > tries;
        let failure = Failure { again_within, ..expired_on_the_way() };
        Box::pin(async move { if done { Ok(()) } else { Err(failure) } })
    };
    attempt(&scope, &Stop::never(), Patience::READ, |_| {}, call).await.unwrap();
    let moments = moments.into_inner();
    moments.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn pauses_double_up_to_ten_seconds_and_no_two_wait_alike() {
    let mut tenths = BTreeSet::new();
    for seed in 0..5 {
        let pauses = pauses(9, seed, None).await;
        for (pause, whole) in pauses.iter().zip([1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 10.0, 10.0])
        {
            let part = pause / whole;
            assert!((0.499..=1.001).contains(&part), "{pause} of {whole} in {pauses:?}");
            tenths.insert((part * 10.0) as u32);
        }
    }
    assert!(tenths.len() >= 5, "the same part of the pause every time: {tenths:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_known_to_be_gone_soon_is_asked_soon() {
    let pauses = pauses(8, 1, Some(Duration::from_secs(3))).await;
    assert!(pauses.iter().all(|pause| *pause <= 3.001), "{pauses:?}");
    assert!(pauses[7] >= 1.499, "{pauses:?}");
}

/// The calls of one task that asks as often as it can.
#[tokio::test(start_paused = true)]
async fn a_crowd_of_calls_waits_its_turn() {
    let stage = Stage::new("dev", 1).await;
    stage.local.limits.switch_on();
    let began = stage.scope.clock.elapsed();
    for _ in 0..300 {
        stage.scope.aws.ec2.describe_vpcs().max_results(100).send().await.unwrap();
    }
    assert_eq!(refused(&stage.local), 0);
    // AWS publishes a hundred at once and twenty a second.
    let took = (stage.scope.clock.elapsed() - began).as_secs_f64();
    assert!(took > 5.0, "{took} s");
}

/// How often a call is tried that fails so every time, and for how many seconds.
async fn patience(failure: Failure, patience: Patience) -> (u32, f64) {
    let stage = Stage::new("dev", 1).await;
    let (scope, tries) = (stage.scope.clone(), Cell::new(0));
    let call = || -> edxaws::kind::Boxed<'_, Result<(), Failure>> {
        tries.set(tries.get() + 1);
        let failure = failure.clone();
        Box::pin(async move { Err(failure) })
    };
    let began = scope.clock.elapsed();
    attempt(&scope, &Stop::never(), patience, |_| {}, call).await.unwrap_err();
    (tries.get(), (scope.clock.elapsed() - began).as_secs_f64())
}

fn refusal(service: &str, code: &str, outcome: Outcome) -> Failure {
    let failure = Failure::unexpected(service, "Anything", code);
    Failure { code: code.to_owned(), outcome, ..failure }
}

/// What is not there may not be there yet, for as long as lists lag; a delete is content with it.
#[tokio::test(start_paused = true)]
async fn not_there_is_not_yet_for_a_while() {
    let gone = || refusal("s3", "NoSuchBucket", Outcome::Refused);
    let (tries, seconds) = patience(gone(), Patience::READ).await;
    assert!(tries > 5 && (60.0..71.0).contains(&seconds), "{tries} in {seconds} s");
    let (_, seconds) = patience(gone(), Patience::CREATE).await;
    assert!((120.0..131.0).contains(&seconds), "{seconds} s");
    assert_eq!(patience(gone(), Patience::DELETE).await, (1, 0.0));
    let never = refusal("s3", "AccessDenied", Outcome::Refused);
    assert_eq!(patience(never, Patience::READ).await, (1, 0.0));
    let (_, seconds) = patience(expired_on_the_way(), Patience::READ).await;
    assert!((300.0..311.0).contains(&seconds), "{seconds} s");
}

/// How long the next call to EC2 waits when another has just failed so.
async fn paced_after(failure: Failure) -> f64 {
    let stage = Stage::new("dev", 1).await;
    let (scope, failed) = (stage.scope.clone(), Cell::new(false));
    scope.aws.ec2.describe_vpcs().send().await.unwrap();
    let call = || -> edxaws::kind::Boxed<'_, Result<(), Failure>> {
        let (fails, failure) = (!failed.replace(true), failure.clone());
        Box::pin(async move { if fails { Err(failure) } else { Ok(()) } })
    };
    // A short while, in which an empty bucket does not fill.
    let failure_waits = scope.clock.elapsed();
    attempt(&scope, &Stop::never(), Patience::READ, |_| {}, call).await.unwrap();
    let waited = scope.clock.elapsed() - failure_waits;
    assert!(waited < Duration::from_secs(2));
    let began = scope.clock.elapsed();
    for _ in 0..60 {
        scope.aws.ec2.describe_vpcs().send().await.unwrap();
    }
    (scope.clock.elapsed() - began).as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_as_too_fast_slows_all_down_and_nothing_else_does() {
    let usual = paced_after(refusal("ec2", "IncorrectState", Outcome::Refused)).await;
    let too_fast = paced_after(refusal("ec2", "RequestLimitExceeded", Outcome::Unknown)).await;
    assert!(too_fast > usual + 2.0, "{too_fast} s, and usually {usual} s");
    // Our own pacing did not send it: AWS said nothing.
    let not_sent = paced_after(refusal("ec2", "RequestLimitExceeded", Outcome::NotSent)).await;
    assert!((not_sent - usual).abs() < 1.0, "{not_sent} s, and usually {usual} s");
}

/// More than can go out before a call's own timeout: those are not sent, and say so.
#[tokio::test(start_paused = true)]
async fn who_would_wait_too_long_is_not_sent() {
    let stage = Stage::new("dev", 1).await;
    let ec2 = &stage.scope.aws.ec2;
    let calls = (0..60).map(|_| ec2.create_vpc_endpoint().vpc_id("vpc-0").service_name("s").send());
    let answers = futures_util::future::join_all(calls).await;
    let failures: Vec<Failure> =
        answers.into_iter().filter_map(|answer| answer.err().map(Failure::from)).collect();
    let away = failures.iter().filter(|failure| failure.outcome == Outcome::NotSent).count();
    let arrived =
        stage.local.trace().iter().filter(|call| call.action == "CreateVpcEndpoint").count();
    assert!(away > 5 && arrived > 5, "{away} not sent, {arrived} arrived");
    assert_eq!(away + arrived, 60);
}
