//! States of every released schema are read for ever, and one of the future is refused.
//!
//! `tests/golden/state/schema-N.json` is a state as the version that brought schema N wrote it. It
//! is never written anew: a change that cannot read it needs a reader for the older schema.

use std::path::{Path, PathBuf};

use edxaws::error::Problem;
use edxaws::state::{FileStore, SCHEMA, StateError, Store};

use crate::sample;

fn golden(schema: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/state");
    folder.join(format!("schema-{schema}.json"))
}

#[test]
fn every_released_schema_is_read() {
    for schema in 1..=SCHEMA {
        let state = FileStore::new(golden(schema)).load().unwrap();
        let state = state.unwrap_or_else(|| panic!("no golden state of schema {schema}"));
        assert_eq!(state.records, sample().records, "schema {schema}");
        // What is written next is of the present schema.
        let folder = crate::fresh();
        let path = folder.path().join("dev.json");
        std::fs::copy(golden(schema), &path).unwrap();
        let mut store = FileStore::new(path.clone());
        let mut state = store.load().unwrap().unwrap();
        store.save(&mut state).unwrap();
        let written: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(written["schema"], SCHEMA);
        assert_eq!(crate::loaded(&path), state);
    }
}

/// What this version writes is byte for byte what it wrote when the schema was released.
#[test]
fn the_present_schema_is_written_as_released() {
    let folder = crate::fresh();
    let path = folder.path().join("dev.json");
    FileStore::new(path.clone()).save(&mut sample()).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    if !golden(SCHEMA).exists() && std::env::var_os("EDXAWS_BLESS").is_some() {
        std::fs::write(golden(SCHEMA), &written).unwrap();
    }
    assert_eq!(written, std::fs::read_to_string(golden(SCHEMA)).unwrap());
}

#[test]
fn a_state_of_the_future_is_refused_and_left_alone() {
    let folder = crate::fresh();
    let path = folder.path().join("dev.json");
    // The future may know fields that this version does not.
    let text = format!("{{\"schema\": {}, \"stack\": \"dev\", \"shards\": []}}", SCHEMA + 1);
    std::fs::write(&path, &text).unwrap();
    let mut store = FileStore::new(path.clone());
    let refused = store.load().unwrap_err();
    assert!(matches!(refused, StateError::Newer { found, .. } if found == u64::from(SCHEMA) + 1));
    let problem = Problem::from(refused);
    assert!(problem.message.contains(&format!("has schema {}", SCHEMA + 1)), "{problem:?}");
    assert_eq!(problem.hint.as_deref(), Some("use the newer edxaws that wrote it"));
    assert!(store.save(&mut sample()).is_err(), "not overwritten either");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
