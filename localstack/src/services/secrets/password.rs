//! GetRandomPassword.

use serde_json::json;

use super::super::Operation;
use super::invalid;
use crate::call::{Answer, Call};

pub const OPERATIONS: &[(&str, Operation)] = &[("GetRandomPassword", get)];

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

fn get(call: &mut Call<'_>) -> Answer {
    let length = usize::try_from(call.number("PasswordLength").unwrap_or(32)).unwrap_or(0);
    if !(1..=4096).contains(&length) {
        return Err(invalid("PasswordLength must be between 1 and 4096"));
    }
    let out = |name: &str| call.flag(name).unwrap_or_default();
    let excluded = call.text("ExcludeCharacters").unwrap_or_default();
    let sets = [
        (LOWER, !out("ExcludeLowercase")),
        (UPPER, !out("ExcludeUppercase")),
        (DIGITS, !out("ExcludeNumbers")),
        (PUNCTUATION, !out("ExcludePunctuation")),
        (" ", out("IncludeSpace")),
    ];
    let sets: Vec<Vec<char>> = sets
        .iter()
        .filter(|(_, taken)| *taken)
        .map(|(letters, _)| letters.chars().filter(|c| !excluded.contains(*c)).collect())
        .filter(|letters: &Vec<char>| !letters.is_empty())
        .collect();
    let each = call.flag("RequireEachIncludedType").unwrap_or(true);
    if sets.is_empty() || (each && sets.len() > length) {
        return Err(invalid("The password length and the excluded characters leave no password"));
    }
    Ok(json!({"RandomPassword": draw(call, &sets, length, each)}))
}

/// The first characters, one of each set, are swapped to random places afterwards.
fn draw(call: &mut Call<'_>, sets: &[Vec<char>], length: usize, each: bool) -> String {
    let all: Vec<char> = sets.iter().flatten().copied().collect();
    let mut letters: Vec<char> = (0..length)
        .map(|at| {
            let from = if each { sets.get(at).unwrap_or(&all) } else { &all };
            from[index(call, from.len())]
        })
        .collect();
    for at in 0..length {
        let other = index(call, length);
        letters.swap(at, other);
    }
    letters.into_iter().collect()
}

fn index(call: &mut Call<'_>, below: usize) -> usize {
    ((call.world.random() >> 11) % below as u64) as usize
}

/// A password of letters and digits, for secrets that AWS makes itself.
pub fn random(call: &mut Call<'_>, length: usize) -> String {
    let sets = [LOWER, UPPER, DIGITS].map(|letters| letters.chars().collect());
    draw(call, &sets, length, true)
}
