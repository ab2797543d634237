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
        for (_, step) in steps("second") {
            let word = match advance(&address, phase.map(record), step) {
                Ok(None) => "nothing".to_owned(),
                Ok(Some(record)) => format!("{:?}", record.phase),
                Err(illegal) => {
                    assert!(illegal.to_string().contains("`subnet.a` cannot go from"));
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
