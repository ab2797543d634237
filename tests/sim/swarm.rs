//! The swarm: each seed draws a history, a ground, and a few troubles out of its own part of the
//! alphabet.

use std::sync::OnceLock;

use crate::case::{Case, Stranger, Verb};
use crate::ground::{self, PROFILES};
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
    let kinds =
        KINDS.get_or_init(|| PROFILES.map(|p| ground::kinds(p).into_iter().collect()).to_vec());
    let profile = random.usize(..PROFILES.len());
    // A whole profile now and then.
    if random.u16(..500) == 0 {
        return format!("{}/all", PROFILES[profile]);
    }
    let mut chosen: Vec<&str> = (0..random.usize(1..=3))
        .filter_map(|_| random.choice(&kinds[profile]))
        .map(String::as_str)
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    format!("{}/{}", PROFILES[profile], chosen.join("+"))
}
