//! How much is played: a bounded, seeded share by default, all of it in the nightly.

use crate::case::Case;
use crate::fleet::{Tally, play_all};
use crate::{sweep, swarm};

/// A share of the simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Share {
    /// With every `cargo test`.
    Quick,
    /// In `.ci/run`.
    Ci,
    Nightly,
}

fn share() -> Share {
    match std::env::var("EDXAWS_SIM_SHARE").as_deref() {
        Ok("nightly") => Share::Nightly,
        Ok("ci") => Share::Ci,
        _ => Share::Quick,
    }
}

pub fn run() {
    let tallies = match share() {
        Share::Quick => vec![singles(40), swarm(0, 150)],
        Share::Ci => vec![singles(12), swarm(1_000, 1_000)],
        Share::Nightly => vec![singles(1), pairs(), swarm(0, number("EDXAWS_SIM_SEEDS", 100_000))],
    };
    let failures: Vec<String> = tallies.into_iter().flat_map(|tally| tally.failures).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Every `nth` of all single troubles.
fn singles(nth: usize) -> Tally {
    let bare = sweep::bare(&["dev", "prod", "wide"]);
    let cases = bare.into_iter().flat_map(sweep::singles).step_by(nth);
    play_all("every boundary, every trouble", cases)
}

fn pairs() -> Tally {
    let cases = ["up:dev/elastic_ip:seed=1:f=", "destroy:dev/elastic_ip:seed=1:f="];
    let cases = cases.into_iter().map(|line| line.parse::<Case>().expect("a case"));
    play_all("every pair of crashes", cases.flat_map(sweep::pairs))
}

fn swarm(from: u64, count: u64) -> Tally {
    play_all("swarm", (from..from + count).map(swarm::case))
}
