//! Durable writes: each call to the file system that one is made of, so that any of them may fail.

use std::fmt::Debug;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

/// What a write asks of the file system. There is one real disk; tests have others.
pub trait Disk: Debug + Send {
    /// A new, empty file that only its owner may read.
    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    /// Returns when the content is on the disk.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Returns when the names in the folder are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// The disk of this machine.
#[derive(Debug)]
pub struct RealDisk;

impl Disk for RealDisk {}

/// Which version of a file this is: every rename puts another file in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    node: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The stamp of what is at `path`; `None` when there is nothing.
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|data| Self::read(&data))
    }

    fn read(data: &Metadata) -> Self {
        #[cfg(unix)]
        let node = std::os::unix::fs::MetadataExt::ino(data);
        #[cfg(not(unix))]
        let node = 0;
        Self { node, length: data.len(), modified: data.modified().ok() }
    }
}

/// Temp in the same folder → fsync → rename → fsync folder: a reader sees the former file or the
/// new one, whenever the power goes. Only the owner may read it.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_on(&RealDisk, path, bytes, || Ok(())).map(|_| ())
}

/// Writes as `write_private` does; `check` is asked last, right before the rename.
pub(super) fn write_on(
    disk: &dyn Disk,
    path: &Path,
    bytes: &[u8],
    check: impl FnOnce() -> io::Result<()>,
) -> io::Result<Stamp> {
    let folder = folder_of(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("state");
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_temporary(disk, &temporary, bytes).and_then(|stamp| {
        check()?;
        disk.rename(&temporary, path).map(|()| stamp)
    });
    if written.is_err() {
        // The former file is untouched; a leftover would only confuse.
        let _ = disk.remove(&temporary);
    }
    let stamp = written?;
    disk.sync_folder(folder)?;
    Ok(stamp)
}

fn write_temporary(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<Stamp> {
    let mut file = disk.create(path)?;
    disk.write(&mut file, bytes)?;
    disk.sync(&file)?;
    Ok(Stamp::read(&file.metadata()?))
}

/// The folder a file is in; the present one for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
