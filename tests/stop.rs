//! The two-stage stop, at every event of a run: what was begun is recorded, the next run goes on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use edxaws::engine::{Engine, StopLevel, Stopper, Summary};
use edxaws::event::{Event, Stamped};
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
