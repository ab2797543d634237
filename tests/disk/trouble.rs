//! Full and broken disks: whatever call fails, and in whatever way, what was recorded is there.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use edxaws::error::Problem;
use edxaws::state::{Disk, FileStore, RealDisk, StateError, Store};

use crate::{folder, later, loaded};

/// A disk whose `nth` call fails (counted from 0), and all after it when it stays broken.
#[derive(Debug, Clone)]
struct Failing {
    nth: usize,
    kind: ErrorKind,
    stays: bool,
    calls: Arc<AtomicUsize>,
}

impl Failing {
    fn new(nth: usize, kind: ErrorKind, stays: bool) -> Self {
        Self { nth, kind, stays, calls: Arc::default() }
    }

    fn next(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let fails = call == self.nth || self.stays && call > self.nth;
        if fails { Err(self.kind.into()) } else { Ok(()) }
    }

    fn struck(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.nth
    }
}

impl Disk for Failing {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.next()?;
        RealDisk.create(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        // A full disk takes a part.
        if let Err(error) = self.next() {
            file.write_all(&bytes[..bytes.len() / 3])?;
            return Err(error);
        }
        RealDisk.write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.next()?;
        RealDisk.sync(file)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.next()?;
        RealDisk.rename(from, to)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.next()?;
        RealDisk.sync_folder(folder)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.next()?;
        RealDisk.remove(path)
    }
}

/// A disk with a folder that this user may not open.
#[derive(Debug)]
struct Forbidden(PathBuf);

impl Disk for Forbidden {
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.canonicalize()? == self.0 {
            return Err(ErrorKind::PermissionDenied.into());
        }
        RealDisk.sync_folder(folder)
    }
}

/// Until the nth call is one too many, as SQLite tests its own.
#[test]
fn a_write_that_fails_anywhere_loses_nothing() {
    let kinds = [
        ErrorKind::StorageFull,
        ErrorKind::Other,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::QuotaExceeded,
    ];
    let mut struck = 0;
    for kind in kinds {
        for stays in [false, true] {
            for nth in 0.. {
                let (folder, path) = folder();
                let before = loaded(&path);
                let mut next = later(&before);
                let disk = Failing::new(nth, kind, stays);
                let mut store = FileStore::on(Box::new(disk.clone()), path.clone());
                let saved = store.save(&mut next);
                if !disk.struck() {
                    saved.unwrap();
                    break;
                }
                struck += 1;
                let context = format!("{kind:?} at call {nth}, stays: {stays}");
                let StateError::Io { .. } = saved.expect_err(&context) else { panic!("{context}") };
                let found = loaded(&path);
                assert!(found == before || found == next, "{context}: neither before nor after");
                if !stays {
                    let left: Vec<_> =
                        std::fs::read_dir(folder.path()).unwrap().flatten().collect();
                    let temporary = |entry: &&std::fs::DirEntry| {
                        entry.file_name().to_string_lossy().ends_with(".tmp")
                    };
                    assert!(left.iter().find(temporary).is_none(), "{context}: litter");
                }
                // The disk is mended: the next run goes on from what is there.
                let mut goes_on = found;
                FileStore::new(path.clone()).save(&mut goes_on).unwrap();
                assert_eq!(loaded(&path), goes_on, "{context}");
            }
        }
    }
    assert!(struck >= 60, "{struck} failures were tried");
}

/// The folder above may belong to somebody else: it was there before, and is not ours to sync.
#[test]
fn a_folder_above_that_one_may_not_read_is_no_failure() {
    let (folder, path) = folder();
    let denied = Forbidden(folder.path().parent().unwrap().canonicalize().unwrap());
    let mut next = later(&loaded(&path));
    FileStore::on(Box::new(denied), path.clone()).save(&mut next).unwrap();
    assert_eq!(loaded(&path), next);
}

#[test]
fn the_message_of_a_full_disk_helps() {
    let (_folder, path) = folder();
    let disk = Failing::new(0, ErrorKind::StorageFull, true);
    let mut store = FileStore::on(Box::new(disk), path.clone());
    let problem = Problem::from(store.save(&mut later(&loaded(&path))).unwrap_err());
    assert!(problem.message.contains("dev.json"), "{problem:?}");
    assert!(problem.causes[0].contains("no storage space"), "{problem:?}");
    assert!(problem.hint.unwrap().contains("what was recorded before is safe"));
}

#[test]
fn a_damaged_file_is_never_overwritten() {
    let (_folder, path) = folder();
    let mut state = loaded(&path);
    std::fs::write(&path, "{ half").unwrap();
    let saved = FileStore::new(path.clone()).save(&mut state);
    assert!(matches!(saved, Err(StateError::Damaged { .. })), "{saved:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{ half");
}

/// A disk on which somebody else writes the state while ours is being written.
#[derive(Debug)]
struct Crowded(PathBuf);

impl Disk for Crowded {
    fn sync(&self, file: &File) -> io::Result<()> {
        let theirs = std::fs::read(&self.0)?;
        std::fs::remove_file(&self.0)?;
        std::fs::write(&self.0, [&theirs[..], b"\n"].concat())?;
        RealDisk.sync(file)
    }
}

#[test]
fn who_is_overtaken_while_it_writes_stops() {
    let (_folder, path) = folder();
    let mut state = loaded(&path);
    let saved = FileStore::on(Box::new(Crowded(path.clone())), path.clone()).save(&mut state);
    assert!(matches!(saved, Err(StateError::Overtaken { .. })), "{saved:?}");
}

/// Two processes on one state: only when somebody deleted the lock file. The one that comes second
/// stops before it can forget what the other has made.
#[test]
fn who_is_overtaken_stops() {
    let (_folder, path) = folder();
    let (mut mine, mut theirs) = (loaded(&path), loaded(&path));
    let (mut my_store, mut their_store) =
        (FileStore::new(path.clone()), FileStore::new(path.clone()));
    my_store.save(&mut mine).unwrap();
    let first = their_store.save(&mut theirs);
    assert!(matches!(first, Err(StateError::Overtaken { .. })), "{first:?}");
    // Both have begun: the versions take turns, and are told apart.
    let mut theirs = loaded(&path);
    let mut their_store = FileStore::new(path.clone());
    their_store.save(&mut theirs).unwrap();
    let second = my_store.save(&mut mine);
    assert!(matches!(second, Err(StateError::Overtaken { .. })), "{second:?}");
    assert_eq!(loaded(&path), theirs);
    let problem = Problem::from(second.unwrap_err());
    assert!(problem.hint.unwrap().contains("run it again"));
}
