//! The two-stage stop, at every event of a run: what was begun is recorded, the next run goes on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::collections::BTreeSet;

use edxaws::engine::{Engine, StopLevel, Stopper, Summary};
use edxaws::event::{Event, Stamped};
use edxaws_localstack::FaultRule;
use stage::Stage;

/// Runs `up` and asks to stop, `times` times, at the `nth` event.
async fn stopped_at(nth: usize, times: usize) -> (Stage, usize) {
    let mut stage = Stage::new("dev", 6).await;
    let plan = stage.plan().await;
    let (stopper, stop) = Stopper::new();
    let mut seen = 0;
    let mut observer = |_: &Stamped| {
        seen += 1;
        if seen == nth {
            (0..times).for_each(|_| stopper.escalate());
        }
    };
    let engine = Engine {
        scope: stage.scope.clone(),
        state: &mut stage.state,
        store: &mut stage.store,
        observer: &mut observer,
        stop: stop.clone(),
        parallelism: 24,
        durations: Default::default(),
    };
    let summary = engine.run(&plan).await.unwrap();
    if times == 1 && summary.done.len() < plan.steps.len() {
        assert_eq!(stop.level(), StopLevel::Drain);
        assert!(summary.failed.is_empty(), "a stop is no failure: {:#?}", summary.failed);
        assert!(summary.is_stopped(), "a stop that found nothing waiting was taken for the end");
    }
    if times == 2 {
        assert!(summary.is_stopped() || summary.done.len() == plan.steps.len());
        // What the disk has is all that survives.
        if let Some(saved) = stage.store.0.lock().unwrap().clone() {
            stage.state = saved;
        }
    }
    (stage, summary.done.len())
}

#[tokio::test(start_paused = true)]
async fn a_run_stopped_anywhere_goes_on() {
    for times in [1, 2] {
        for nth in [2, 5, 11, 30, 60, 90, 120, 150] {
            let (mut stage, done) = stopped_at(nth, times).await;
            let summary = stage.up().await;
            assert!(summary.failed.is_empty(), "{nth}/{times}: {:#?}", summary.failed);
            assert!(stage.plan().await.is_empty(), "{nth}/{times} after {done}");
            assert!(stage.destroy().await.failed.is_empty(), "{nth}/{times}");
            stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
            assert_eq!(stage.inventory().len(), 0, "{nth}/{times}: {:?}", stage.inventory());
        }
    }
}

#[test]
fn a_run_is_stopped_when_anything_was_left() {
    let one = || vec![edxaws::address::Address::new("vpc", "main")];
    assert!(!Summary { done: one(), failed: vec![], ..Summary::default() }.is_stopped());
    assert!(Summary { stopped: one(), ..Summary::default() }.is_stopped());
    assert!(Summary { unbegun: 1, ..Summary::default() }.is_stopped());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_run_says_so() {
    let mut stage = Stage::new("dev", 6).await;
    let plan = stage.plan().await;
    let (stopper, stop) = Stopper::new();
    let mut said = false;
    let mut observer = |event: &Stamped| match event.event {
        Event::StepDone { .. } => stopper.escalate(),
        // No more than may be in flight at once; who waits is not.
        Event::Stopping { in_flight } => said = (1..=4).contains(&in_flight),
        _ => {}
    };
    let engine = Engine {
        scope: stage.scope.clone(),
        state: &mut stage.state,
        store: &mut stage.store,
        observer: &mut observer,
        stop,
        parallelism: 4,
        durations: Default::default(),
    };
    let summary = engine.run(&plan).await.unwrap();
    assert!(said);
    assert!(summary.done.len() < plan.steps.len());
    assert!(summary.is_stopped());
    let ended = summary.done.len() + summary.stopped.len() + summary.skipped.len();
    assert_eq!(ended + summary.unbegun, plan.steps.len());
    assert!(!summary.stopped.is_empty() && summary.unbegun > 0);
}

/// Runs `up` and asks to stop as soon as `when` says so.
async fn stopped_when(
    stage: &mut Stage,
    mut when: impl FnMut(&Event) -> bool + Send,
) -> (Summary, Vec<Event>) {
    let plan = stage.plan().await;
    let (stopper, stop) = Stopper::new();
    let mut events = Vec::new();
    let mut observer = |stamped: &Stamped| {
        if when(&stamped.event) {
            stopper.escalate();
        }
        events.push(stamped.event.clone());
    };
    let engine = Engine {
        scope: stage.scope.clone(),
        state: &mut stage.state,
        store: &mut stage.store,
        observer: &mut observer,
        stop,
        parallelism: stage.parallelism,
        durations: Default::default(),
    };
    let summary = engine.run(&plan).await.unwrap();
    (summary, events)
}

#[tokio::test(start_paused = true)]
async fn every_step_of_a_run_that_failed_and_was_stopped_is_counted_once() {
    let mut stage = Stage { parallelism: 4, ..Stage::new("dev", 6).await };
    let full = "InternetGatewayLimitExceeded";
    stage.local.faults.add(FaultRule::error("ec2", "CreateInternetGateway", 1, 400, full));
    let steps = stage.plan().await.steps.len();
    let failed = |event: &Event| matches!(event, Event::StepFailed { .. });
    let (summary, _) = stopped_when(&mut stage, failed).await;
    let counts = [&summary.done, &summary.skipped, &summary.stopped].map(Vec::len);
    assert!(counts.iter().all(|&count| count > 0) && summary.unbegun > 0, "{summary:#?}");
    assert_eq!(summary.failed.len(), 1);
    assert_eq!(counts.iter().sum::<usize>() + 1 + summary.unbegun, steps, "{summary:#?}");
}

/// Who waits for AWS is not in flight: nothing of it is lost when the run ends now.
#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_calls_alone() {
    let mut stage = Stage { parallelism: 1, ..Stage::new("dev", 6).await };
    let mut waiting = BTreeSet::new();
    let three_wait = |event: &Event| match event {
        Event::StepWaiting { address, .. } => waiting.insert(address.clone()) && waiting.len() == 3,
        Event::StepDone { address, .. } => {
            waiting.remove(address);
            false
        }
        _ => false,
    };
    let (summary, events) = stopped_when(&mut stage, three_wait).await;
    let in_flight = events.iter().find_map(|event| match event {
        Event::Stopping { in_flight } => Some(*in_flight),
        _ => None,
    });
    assert!(in_flight.unwrap() <= 1, "{in_flight:?} with one call at a time");
    assert!(summary.stopped.len() >= 3, "{summary:#?}");
}
