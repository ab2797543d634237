//! Manners: calls stay within what AWS publishes, and waiting costs the same for many as for few.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::cell::Cell;
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
