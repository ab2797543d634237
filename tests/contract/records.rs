//! What a state remembers of a kind can be read by this version and by a later one.

use edxaws::diff::Change;
use edxaws::engine::Action;
use edxaws::resource::Ready;
use serde_json::{Value, json};

use crate::every_kind;

#[test]
fn recorded_live_values_of_a_later_version_are_read() {
    every_kind(async |bench, _| {
        bench.up().await;
        let whole = bench.find().await.is_some_and(|live| bench.recorded_whole(&live));
        let mut live = bench.live();
        live["added_by_a_later_version"] = json!({"deep": [1, 2, 3]});
        let change = bench.diff(&live);
        assert!(!whole || change == Change::Keep, "{change:?}");
        assert_eq!(bench.ready(&live), Ready::Yes);
        if let Some(record) = bench.state.records.get_mut(&bench.node.address) {
            record.live = Some(live);
        }
        assert!(bench.find().await.is_some(), "the list reads it");
        let summary = bench.step(Action::Delete).await;
        assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    });
}

/// A desired value this version does not know must not be dropped in silence: a profile's wish
/// would be forgotten.
#[test]
fn unknown_desired_values_are_refused() {
    every_kind(async |bench, _| {
        bench.up().await;
        let mut desired = bench.node.desired.clone();
        desired["wanted_by_a_later_version"] = Value::Bool(true);
        let failure = bench.kind.diff(&desired, &bench.live(), &bench.facts()).unwrap_err();
        assert!(failure.message.contains("wanted_by_a_later_version"), "{failure}");
    });
}

/// Secrets aside, what is recorded is what is shown: nothing is lost on the way to the file.
#[test]
fn a_record_survives_the_file() {
    every_kind(async |bench, _| {
        bench.up().await;
        let text = serde_json::to_string(&bench.state).unwrap();
        let read: edxaws::state::State = serde_json::from_str(&text).unwrap();
        assert_eq!(read, bench.state);
        let live = bench.find().await.expect("it is listed");
        if bench.recorded_whole(&live) {
            let live = &read.records[bench.address()].live;
            assert_eq!(bench.diff(live.as_ref().unwrap()), Change::Keep);
        }
    });
}

/// A damaged record is an error with the kind's name in it, never a panic.
#[test]
fn live_values_of_another_shape_are_an_error() {
    every_kind(async |bench, _| {
        bench.up().await;
        // A kind that records nothing about its object reads nothing.
        if bench.live().as_object().is_none_or(serde_json::Map::is_empty) {
            return;
        }
        for wrong in [Value::Null, json!([]), json!("text"), json!(7)] {
            let failure = bench.kind.diff(&bench.node.desired, &wrong, &bench.facts());
            let failure = failure.expect_err("accepted");
            assert!(failure.message.contains(bench.kind.name()), "{failure}");
        }
    });
}
