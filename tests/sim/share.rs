//! How much is played: a bounded, seeded share by default, all of it in the nightly.

use crate::case::Case;
use crate::fleet::{Tally, number, play_all};
use crate::{swarm, sweep};

/// A share of the simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Share {
    /// With every `cargo test`.
    Quick,
    /// In `.ci/run`.
    Ci,
    Nightly,
    /// The nightly's seeds alone, `EDXAWS_SIM_SEEDS` of them from `EDXAWS_SIM_FROM` on: for more
    /// processes, or to look for long.
    Swarm,
}

fn share() -> Share {
    match std::env::var("EDXAWS_SIM_SHARE").as_deref() {
        Ok("nightly") => Share::Nightly,
        Ok("ci") => Share::Ci,
        Ok("swarm") => Share::Swarm,
        _ => Share::Quick,
    }
}

pub fn run() {
    let tallies = match share() {
        Share::Quick => vec![singles(29, 9), unseen(), swarm(0, 100)],
        Share::Ci => vec![singles(5, 11), unseen(), swarm(1_000, 600)],
        Share::Nightly => vec![singles(1, 1), pairs(), unseen(), seeds()],
        Share::Swarm => vec![seeds()],
    };
    let failures: Vec<String> = tallies.into_iter().flat_map(|tally| tally.failures).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

fn seeds() -> Tally {
    swarm(number("EDXAWS_SIM_FROM", 0), number("EDXAWS_SIM_SEEDS", 100_000))
}

/// Of every `histories`-th history on a cut, every `nth` single trouble.
fn singles(histories: usize, nth: usize) -> Tally {
    let bare = sweep::bare().into_iter().step_by(histories);
    let cases = bare
        .enumerate()
        .flat_map(move |(number, case)| sweep::singles(case).skip(number % nth).step_by(nth));
    play_all("every boundary, every trouble", cases)
}

fn pairs() -> Tally {
    play_all("every pair of crashes", small().flat_map(sweep::pairs))
}

fn unseen() -> Tally {
    play_all("every answer lost while lists lag", small().flat_map(sweep::unseen))
}

/// A small graph, made and taken away.
fn small() -> impl Iterator<Item = Case> + Send {
    let cases = ["up:dev/nat_gateway:seed=1:f=", "destroy:dev/nat_gateway:seed=1:f="];
    cases.into_iter().map(|line| line.parse().expect("a case"))
}

fn swarm(from: u64, count: u64) -> Tally {
    play_all("swarm", (from..from + count).map(swarm::case))
}
