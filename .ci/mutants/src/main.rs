//! Weaves all mutants of a tree into one: `weave <list.json> <tree> [numbers left out...]`.
//!
//! `cargo mutants` builds the program once for each mutant, which takes days. Here every mutant is a
//! branch that `EDXAWS_MUTANT=<number>` chooses at run time, so that one build holds them all. The
//! number is the place in the list that `cargo mutants --list --json` gives.

mod places;
mod weave;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Mutant {
    file: String,
    genre: String,
    replacement: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Position,
    end: Position,
}

#[derive(Debug, Deserialize)]
struct Position {
    line: usize,
    column: usize,
}

/// What the branches ask. With `EDXAWS_MUTANT=record` it notes which are reached.
const SWITCH: &str = r#"
pub mod mutation {
    use std::io::Write;
    use std::sync::{LazyLock, Mutex};

    static CHOSEN: LazyLock<String> =
        LazyLock::new(|| std::env::var("EDXAWS_MUTANT").unwrap_or_default());
    static NUMBER: LazyLock<Option<usize>> = LazyLock::new(|| CHOSEN.parse().ok());
    static REACHED: Mutex<Vec<bool>> = Mutex::new(Vec::new());

    #[allow(warnings, clippy::all, clippy::pedantic)]
    pub fn on(number: usize) -> bool {
        if let Some(chosen) = *NUMBER {
            return chosen == number;
        }
        if *CHOSEN == "record" {
            let mut reached = REACHED.lock().unwrap_or_else(|broken| broken.into_inner());
            if reached.len() <= number {
                reached.resize(number + 1, false);
            }
            if !std::mem::replace(&mut reached[number], true) {
                let path = std::env::var("EDXAWS_MUTANT_LOG").unwrap_or_default();
                let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
                let _ = file.map(|mut file| writeln!(file, "{number}"));
            }
        }
        false
    }
}
"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (list, tree) = (arguments.next().unwrap(), PathBuf::from(arguments.next().unwrap()));
    let without: BTreeSet<usize> = arguments.map(|number| number.parse().unwrap()).collect();
    let list: Vec<Mutant> = serde_json::from_str(&std::fs::read_to_string(list).unwrap()).unwrap();
    let mut files: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in list.iter().enumerate() {
        let all = files.entry(&mutant.file).or_default();
        if !without.contains(&number) {
            all.push((number, mutant));
        }
    }
    for (file, mutants) in files {
        edit(&tree.join(file), |text| {
            let (woven, left) = weave::file(text, &mutants);
            for number in left {
                println!("{number}");
            }
            woven
        });
    }
    edit(&tree.join("src/lib.rs"), |text| format!("{text}{SWITCH}"));
}

fn edit(path: &Path, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, change(&text)).unwrap();
}
