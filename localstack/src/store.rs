//! Where a world is kept: in memory, or in a file that several processes share.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::clock::WorldClock;
use crate::world::World;

/// A world and where it lives. Every access goes through [`Store::with`].
pub struct Store {
    world: Mutex<World>,
    file: Option<PathBuf>,
}

/// The world holds secret values: its insides are nobody's business.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Store {
    /// A world that ends with the process.
    pub fn memory(seed: u64) -> Self {
        Self { world: Mutex::new(World::new(seed)), file: None }
    }

    /// The world saved at `path`, or a new one that begins now.
    pub fn file(path: &Path, seed: u64, scale: f64) -> io::Result<(Self, WorldClock)> {
        let mut world = load(path)?.unwrap_or_else(|| World::new(seed));
        let clock = WorldClock::wall(scale, world.origin);
        world.origin = clock.origin();
        Ok((Self { world: Mutex::new(world), file: Some(path.to_owned()) }, clock))
    }

    /// Looks at or changes the world. With a file: under its lock, on its newest version, saved
    /// before the lock is released, so a killed process takes nothing with it.
    pub fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> io::Result<T> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.file else { return Ok(work(&mut world)) };
        let _lock = lock(path)?;
        if let Some(newer) = load_if_newer(path, &world)? {
            *world = newer;
        }
        let (before, seed) = (world.generation, world.seed);
        let result = work(&mut world);
        if world.generation != before || world.seed != seed || !path.exists() {
            world.generation = world.generation.max(before + 1);
            save(path, &world)?;
        }
        Ok(result)
    }
}

fn lock(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.with_extension("lock"))?;
    file.lock()?;
    Ok(file)
}

fn load(path: &Path) -> io::Result<Option<World>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The generation stands in a small file of its own, so most calls read eight bytes.
fn load_if_newer(path: &Path, world: &World) -> io::Result<Option<World>> {
    let mark = fs::read_to_string(path.with_extension("generation")).unwrap_or_default();
    if mark.trim().parse() == Ok(world.generation) && path.exists() {
        return Ok(None);
    }
    load(path)
}

fn save(path: &Path, world: &World) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, serde_json::to_vec(world)?)?;
    fs::rename(&temporary, path)?;
    fs::write(path.with_extension("generation"), world.generation.to_string())
}
