//! Flipped, lost and doubled bytes: never a panic, never taken for sound, and the message names the
//! newest good version.

use std::path::Path;

use edxaws::error::Problem;
use edxaws::state::{FileStore, State, StateError};

use crate::{folder, loaded};

/// Loads a damaged version: it is refused, or means exactly what it meant (white space, another
/// spelling of the same text).
fn refused(path: &Path, original: &State, bytes: &[u8], what: &str) -> bool {
    std::fs::write(path, bytes).unwrap();
    match FileStore::new(path.to_owned()).load() {
        Ok(state) => {
            assert_eq!(state.as_ref(), Some(original), "{what} was accepted");
            false
        }
        Err(StateError::Damaged { good: Some(good), .. }) => {
            assert!(good.ends_with("history/dev.1.json"), "{what}: {good:?}");
            true
        }
        // A digit more, or another one: refused as well.
        Err(StateError::Newer { .. }) => true,
        Err(other) => panic!("{what}: {other:?}"),
    }
}

#[test]
fn every_damaged_byte_of_a_small_state_is_noticed() {
    let (_folder, path) = folder();
    let sound = std::fs::read(&path).unwrap();
    let original = loaded(&path);
    let (mut tried, mut noticed) = (0, 0);
    let mut check = |bytes: &[u8], what: String| {
        tried += 1;
        noticed += usize::from(refused(&path, &original, bytes, &what));
    };
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        for bit in 0..8 {
            bytes[at] = sound[at] ^ 1 << bit;
            check(&bytes, format!("flip of bit {bit} at {at}"));
        }
        let mut shorter = sound.clone();
        shorter.remove(at);
        check(&shorter, format!("loss of byte {at}"));
        let mut longer = sound.clone();
        longer.insert(at, sound[at]);
        check(&longer, format!("doubled byte {at}"));
    }
    // The last byte is a line's end: without it nothing is lost.
    for length in 0..sound.len() - 1 {
        check(&sound[..length], format!("cut at {length}"));
    }
    assert!(tried > 15_000, "{tried} were tried");
    assert!(noticed * 100 > tried * 75, "{noticed} of {tried} were noticed");
}

#[test]
fn the_message_names_the_newest_good_version() {
    let (_folder, path) = folder();
    // The newest former version is damaged as well: the one before it is named.
    let mut state = loaded(&path);
    edxaws::state::Store::save(&mut FileStore::new(path.clone()), &mut state).unwrap();
    let history = FileStore::new(path.clone()).history();
    assert_eq!(history.len(), 2);
    std::fs::write(&history[0].1, "x").unwrap();
    std::fs::write(&path, "x").unwrap();
    let problem = Problem::from(FileStore::new(path.clone()).load().unwrap_err());
    let hint = problem.hint.unwrap();
    assert!(hint.contains(history[1].1.to_str().unwrap()), "{hint}");
    assert!(hint.contains("nothing was written"), "{hint}");
    // None is left: the tags in AWS are.
    std::fs::write(&history[1].1, "x").unwrap();
    let problem = Problem::from(FileStore::new(path).load().unwrap_err());
    assert!(problem.hint.unwrap().contains("edxaws state rescue"));
}
