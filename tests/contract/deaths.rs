//! Deletes: complete, safe to repeat, and content when there is nothing left to delete.

use edxaws::aws::{Failure, Verdict, verdict};
use edxaws::engine::Action;
use edxaws_localstack::{Fault, FaultRule};

use crate::bench::Bench;
use crate::every_kind;
use crate::scene::nightly;

#[test]
fn a_delete_takes_everything_and_may_be_repeated() {
    every_kind(async |bench, _| {
        bench.up().await;
        if bench.kind.forget_on_delete() {
            let there = bench.untimed();
            assert!(bench.step(Action::Delete).await.failed.is_empty());
            assert_eq!(bench.untimed(), there, "others may use it: it stays");
            assert!(bench.record().is_none());
            return;
        }
        let live = bench.live();
        content(bench.delete(&live).await);
        content(bench.delete(&live).await);
        bench.until_gone().await;
        content(bench.delete(&live).await);
        // What AWS made of its own accord inside something that stays goes with that.
        let mut left = bench.made();
        left.retain(|kind, _| kind != "eks_access_entry");
        assert!(left.is_empty(), "left behind: {left:?}");
    });
}

#[test]
fn the_engine_deletes_what_a_stranger_has_deleted() {
    every_kind(async |bench, _| {
        bench.up().await;
        bench.vanish();
        let there = bench.untimed();
        let summary = bench.step(Action::Delete).await;
        assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
        assert!(bench.record().is_none());
        assert_eq!(bench.untimed(), there, "something else was touched");
    });
}

/// Every changing call of a delete, gone wrong in each of these ways, once.
#[test]
fn trouble_with_any_call_of_a_delete_leaves_nothing() {
    every_kind(async |bench, scene| {
        bench.up().await;
        bench.local.clear_trace();
        assert!(bench.step(Action::Delete).await.failed.is_empty());
        // It stays in the account; only the record goes.
        if bench.kind.forget_on_delete() {
            return;
        }
        let calls = bench.mutating();
        bench.until_gone().await;
        let left = bench.made();
        let faults = match nightly() {
            true => &[Fault::LostAnswer, Fault::NotSent, Fault::HangAfter][..],
            false => &[Fault::LostAnswer],
        };
        for (number, call) in calls.iter().enumerate() {
            let same = |other: &&edxaws_localstack::Traced| other.action == call.action;
            let before = u32::try_from(calls[..number].iter().filter(same).count()).unwrap();
            for fault in faults {
                let mut bench = Bench::open(scene).await;
                bench.up().await;
                let rule = FaultRule::new(&call.service, &call.action, 1, fault.clone());
                bench.local.faults.add(rule.after(before));
                let summary = bench.step(Action::Delete).await;
                let context = format!("{fault:?} at {}", call.action);
                assert!(summary.failed.is_empty(), "{context}: {:#?}", summary.failed);
                bench.until_gone().await;
                assert_eq!(bench.made(), left, "{context}");
                assert!(bench.record().is_none(), "{context}");
            }
        }
    });
}

fn content(deleted: Result<(), Failure>) {
    if let Err(failure) = deleted {
        // The engine takes both for an answer and looks whether it vanishes.
        let verdict = verdict(&failure);
        assert!(matches!(verdict, Verdict::Gone | Verdict::NotYet), "{verdict:?}: {failure}");
    }
}
