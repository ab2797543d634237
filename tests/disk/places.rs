//! Odd places for a state: no permission, links, a folder in the way, another mount.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use edxaws::state::{FileStore, StateError, Store};

use crate::{folder, later, loaded, sample};

#[test]
fn a_folder_that_takes_no_files() {
    // Even root cannot make a file there.
    let path = Path::new("/proc/self/dev.json").to_owned();
    let mut store = FileStore::new(path);
    assert!(store.load().unwrap().is_none());
    let saved = store.save(&mut sample());
    assert!(matches!(saved, Err(StateError::Io { .. })), "{saved:?}");
}

#[test]
fn a_link_to_nothing_is_no_empty_state() {
    let folder = crate::fresh();
    let path = folder.path().join("dev.json");
    symlink(folder.path().join("unmounted/dev.json"), &path).unwrap();
    let mut store = FileStore::new(path.clone());
    let loaded = store.load();
    assert!(matches!(loaded, Err(StateError::Io { .. })), "{loaded:?}");
    let saved = store.save(&mut sample());
    assert!(matches!(saved, Err(StateError::Io { .. })), "{saved:?}");
    assert!(path.is_symlink(), "the link is left as it is");
}

#[test]
fn a_link_stays_and_the_file_behind_it_changes() {
    let (_real, path) = folder();
    let other = crate::fresh();
    let link = other.path().join("dev.json");
    symlink(&path, &link).unwrap();
    let mut store = FileStore::new(link.clone());
    let mut next = later(&store.load().unwrap().unwrap());
    store.save(&mut next).unwrap();
    assert!(link.is_symlink());
    assert_eq!(loaded(&path), next);
    assert_eq!(store.path(), path.canonicalize().unwrap(), "the lock is the real file's");
}

#[test]
fn a_folder_in_the_way_of_the_file() {
    let folder = crate::fresh();
    let path = folder.path().join("dev.json");
    std::fs::create_dir(&path).unwrap();
    let mut store = FileStore::new(path);
    assert!(matches!(store.load(), Err(StateError::Io { .. })));
    assert!(matches!(store.save(&mut sample()), Err(StateError::Io { .. })));
}

#[test]
fn only_the_owner_may_read_a_state_and_its_former_versions() {
    let (_folder, path) = folder();
    let former = FileStore::new(path.clone()).history();
    assert_eq!(former.len(), 1);
    for file in [&path, &former[0].1] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn ten_former_versions_are_kept() {
    let (_folder, path) = folder();
    for _ in 0..20 {
        let mut state = loaded(&path);
        FileStore::new(path.clone()).save(&mut state).unwrap();
    }
    let history = FileStore::new(path.clone()).history();
    assert_eq!(history.len(), 10);
    assert_eq!(history[0].0, loaded(&path).serial - 1, "the newest first");
    for (serial, file) in history {
        assert_eq!(FileStore::new(path.clone()).load_version(&file).unwrap().serial, serial);
    }
}
