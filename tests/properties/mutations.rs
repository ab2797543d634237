//! Whatever bytes a file holds: no panic, no nonsense taken for sense.
//!
//! Every file of `tests/corpus/<target>/` is replayed as it is and in many mutations, drawn from
//! seeds; a failure names the file and the seed. What fails is committed to the corpus.

use std::path::{Path, PathBuf};

use edxaws::aws::{Failure, Outcome, ROWS, Verdict, verdict};
use edxaws::engine::{Plan, Schedule};
use edxaws::event::Stamped;
use edxaws::kubeconfig::{Entries, merge};
use edxaws::state::{FileStore, State, StateError};
use edxaws::{profile, view};

use crate::rounds;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("no {}", folder.display()))
        .flatten()
        .map(|entry| (entry.path(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{} has {} files", folder.display(), files.len());
    files
}

/// Replays the corpus of a target and `day` (or `night`) mutations of it.
fn fuzz(target: &str, day: usize, night: usize, check: impl Fn(&[u8])) {
    let files = corpus(target);
    let run = |name: &str, bytes: &[u8]| {
        let checked = std::panic::AssertUnwindSafe(|| check(bytes));
        if std::panic::catch_unwind(checked).is_err() {
            panic!("{target}: {name}\n{}", String::from_utf8_lossy(bytes));
        }
    };
    for (path, bytes) in &files {
        run(&path.display().to_string(), bytes);
    }
    for seed in 0..rounds(day, night) as u64 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (path, bytes) = &files[random.usize(..files.len())];
        let other = &files[random.usize(..files.len())].1;
        let bytes = mutated(bytes, other, &mut random);
        run(&format!("{} mutated by seed {seed}", path.display()), &bytes);
    }
}

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "true",
    "-1",
    "0",
    "18446744073709551616",
    "1e999",
    "\\u0000",
    "\u{feff}",
    "\n",
    "\t",
    "=",
    "#",
    "'''",
    "\"\"\"",
    "..",
    "$ref",
    "schema",
    "needs",
    "- ",
    "  ",
    "&a",
    "*a",
    "|",
    "é",
    "𝄞",
];

fn mutated(bytes: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(0..=bytes.len());
        let end = (at + random.usize(0..40)).min(bytes.len());
        match random.u8(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(0..8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => bytes.truncate(at),
            4 if !other.is_empty() => {
                let from = random.usize(..other.len());
                let to = (from + random.usize(0..80)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            5 => {
                // A number becomes another one.
                if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                    bytes[at + digit] = b'0' + random.u8(0..10);
                }
            }
            _ => {
                let word = WORDS[random.usize(..WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

#[test]
fn profiles() {
    fuzz("profile", 400, 40_000, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        match profile::from_text("any.toml", text) {
            Ok(found) => {
                let shown = profile::show(&found);
                let again = profile::from_text("shown.toml", &shown);
                assert_eq!(again.map(|one| one.settings), Ok(found.settings), "{shown}");
            }
            Err(error) => {
                assert!(!error.findings.is_empty());
                assert!(!profile::render(&error.findings).is_empty());
            }
        }
    });
}

#[test]
fn states() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dev.json");
    let mut sound = Vec::new();
    for (file, _) in corpus("state") {
        if let Ok(Some(state)) = FileStore::new(file).load() {
            sound.push(state);
        }
    }
    fuzz("state", 1500, 200_000, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        match FileStore::new(path.clone()).load() {
            // The digest lets nothing through but what somebody wrote on purpose.
            Ok(Some(state)) => assert!(sound.contains(&state), "accepted"),
            Ok(None) => panic!("there is a file"),
            Err(StateError::Damaged { why, .. }) => assert!(!why.is_empty()),
            Err(StateError::Newer { found, .. }) => assert!(found > 1),
            Err(other) => panic!("{other}"),
        }
        // Behind the digest: whatever is read is written back as it was.
        if let Ok(state) = serde_json::from_slice::<State>(bytes) {
            let again = serde_json::to_vec(&state).unwrap();
            assert_eq!(serde_json::from_slice::<State>(&again).unwrap(), state);
        }
    });
}

#[test]
fn saved_plans() {
    fuzz("plan", 1500, 200_000, |bytes| {
        let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else { return };
        let again = serde_json::to_vec(&plan).unwrap();
        assert_eq!(serde_json::from_slice::<Plan>(&again).unwrap(), plan);
        let _ = (view::plan(&plan, view::Manifests::Whole), plan.counts());
        // A plan from a file may be wrong in any way; one that cannot be ordered is refused.
        if plan.check().is_ok() {
            let needs: Vec<_> = plan.steps.iter().map(|step| step.needs.clone()).collect();
            let mut schedule = Schedule::new(&needs, &vec![1; needs.len()]);
            let mut started = 0;
            while let Some(step) = schedule.take() {
                started += 1;
                schedule.done(step);
            }
            assert_eq!(started, needs.len(), "a step never starts");
        }
    });
}

#[test]
fn events() {
    fuzz("event", 3000, 400_000, |bytes| {
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(event) = serde_json::from_slice::<Stamped>(line) else { continue };
            let again = serde_json::to_vec(&event).unwrap();
            let again: Stamped = serde_json::from_slice(&again).unwrap();
            assert_eq!((again.at, again.event), (event.at, event.event));
        }
    });
}

#[test]
fn kubeconfigs() {
    let entries = Entries {
        name: "edxaws-dev".to_owned(),
        endpoint: "https://example.org".to_owned(),
        certificate_authority: "Q0E=".to_owned(),
        cluster: "edxaws-dev-main".to_owned(),
        region: "us-east-1".to_owned(),
        command: "edxaws".to_owned(),
        env: Vec::new(),
    };
    fuzz("kubeconfig", 3000, 400_000, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(merged) = merge(text, &entries) else { return };
        assert!(merged.contains("edxaws-dev-main"));
        // What was no kubeconfig before is none afterwards.
        let list = |found: &serde_json::Value, key: &str| {
            found.get(key).is_none_or(|value| value.is_array() || value.is_null())
        };
        let read = serde_saphyr::from_str::<serde_json::Value>(text);
        let sound =
            |found| ["clusters", "contexts", "users"].into_iter().all(|key| list(&found, key));
        if read.is_ok_and(sound) {
            assert_eq!(merge(&merged, &entries).as_ref(), Ok(&merged), "merged twice");
        }
        if !text.contains("edxaws-dev") {
            // Every line that was there is there, in order.
            let mut lines = merged.lines();
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                // An empty list (`users: null`) becomes one with entries, a context is chosen.
                let ours = ["current-context", "clusters:", "contexts:", "users:"];
                let kept = ours.into_iter().any(|key| line.starts_with(key))
                    || lines.any(|one| one == line);
                assert!(kept, "lost `{line}`:\n{merged}");
            }
        }
    });
}

/// Lines of `service⇥code⇥message`.
#[test]
fn verdicts() {
    fuzz("verdict", 3000, 400_000, |bytes| {
        for line in String::from_utf8_lossy(bytes).lines() {
            let mut parts = line.splitn(3, '\t').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            let (service, code, message) = (part(), part(), part());
            let of = |outcome| {
                let failure = Failure::unexpected(&service, "Call", message.clone());
                verdict(&Failure { code: code.clone(), outcome, ..failure })
            };
            let (refused, unknown) = (of(Outcome::Refused), of(Outcome::Unknown));
            let same = refused == unknown;
            assert!(same || refused == Verdict::Fatal && unknown == Verdict::Unclear, "{line}");
        }
    });
}

/// Every row of the verdict table can be reached: none stands behind a wider one.
#[test]
fn every_row_of_the_verdicts_is_reachable() {
    for (number, row) in ROWS.iter().enumerate() {
        let code = match row.code.strip_prefix('*') {
            Some(suffix) => format!("Something{suffix}"),
            None => row.code.to_owned(),
        };
        let service = if row.service.is_empty() { "any" } else { row.service };
        let failure = Failure::unexpected(service, "Call", row.message);
        let failure = Failure { code, ..failure };
        let first = ROWS.iter().position(|other| {
            let code = match other.code.strip_prefix('*') {
                Some(suffix) => failure.code.ends_with(suffix),
                None => failure.code == other.code,
            };
            let service = other.service.is_empty() || other.service == failure.service;
            code && service && failure.message.to_lowercase().contains(other.message)
        });
        let first = first.unwrap();
        // Behind a wider row of the same verdict it says nothing new, but does no harm.
        assert!(
            first == number || ROWS[first].verdict == row.verdict,
            "{row:?} stands behind {:?}",
            ROWS[first]
        );
        assert_eq!(verdict(&failure), ROWS[first].verdict);
    }
}
