//! Creates: found by their claim, safe to repeat, adopted when the answer is lost, durable first.

use std::sync::{Arc, Mutex};

use edxaws::aws::{Verdict, verdict};
use edxaws::diff::Change;
use edxaws::engine::{Action, RunError};
use edxaws::resource::{Claim, Identity, Ready};
use edxaws::state::{Phase, State, StateError, Store};
use edxaws_localstack::{Fault, FaultRule, Owner};

use crate::bench::Bench;
use crate::every_kind;
use crate::scene::nightly;

#[test]
fn what_is_made_is_found_by_its_claim() {
    every_kind(async |bench, _| {
        let entry = bench.kind.identity() == Identity::Relation;
        // Some entries are a view of what stands upstream: there is nothing to make but a wait.
        assert!(entry || bench.found(None).await.is_empty(), "it is there before it is made");
        bench.create().await.unwrap_or_else(|failure| panic!("create: {failure}"));
        if only_looks(bench) {
            return;
        }
        let found = bench.found(Some(&bench.claim)).await;
        assert_eq!(found.len(), 1, "found {} times", found.len());
        if let Some(token) = &found[0].token {
            assert_eq!(*token, bench.claim.token);
        }
        // Where a name is all that AWS protects, somebody else's claim must not find it.
        let other = Claim { token: "another".to_owned(), ..bench.claim.clone() };
        if found[0].token.is_some() {
            assert!(bench.found(Some(&other)).await.is_empty(), "another claim finds it");
        }
    });
}

/// Kinds whose create is a look at what others made: there is nothing that a claim could find.
const LOOKS: &[&str] = &["foreign_secret", "https_check"];

fn only_looks(bench: &Bench) -> bool {
    let looks = LOOKS.contains(&bench.kind.name());
    let made = (bench.mutating(), bench.made());
    assert!(!looks || made.0.is_empty() && made.1.is_empty(), "not only a look: {made:?}");
    looks
}

#[test]
fn a_create_may_be_repeated() {
    every_kind(async |bench, _| {
        bench.create().await.unwrap_or_else(|failure| panic!("create: {failure}"));
        let made = bench.made();
        if bench.kind.identity() == Identity::Tag {
            // Nothing at AWS protects it: its tags have to be there in the same call.
            assert_eq!(bench.found(Some(&bench.claim)).await.len(), 1, "not found by its tags");
            assert_eq!(
                bench.found(Some(&bench.claim)).await[0].token.as_ref(),
                Some(&bench.claim.token)
            );
            return;
        }
        match bench.create().await {
            Ok(_) => {}
            Err(failure) => assert_eq!(verdict(&failure), Verdict::Exists, "{failure}"),
        }
        assert_eq!(bench.made(), made, "the second create made something");
        if only_looks(bench) {
            return;
        }
        assert_eq!(bench.found(Some(&bench.claim)).await.len(), 1);
    });
}

#[test]
fn what_came_up_is_ready_and_as_desired() {
    every_kind(async |bench, _| {
        bench.up().await;
        let live = bench.find().await.expect("it is listed");
        assert_eq!(bench.ready(&live), Ready::Yes);
        assert_eq!(bench.diff(&live), Change::Keep);
        if bench.recorded_whole(&live) {
            assert_eq!(bench.diff(&bench.live()), Change::Keep, "as recorded");
        }
        bench.local.clear_trace();
        assert!(bench.step(Action::Await).await.failed.is_empty());
        assert_eq!(bench.mutating(), [], "a second look changes nothing");
    });
}

/// Every changing call of an `up`, gone wrong in each of these ways, once.
#[test]
fn trouble_with_any_call_leaves_one_object() {
    let all = [
        Fault::LostAnswer,
        Fault::NotSent,
        Fault::HangAfter,
        error(503, "ServiceUnavailable"),
        error(400, "ThrottlingException"),
    ];
    // The simulation strikes every call of whole stacks; here the worst of them will do.
    let troubles = if nightly() { &all[..] } else { &all[..1] };
    every_kind(async |bench, scene| {
        bench.up().await;
        let (calls, made) = (bench.mutating(), bench.made());
        for (number, call) in calls.iter().enumerate() {
            let same = |other: &&edxaws_localstack::Traced| other.action == call.action;
            let before = calls[..number].iter().filter(same).count();
            for fault in troubles {
                let mut bench = Bench::open(scene).await;
                let rule = FaultRule::new(&call.service, &call.action, 1, fault.clone());
                bench.local.faults.add(rule.after(u32::try_from(before).unwrap()));
                let summary = bench.step(Action::Create).await;
                let context = format!("{fault:?} at {}", call.action);
                assert!(summary.failed.is_empty(), "{context}: {:#?}", summary.failed);
                assert_eq!(bench.made(), made, "{context}");
                assert_eq!(bench.record().unwrap().phase, Phase::Ready, "{context}");
            }
        }
    });
}

fn error(status: u16, code: &str) -> Fault {
    let message = "on request of the test".to_owned();
    Fault::Error { status, code: code.to_owned(), message }
}

/// A disk that takes so many writes and no more, as if the process were killed there.
struct Killed {
    left: usize,
    last: Arc<Mutex<Option<State>>>,
}

impl Store for Killed {
    fn save(&mut self, state: &mut State) -> Result<(), StateError> {
        if self.left == 0 {
            let source = std::io::Error::other("killed");
            return Err(StateError::Io { path: "state.json".into(), source });
        }
        self.left -= 1;
        state.serial += 1;
        *self.last.lock().unwrap() = Some(state.clone());
        Ok(())
    }
}

#[test]
fn a_run_that_ends_before_any_write_goes_on() {
    every_kind(async |bench, scene| {
        bench.up().await;
        let made = bench.made();
        for left in 0.. {
            let mut bench = Bench::open(scene).await;
            let before = bench.state.clone();
            let last = Arc::default();
            let mut store = Killed { left, last: Arc::clone(&last) };
            match bench.step_on(Action::Create, &mut store).await {
                Ok(_) => return,
                Err(RunError::State(_)) => {}
                Err(other) => panic!("{other}"),
            }
            if left == 0 {
                assert_eq!(bench.mutating(), [], "sent before its claim was durable");
            }
            bench.state = last.lock().unwrap().clone().unwrap_or(before);
            let summary = bench.go_on().await;
            assert!(summary.failed.is_empty(), "after {left} writes: {:#?}", summary.failed);
            assert_eq!(bench.made(), made, "after {left} writes");
        }
    });
}

/// Kinds without tags that stand inside an object of ours, where their name is enough.
const INSIDE_OURS: &[&str] = &["backup_selection"];

/// An entry of our own object is ours whoever made it, and some roles are the account's: all others
/// must be told from a stranger's.
#[test]
fn a_strangers_object_of_the_same_name_is_not_taken() {
    every_kind(async |bench, _| {
        let kind = bench.kind;
        let shared = kind.identity() == Identity::Relation || kind.forget_on_delete();
        if shared || INSIDE_OURS.contains(&kind.name()) {
            return;
        }
        bench.create().await.unwrap_or_else(|failure| panic!("create: {failure}"));
        bench.tamper(|thing| {
            thing.tags.retain(|key, _| !key.starts_with("edxaws:"));
            thing.token = None;
            thing.owner = Owner::Stranger;
            if thing.kind.starts_with("iam") || thing.kind == "user" || thing.kind == "role" {
                thing.set("Path", "/");
            }
        });
        let theirs = bench.untimed();
        let other = Claim { token: bench.scope.token(), ..bench.claim.clone() };
        let found = bench.found(Some(&other)).await;
        assert!(found.is_empty(), "a list takes it for ours: {found:?}");
        let summary = bench.step(Action::Create).await;
        for error in summary.failed.iter().filter(|_| kind.identity() == Identity::Name) {
            assert!(error.why.contains("not this stack's"), "{error}");
            assert!(error.hint.is_some(), "{error:?}");
        }
        let now = bench.untimed();
        for (id, thing) in theirs {
            assert_eq!(now.get(&id), Some(&thing), "{id} was touched");
        }
        assert!(bench.record().is_some() || !summary.failed.is_empty(), "neither made nor refused");
    });
}
