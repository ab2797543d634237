//! Power cuts: whatever a disk may hold after one, at any call of a write, loads as the version
//! before or the version after.
//!
//! A disk here remembers the calls of a save. A crash image is what may be found when the power
//! goes after some call: content that was not synced is cut anywhere, or zeros, or missing; names
//! that were not synced are there or not, in any combination.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use edxaws::state::{Disk, FileStore, State, StateError, Store};

use crate::{folder, later, loaded};

/// One call, by the names of files.
#[derive(Debug, Clone, PartialEq)]
enum Call {
    Create(PathBuf),
    Write(Vec<u8>),
    Sync,
    Rename(PathBuf, PathBuf),
    SyncFolder(PathBuf),
    Remove(PathBuf),
}

/// A disk that works, and remembers.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Call>>>);

impl Recorder {
    fn note(&self, call: Call) {
        self.0.lock().unwrap().push(call);
    }
}

impl Disk for Recorder {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.note(Call::Create(path.to_owned()));
        edxaws::state::RealDisk.create(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.note(Call::Write(bytes.to_vec()));
        edxaws::state::RealDisk.write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.note(Call::Sync);
        edxaws::state::RealDisk.sync(file)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.note(Call::Rename(from.to_owned(), to.to_owned()));
        edxaws::state::RealDisk.rename(from, to)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.note(Call::SyncFolder(folder.to_owned()));
        edxaws::state::RealDisk.sync_folder(folder)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.note(Call::Remove(path.to_owned()));
        edxaws::state::RealDisk.remove(path)
    }
}

/// Files by name, names pointing at content.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Image(BTreeMap<PathBuf, Vec<u8>>);

/// What may be in a file whose content was written and not synced.
fn torn(bytes: &[u8]) -> Vec<Vec<u8>> {
    let cut = |length: usize| bytes[..length].to_vec();
    let half = bytes.len() / 2;
    let mut zeroed = bytes.to_vec();
    zeroed[half..].fill(0);
    vec![Vec::new(), cut(1), cut(half), cut(bytes.len() - 1), zeroed, bytes.to_vec()]
}

/// One change of a folder that is not on the disk yet; names point at contents by number.
#[derive(Debug, Clone)]
enum Pending {
    Name(PathBuf, usize),
    Move(PathBuf, PathBuf),
    Gone(PathBuf),
}

impl Pending {
    fn folder(&self) -> &Path {
        match self {
            Self::Name(path, _) | Self::Move(_, path) | Self::Gone(path) => path.parent().unwrap(),
        }
    }
}

type Names = BTreeMap<PathBuf, usize>;

/// What was written, and whether it was synced.
type Contents = Vec<(Vec<u8>, bool)>;

/// Everything that may be found when the power goes after `calls`.
fn images(before: &Image, calls: &[Call]) -> BTreeSet<Image> {
    let mut contents: Contents = before.0.values().map(|bytes| (bytes.clone(), true)).collect();
    let mut durable: Names = before.0.keys().cloned().zip(0..).collect();
    let mut pending: Vec<Pending> = Vec::new();
    for call in calls {
        match call {
            Call::Create(path) => {
                contents.push((Vec::new(), false));
                pending.push(Pending::Name(path.clone(), contents.len() - 1));
            }
            Call::Write(bytes) => contents.last_mut().unwrap().0.clone_from(bytes),
            Call::Sync => contents.last_mut().unwrap().1 = true,
            Call::Rename(from, to) => pending.push(Pending::Move(from.clone(), to.clone())),
            Call::Remove(path) => pending.push(Pending::Gone(path.clone())),
            Call::SyncFolder(folder) => {
                let here = |one: &Pending| one.folder() == folder.as_path();
                let (synced, left): (Vec<_>, Vec<_>) = pending.into_iter().partition(here);
                pending = left;
                durable = settled(&durable, synced.iter());
            }
        }
    }
    let mut found = BTreeSet::new();
    for chosen in 0..1_u32 << pending.len() {
        let some = pending.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1);
        let names = settled(&durable, some.map(|(_, one)| one));
        found.extend(torn_images(&names, &contents));
    }
    found
}

/// The names after some changes. A move whose source never got its name moves nothing.
fn settled<'a>(base: &Names, changes: impl Iterator<Item = &'a Pending>) -> Names {
    let mut names = base.clone();
    for change in changes {
        match change {
            Pending::Name(path, content) => _ = names.insert(path.clone(), *content),
            Pending::Gone(path) => _ = names.remove(path),
            Pending::Move(from, to) => {
                if let Some(content) = names.remove(from) {
                    names.insert(to.clone(), content);
                }
            }
        }
    }
    names
}

/// One image for each way in which content that was not synced may be torn.
fn torn_images(names: &Names, contents: &Contents) -> Vec<Image> {
    let mut all = vec![Image::default()];
    for (path, content) in names {
        let (bytes, synced) = &contents[*content];
        let whole = *synced || bytes.is_empty();
        let versions = if whole { vec![bytes.clone()] } else { torn(bytes) };
        let with = |image: &Image, version: &Vec<u8>| {
            let mut image = image.clone();
            image.0.insert(path.clone(), version.clone());
            image
        };
        all = versions.iter().flat_map(|v| all.iter().map(move |image| with(image, v))).collect();
    }
    all
}

fn read(folder: &Path) -> Image {
    let mut image = Image::default();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false => _ = image.0.insert(path.clone(), std::fs::read(&path).unwrap()),
            }
        }
    }
    image
}

fn put(image: &Image, folder: &Path) {
    for path in read(folder).0.into_keys() {
        std::fs::remove_file(path).unwrap();
    }
    for (path, bytes) in &image.0 {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Tries every image of every prefix of a save's calls; returns how many there were.
fn crash_everywhere(before: Option<&State>, folder: &Path, path: &Path, next: &mut State) -> usize {
    let image = read(folder);
    let recorder = Recorder::default();
    FileStore::on(Box::new(recorder.clone()), path.to_owned()).save(next).unwrap();
    let calls = recorder.0.lock().unwrap().clone();
    let mut tried = 0;
    for length in 0..=calls.len() {
        for image in images(&image, &calls[..length]) {
            put(&image, folder);
            tried += 1;
            let context = || format!("after {:?}", calls[..length].last().map(name));
            let found = FileStore::new(path.to_owned()).load();
            let found = found.unwrap_or_else(|error| panic!("{}: {error}", context()));
            let whole = length == calls.len();
            assert!(
                found.as_ref() == Some(next) || !whole && found.as_ref() == before,
                "{}: neither before nor after",
                context()
            );
            // And the next run can write.
            let mut goes_on = found.unwrap_or_else(|| before.cloned().unwrap_or(later_of(next)));
            FileStore::new(path.to_owned()).save(&mut goes_on).unwrap();
            assert_eq!(loaded(path), goes_on);
        }
    }
    tried
}

fn later_of(next: &State) -> State {
    State { serial: 0, ..next.clone() }
}

fn name(call: &Call) -> String {
    format!("{call:?}").chars().take(60).collect()
}

#[test]
fn a_power_cut_at_any_call_leaves_the_version_before_or_after() {
    let (folder, path) = folder();
    let before = loaded(&path);
    let mut next = later(&before);
    let tried = crash_everywhere(Some(&before), folder.path(), &path, &mut next);
    assert!(tried >= 30, "{tried} images");
}

#[test]
fn a_power_cut_in_the_first_write_leaves_no_state_or_the_first() {
    let folder = crate::fresh();
    let path = folder.path().join("dev.json");
    let mut first = crate::sample();
    let tried = crash_everywhere(None, folder.path(), &path, &mut first);
    assert!(tried >= 15, "{tried} images");
}

/// The model itself can see: without the folder's fsync, or the file's, there is a bad image.
#[test]
fn the_model_knows_why_each_sync_is_there() {
    let (folder, path) = folder();
    let before = loaded(&path);
    let mut next = later(&before);
    let image = read(folder.path());
    let recorder = Recorder::default();
    FileStore::on(Box::new(recorder.clone()), path.clone()).save(&mut next).unwrap();
    let calls = recorder.0.lock().unwrap().clone();
    let breaks = |calls: &[Call]| {
        images(&image, calls).into_iter().any(|image| {
            put(&image, folder.path());
            match FileStore::new(path.clone()).load() {
                Ok(found) => found.as_ref() != Some(&next),
                Err(StateError::Damaged { .. }) => true,
                Err(other) => panic!("{other}"),
            }
        })
    };
    assert!(!breaks(&calls));
    let last = |wanted: fn(&Call) -> bool| calls.iter().rposition(wanted).unwrap();
    for at in [last(|call| *call == Call::Sync), last(|call| matches!(call, Call::SyncFolder(_)))] {
        let without: Vec<Call> = calls
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != at)
            .map(|(_, call)| call.clone())
            .collect();
        assert!(breaks(&without), "{:?} is needed by nothing", calls[at]);
    }
}
