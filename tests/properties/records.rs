//! The life of a record: every pair of phase and step, and every history.

use std::collections::BTreeSet;

use edxaws::address::Address;
use edxaws::state::{Phase, Record, Transition, advance};
use proptest::prelude::*;
use serde_json::{Value, json};

const PHASES: [Option<Phase>; 5] =
    [None, Some(Phase::Claimed), Some(Phase::Made), Some(Phase::Ready), Some(Phase::Leaving)];

fn steps(token: &str) -> Vec<(&'static str, Transition)> {
    let at = "2026-01-01T00:10:00Z".parse().unwrap();
    let (desired, live) = (json!({"cidr": token}), json!({"id": token}));
    let needs = BTreeSet::from([Address::parse("vpc.main").unwrap()]);
    let claim = Transition::Claim {
        token: token.to_owned(),
        desired: desired.clone(),
        needs: needs.clone(),
        at,
    };
    vec![
        ("claim", claim),
        ("refused", Transition::Refused),
        ("made", Transition::Made { live: live.clone(), at }),
        ("changing", Transition::Changing { desired, needs: needs.clone(), at }),
        ("ready", Transition::Ready { live: live.clone(), needs, at }),
        ("seen", Transition::Seen { live }),
        ("leave", Transition::Leave { at }),
        ("gone", Transition::Gone),
    ]
}

fn record(phase: Phase) -> Record {
    Record {
        phase,
        token: "first".to_owned(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
        took: None,
        needs: BTreeSet::new(),
        desired: json!({"cidr": "old"}),
        live: (phase != Phase::Claimed).then(|| json!({"id": "old"})),
    }
}

/// All 40 pairs, as they are meant: rows are phases, columns are steps, `!` is a bug in the engine.
#[test]
fn every_phase_knows_every_step() {
    let address = Address::parse("subnet.a").unwrap();
    let mut table = String::from("         ");
    for (name, _) in steps("t") {
        table.push_str(&format!("{name:<9}"));
    }
    for phase in PHASES {
        let from = phase.map_or("nothing".to_owned(), |phase| format!("{phase:?}"));
        table = format!("{}\n{from:<9}", table.trim_end());
        for (name, step) in steps("second") {
            let word = match advance(&address, phase.map(record), step) {
                Ok(None) => "nothing".to_owned(),
                Ok(Some(record)) => format!("{:?}", record.phase),
                Err(illegal) => {
                    let said = format!("`subnet.a` cannot go from {from} by {name}");
                    assert_eq!(illegal.to_string(), said);
                    "!".to_owned()
                }
            };
            table.push_str(&format!("{word:<9}"));
        }
    }
    insta::assert_snapshot!(table.trim_end(), @r"
             claim    refused  made     changing ready    seen     leave    gone
    nothing  Claimed  nothing  !        !        !        !        !        nothing
    Claimed  Claimed  nothing  Made     !        !        !        Leaving  nothing
    Made     Claimed  !        Made     Made     Ready    Made     Leaving  nothing
    Ready    Claimed  !        !        Made     !        Ready    Leaving  nothing
    Leaving  !        !        !        !        !        Leaving  Leaving  nothing
    ");
}

/// What becomes of every value of a record, by phase and step. Old and new values are named so, times
/// are minutes, and what the record stands on is in brackets.
#[test]
fn every_step_changes_what_it_is_about_and_nothing_else() {
    let address = Address::parse("subnet.a").unwrap();
    let older = Address::parse("vpc.older").unwrap();
    let mut table = String::new();
    for phase in PHASES {
        for (name, step) in steps("second") {
            let from = phase.map_or("nothing".to_owned(), |phase| format!("{phase:?}"));
            let record = phase.map(|phase| Record {
                needs: BTreeSet::from([older.clone()]),
                took: (phase == Phase::Leaving).then_some(7),
                ..record(phase)
            });
            let Ok(Some(after)) = advance(&address, record, step) else { continue };
            let needs: Vec<_> = after.needs.iter().map(|need| need.name()).collect();
            let minute = after.since.to_string();
            let live = after.live.map_or("none".to_owned(), |live| live["id"].to_string());
            table.push_str(&format!(
                "{from} {name}: {:?} {} since {}, took {:?}, on [{}], wants {}, is {live}\n",
                after.phase,
                after.token,
                &minute[14..16],
                after.took,
                needs.join(" "),
                after.desired["cidr"],
            ));
        }
    }
    insta::assert_snapshot!(table.trim_end(), @r#"
    nothing claim: Claimed second since 10, took None, on [main], wants "second", is none
    Claimed claim: Claimed second since 10, took None, on [main], wants "second", is none
    Claimed made: Made first since 00, took None, on [older], wants "old", is "second"
    Claimed leave: Leaving first since 10, took None, on [older], wants "old", is none
    Made claim: Claimed second since 10, took None, on [main], wants "second", is none
    Made made: Made first since 00, took None, on [older], wants "old", is "second"
    Made changing: Made first since 00, took None, on [main older], wants "second", is "old"
    Made ready: Ready first since 10, took Some(600), on [main], wants "old", is "second"
    Made seen: Made first since 00, took None, on [older], wants "old", is "second"
    Made leave: Leaving first since 10, took None, on [older], wants "old", is "old"
    Ready claim: Claimed second since 10, took None, on [main], wants "second", is none
    Ready changing: Made first since 10, took None, on [main older], wants "second", is "old"
    Ready seen: Ready first since 00, took None, on [older], wants "old", is "second"
    Ready leave: Leaving first since 10, took None, on [older], wants "old", is "old"
    Leaving seen: Leaving first since 00, took Some(7), on [older], wants "old", is "second"
    Leaving leave: Leaving first since 10, took Some(7), on [older], wants "old", is "old"
    "#);
}

/// The time until ready counts from the claim, or from the answer when a clock was set back meanwhile.
#[test]
fn a_clock_that_was_set_back_makes_no_time_negative() {
    let address = Address::parse("subnet.a").unwrap();
    let earlier = "2025-12-31T23:50:00Z".parse().unwrap();
    let made = Transition::Made { live: json!({"id": "new"}), at: earlier };
    let made = advance(&address, Some(record(Phase::Claimed)), made).unwrap().unwrap();
    assert_eq!((made.phase, made.since), (Phase::Made, earlier));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, in whatever order: a token changes only with a new claim, live values are
    /// forgotten only with the object, and an illegal step changes nothing.
    #[test]
    fn no_history_forgets_an_object(history in prop::collection::vec((0usize..8, 0u8..3), 0..24)) {
        let address = Address::parse("subnet.a").unwrap();
        let mut record: Option<Record> = None;
        for (which, token) in history {
            let (name, step) = steps(&token.to_string()).swap_remove(which);
            let before = record.clone();
            let Ok(after) = advance(&address, record, step) else {
                record = before;
                continue;
            };
            if let (Some(before), Some(after)) = (&before, &after) {
                prop_assert!(name == "claim" || before.token == after.token);
                prop_assert!(name == "claim" || before.live.is_none() || after.live.is_some());
                let phases = (before.phase, after.phase);
                prop_assert!(phases != (Phase::Leaving, Phase::Claimed), "made anew while it leaves");
            }
            if let Some(after) = &after {
                prop_assert_eq!(after.live.is_none(), matches!(after.phase, Phase::Claimed) || after.live.is_none());
                prop_assert!(!matches!(after.phase, Phase::Made | Phase::Ready) || after.live.is_some());
            }
            prop_assert!(before.is_none() || after.is_some() || ["refused", "gone"].contains(&name));
            record = after;
        }
        let written = serde_json::to_value(&record).unwrap();
        let read: Option<Record> = serde_json::from_value::<Value>(written.clone())
            .and_then(serde_json::from_value).unwrap();
        prop_assert_eq!(read, record);
    }
}
