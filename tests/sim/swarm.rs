//! The swarm: each seed draws a history, a ground, and a few troubles out of its own part of the
//! alphabet.

use std::sync::OnceLock;

use crate::case::{Case, Stranger, Verb};
use crate::ground::{self, BARE, ON_CLUSTER, OPEN, PROFILES};
use crate::trouble::Trouble;

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut random = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let verb = Verb::ALL[random.usize(..4)];
    let stranger = if random.u8(..3) == 0 { Stranger::Meddles } else { Stranger::Away };
    let ground = ground_of(&mut random);
    let case = Case::new(verb, stranger, &ground, seed);
    // Some troubles are enabled, the others cannot happen: combinations meet more often.
    let enabled: Vec<Trouble> = Trouble::all().filter(|_| random.u8(..4) == 0).collect();
    let count = random.usize(..5);
    let reach = [20, 60, 150][random.usize(..3)];
    let mut troubles: Vec<(Trouble, usize)> = (0..count)
        .filter_map(|_| Some((*random.choice(&enabled)?, random.usize(1..reach))))
        .collect();
    troubles.sort_by_key(|(_, at)| *at);
    case.with(&troubles)
}

fn ground_of(random: &mut fastrand::Rng) -> String {
    static KINDS: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    let kinds = KINDS
        .get_or_init(|| BARE.map(|profile| ground::kinds(profile).into_iter().collect()).into());
    // A whole profile now and then, and what runs on a cluster: each costs as much as many others.
    if random.u16(..500) == 0 {
        return format!("{}/all", random.choice(PROFILES).expect("profiles"));
    }
    if random.u8(..24) == 0 {
        return format!("{OPEN}/{}", some_of(&ON_CLUSTER, random));
    }
    let profile = random.usize(..kinds.len());
    format!("{}/{}", PROFILES[profile], some_of(&kinds[profile], random))
}

fn some_of(kinds: &[impl AsRef<str>], random: &mut fastrand::Rng) -> String {
    let mut chosen: Vec<&str> =
        (0..random.usize(1..=3)).filter_map(|_| random.choice(kinds)).map(AsRef::as_ref).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen.join("+")
}
