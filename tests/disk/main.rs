//! The state file against its worst enemies: power cuts, full and broken disks, flipped bits, time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod corruption;
mod images;
mod places;
mod schemas;
mod trouble;

use std::path::{Path, PathBuf};

use edxaws::address::Address;
use edxaws::state::{FileStore, State, Store, Transition};
use serde_json::json;

/// A small state with one record in each phase.
pub fn sample() -> State {
    let lineage = "5f4dcc3b-0000-4000-8000-000000000000".to_owned();
    let mut state = State::new("dev", "123456789012", "us-east-1", lineage);
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let address = |name: &str| Address::parse(name).unwrap();
    let claim = |needs: &[&str]| Transition::Claim {
        token: "0123456789abcdef".to_owned(),
        desired: json!({"cidr": "10.0.0.0/16", "vpc": {"$ref": "vpc.main"}, "count": 1}),
        needs: needs.iter().map(|name| address(name)).collect(),
        at,
    };
    let live = json!({"id": "vpc-0a1b2c", "state": "available", "share": 0.25, "open": true});
    let made = || Transition::Made { live: live.clone(), at };
    let ready = || Transition::Ready { live: live.clone(), needs: [].into(), at };
    for (name, transitions) in [
        ("vpc.main", vec![claim(&[]), made(), ready()]),
        ("subnet.a", vec![claim(&["vpc.main"]), made()]),
        ("subnet.b", vec![claim(&["vpc.main"])]),
        ("route.public", vec![claim(&[]), made(), Transition::Leave { at }]),
    ] {
        for transition in transitions {
            state.apply(&address(name), transition).unwrap();
        }
    }
    state
}

/// The state one transition later.
pub fn later(state: &State) -> State {
    let mut state = state.clone();
    state.apply(&Address::parse("route.public").unwrap(), Transition::Gone).unwrap();
    state
}

/// An empty folder; in memory where there is such a place, since tests here write without end.
pub fn fresh() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = memory.is_dir().then(|| tempfile::tempdir_in(memory).ok()).flatten();
    folder.unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// A folder with a state file that has been written twice: there is a good former version.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = fresh();
    let path = folder.path().join("dev.json");
    let mut state = sample();
    FileStore::new(path.clone()).save(&mut state).unwrap();
    FileStore::new(path.clone()).save(&mut state).unwrap();
    (folder, path)
}

pub fn loaded(path: &Path) -> State {
    FileStore::new(path.to_owned()).load().unwrap().unwrap()
}
