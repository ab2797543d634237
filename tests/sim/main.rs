//! Deterministic simulation: the real engine and SDK on the local AWS, in virtual time, with faults at
//! every API boundary; after each, run again and ask ten oracles.
//!
//! `EDXAWS_SIM=<case> cargo test --test sim replay -- --nocapture` runs one case again;
//! `EDXAWS_SIM_SHARE=quick|ci|nightly` says how many cases `cargo test --test sim` runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod case;
mod disk;
mod fleet;
mod found;
mod ground;
mod kit;
mod mischief;
mod oracle;
mod play;
mod privilege;
mod referee;
mod share;
mod swarm;
mod sweep;
mod trouble;

use case::Case;

/// Runs one case again, as a failure's line says, and shows every call of it.
#[test]
fn replay() {
    let Ok(name) = std::env::var("EDXAWS_SIM") else { return };
    let case: Case = name.parse().expect("a case as a failure prints it");
    let played = play::play(&case);
    played.calls.iter().for_each(|call| println!("{call}"));
    println!("{} calls, {} processes, {:?}", played.boundaries, played.processes, played.end);
    assert!(played.violations.is_empty(), "{case}: {:#?}", played.violations);
}

#[test]
fn a_case_is_named_by_its_line() {
    for line in [
        "up:dev/nat_gateway:seed=81723:f=crash-after@42",
        "destroy+stranger:prod/all:seed=0:f=",
        "half:wide/docdb_instance+alarm:seed=7:f=stale@1,stop@3,throttle@12",
    ] {
        assert_eq!(line.parse::<Case>().unwrap().to_string(), line);
    }
}

/// The same case is the same run: what a failure prints can be replayed.
#[test]
fn a_case_repeats_exactly() {
    let case: Case = "up:dev/nat_gateway:seed=5:f=crash-after@20,stale@31".parse().unwrap();
    let (once, again) = (play::play(&case), play::play(&case));
    assert_eq!(once.calls, again.calls);
    assert_eq!(once.violations, again.violations);
}

#[test]
fn every_kind_is_in_some_ground() {
    ground::every_kind_is_covered();
}

#[test]
fn every_boundary_and_many_seeds() {
    share::run();
}
