//! The kernel lock on a stack: a file of its own, so `kill -9` leaves no stale lock behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StateError;

/// Who holds the lock, for the message the next one sees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    pub command: String,
    pub since: Timestamp,
}

/// Held until dropped, or until the process dies in any way.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// How often a holder is looked for that has not written itself down yet.
const LOOKS: u32 = 1000;

/// Who the file says holds its lock.
fn named(file: &mut File) -> std::io::Result<Option<Holder>> {
    let mut text = String::new();
    for _ in 0..LOOKS {
        text.clear();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_string(&mut text)?;
        if let Ok(holder) = serde_json::from_str(&text) {
            return Ok(Some(holder));
        }
        std::thread::yield_now();
    }
    Ok(None)
}

impl Lock {
    /// Takes the lock or says who has it.
    pub fn take(path: &Path, holder: &Holder) -> Result<Self, StateError> {
        let io = |source| StateError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = named(&mut file).map_err(io)?;
                return Err(StateError::Locked { path: path.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let lock = Self { file, path: path.to_owned() };
        lock.write(holder).map_err(io)?;
        Ok(lock)
    }

    fn write(&self, holder: &Holder) -> std::io::Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        // At once, lest somebody reads half of it.
        file.write_all(&serde_json::to_vec(holder)?)?;
        file.flush()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
