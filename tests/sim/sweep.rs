//! Every boundary: each trouble of the swept ones at each call of a run, and pairs of them.

use crate::case::{Case, Stranger, Verb};
use crate::ground::{self, OPEN};
use crate::play::play;
use crate::trouble::Trouble;

/// Verbs and strangers of the sweep.
pub fn histories() -> impl Iterator<Item = (Verb, Stranger)> {
    Verb::ALL
        .into_iter()
        .flat_map(|verb| [Stranger::Away, Stranger::Meddles].map(|stranger| (verb, stranger)))
}

/// The cases of a sweep before troubles are put into them: every history on every cut of the dev
/// and prod profiles, and of the third profile on what only that one has.
pub fn bare() -> Vec<Case> {
    let known = ground::kinds("prod");
    let only = |cut: &String| cut.split_once('/').is_some_and(|(_, kind)| !known.contains(kind));
    let wide = ground::cuts("wide").into_iter().filter(only);
    let grounds: Vec<String> =
        ["dev", "prod"].into_iter().flat_map(ground::cuts).chain(wide).collect();
    let on = |ground: &String| {
        histories().map(|(verb, stranger)| Case::new(verb, stranger, ground, 1)).collect::<Vec<_>>()
    };
    // On a cluster each history is long: one ground for all.
    let cluster = format!("{OPEN}/kubernetes_workload");
    let cluster = Verb::ALL.map(|verb| Case::new(verb, Stranger::Away, &cluster, 1));
    grounds.iter().flat_map(on).chain(cluster).collect()
}

/// Every boundary of a case with every swept trouble.
pub fn singles(case: Case) -> impl Iterator<Item = Case> + Send {
    let calls = play(&case).boundaries;
    (1..=calls).flat_map(move |at| {
        let case = case.clone();
        Trouble::SWEPT.into_iter().map(move |trouble| case.with(&[(trouble, at)]))
    })
}

/// Every pair of crashes: at each call of the first process, and at each of the one after it.
pub fn pairs(case: Case) -> impl Iterator<Item = Case> + Send {
    let calls = play(&case).boundaries;
    (1..=calls).flat_map(move |first| {
        let case = case.clone();
        Trouble::PAIRED.into_iter().flat_map(move |one| {
            let once = case.with(&[(one, first)]);
            let all = play(&once).boundaries;
            (first + 1..=all).flat_map(move |second| {
                let once = once.clone();
                Trouble::PAIRED
                    .into_iter()
                    .map(move |two| once.with(&[once.troubles[0], (two, second)]))
            })
        })
    })
}

/// At each call an answer is lost while the lists do not show what is new: what is not seen at once was
/// made all the same.
pub fn unseen(case: Case) -> impl Iterator<Item = Case> + Send {
    let calls = play(&case).boundaries;
    (1..calls).map(move |at| case.with(&[(Trouble::Lag, at), (Trouble::Reset, at + 1)]))
}
