//! The state file: whole-file atomic writes, a digest, the last ten runs' versions beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::disk::{Disk, RealDisk, Stamp, folder_of, write_on};
use super::{Holder, SCHEMA, State};

const KEPT: usize = 10;

/// Where a state is kept.
pub trait Store: Send {
    /// Makes `state` durable under the next serial before it returns.
    fn save(&mut self, state: &mut State) -> Result<(), StateError>;
}

/// Why a state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("cannot use `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the state file `{}` is damaged: {why}", path.display())]
    Damaged { path: PathBuf, why: String, good: Option<PathBuf> },
    #[error("the state file `{}` has schema {found}, this edxaws reads up to {SCHEMA}", path.display())]
    Newer { path: PathBuf, found: u64 },
    #[error("another process wrote the state file `{}` meanwhile", path.display())]
    Overtaken { path: PathBuf },
    #[error("the state is locked by {}", who(holder.as_ref()))]
    Locked { path: PathBuf, holder: Option<Holder> },
}

fn who(holder: Option<&Holder>) -> String {
    match holder {
        Some(h) => format!("`{}`, process {} on {}, since {}", h.command, h.pid, h.host, h.since),
        None => "another process".to_owned(),
    }
}

/// A state in one file.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    disk: Box<dyn Disk>,
    written: Written,
}

/// What this run has written so far.
#[derive(Debug)]
enum Written {
    /// Nothing; the version it found has yet to be put aside.
    Nothing,
    /// This version, which must still be there at the next write.
    Version(Stamp),
}

impl FileStore {
    pub fn new(path: PathBuf) -> Self {
        Self::on(Box::new(RealDisk), path)
    }

    /// A state on another disk than the real one. A link is followed once and for all: it is the
    /// file behind it that is replaced, and locked.
    pub fn on(disk: Box<dyn Disk>, path: PathBuf) -> Self {
        let behind = path.is_symlink().then(|| path.canonicalize().ok()).flatten();
        Self { path: behind.unwrap_or(path), disk, written: Written::Nothing }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state, or `None` when there is no file.
    pub fn load(&self) -> Result<Option<State>, StateError> {
        match fs::read(&self.path) {
            Ok(bytes) => self.parse(&self.path, &bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.path.is_symlink() => {
                Ok(None)
            }
            // A link to nothing is no empty state: what it led to may be away for a moment only.
            Err(source) => Err(self.io(source)),
        }
    }

    /// Former versions, newest first.
    pub fn history(&self) -> Vec<(u64, PathBuf)> {
        let stem = self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let entries = fs::read_dir(self.history_folder()).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let name = path.file_name()?.to_str()?;
                let serial = name.strip_prefix(stem)?.strip_prefix('.')?.strip_suffix(".json")?;
                Some((serial.parse().ok()?, path.clone()))
            })
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found
    }

    /// Reads a former version.
    pub fn load_version(&self, path: &Path) -> Result<State, StateError> {
        let bytes =
            fs::read(path).map_err(|source| StateError::Io { path: path.to_owned(), source })?;
        self.parse(path, &bytes)
    }

    fn history_folder(&self) -> PathBuf {
        folder_of(&self.path).join("history")
    }

    fn parse(&self, path: &Path, bytes: &[u8]) -> Result<State, StateError> {
        let damaged = |why: String| StateError::Damaged {
            path: path.to_owned(),
            why,
            good: (path == self.path).then(|| self.newest_good()).flatten(),
        };
        let mut document: Value =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let found = document.get("schema").and_then(Value::as_u64).unwrap_or_default();
        if found > u64::from(SCHEMA) {
            return Err(StateError::Newer { path: path.to_owned(), found });
        }
        let claimed = document.as_object_mut().and_then(|map| map.remove("digest"));
        if claimed.as_ref().and_then(Value::as_str) != Some(digest(&document).as_str()) {
            return Err(damaged("its digest does not fit its content".to_owned()));
        }
        serde_json::from_value(document).map_err(|error| damaged(error.to_string()))
    }

    fn newest_good(&self) -> Option<PathBuf> {
        self.history()
            .into_iter()
            .map(|(_, path)| path)
            .find(|path| self.load_version(path).is_ok())
    }

    /// The fence: what is there must be what this run has read or written last. The lock keeps
    /// others away; this notices when somebody has deleted the lock file.
    fn check_not_overtaken(&self, state: &State) -> Result<(), StateError> {
        let same = match &self.written {
            // What is damaged is not overwritten either.
            Written::Nothing => self
                .load()?
                .is_none_or(|found| found.lineage == state.lineage && found.serial == state.serial),
            Written::Version(ours) => Stamp::of(&self.path).is_none_or(|found| found == *ours),
        };
        if same { Ok(()) } else { Err(StateError::Overtaken { path: self.path.clone() }) }
    }

    /// Before a run's first write, the version it found is put aside.
    fn keep_former(&self) -> io::Result<()> {
        let folder = folder_of(&self.path);
        if let Ok(Some(former)) = self.load() {
            let history = self.history_folder();
            fs::create_dir_all(&history)?;
            let stem = self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let to = history.join(format!("{stem}.{}.json", former.serial));
            write_on(&*self.disk, &to, &fs::read(&self.path)?, || Ok(()))?;
            for (_, old) in self.history().into_iter().skip(KEPT) {
                self.disk.remove(&old)?;
            }
        }
        // A folder that was made a moment ago has to outlive the power, too; one above that this
        // user may not read was there before.
        match self.disk.sync_folder(folder_of(&folder.canonicalize()?)) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            synced => synced,
        }
    }

    fn io(&self, source: io::Error) -> StateError {
        StateError::Io { path: self.path.clone(), source }
    }
}

impl Store for FileStore {
    fn save(&mut self, state: &mut State) -> Result<(), StateError> {
        let found = Stamp::of(&self.path);
        self.check_not_overtaken(state)?;
        if matches!(self.written, Written::Nothing) {
            self.keep_former().map_err(|source| self.io(source))?;
        }
        state.serial += 1;
        // Putting things aside and writing took a while: is it still what was found?
        let mut overtaken = false;
        let check = || {
            overtaken = Stamp::of(&self.path) != found;
            if overtaken { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
        };
        let written = write_on(&*self.disk, &self.path, &render(state), check);
        self.written = match written {
            Ok(stamp) => Written::Version(stamp),
            Err(_) if overtaken => return Err(StateError::Overtaken { path: self.path.clone() }),
            Err(source) => return Err(self.io(source)),
        };
        Ok(())
    }
}

/// A state that lives as long as the process: for tests and the simulation.
#[derive(Debug, Default, Clone)]
pub struct MemoryStore(pub std::sync::Arc<std::sync::Mutex<Option<State>>>);

impl Store for MemoryStore {
    fn save(&mut self, state: &mut State) -> Result<(), StateError> {
        state.serial += 1;
        let mut slot = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *slot = Some(state.clone());
        Ok(())
    }
}

/// Pretty JSON with sorted keys and the digest of everything else.
fn render(state: &State) -> Vec<u8> {
    let mut document = serde_json::to_value(state).unwrap_or(Value::Null);
    let digest = digest(&document);
    if let Some(map) = document.as_object_mut() {
        map.insert("digest".to_owned(), Value::String(digest));
    }
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn digest(document: &Value) -> String {
    let hash = Sha256::digest(document.to_string());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
