//! The folder Tutor lives in: made whole or not at all, by one process at a time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::requirements::{BUILD, Requirements, SOURCES, WHEELS, packages};
use super::{pip, python};
use crate::openedx::renderer::{Folders, Progress, RenderError, Tell};

/// The Python of the virtual environment for these packages, made if it is not there.
pub async fn ready(
    folders: &Folders,
    requirements: &Requirements,
    tell: Tell<'_>,
) -> Result<PathBuf, RenderError> {
    let folder = folders.cache.join(format!("tutor-{}", requirements.digest()));
    let python = folder.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    private(&folders.cache)?;
    let _lock = lock(&folder.with_extension("lock"), tell).await?;
    if python.exists() {
        return Ok(python);
    }
    // Under the lock nobody else writes here: what is left of an interrupted try goes.
    let fresh = folder.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(RenderError::io(&fresh))?;
    }
    if let Err(error) = install(&fresh, requirements, tell).await {
        // What is half there is of no use to anybody; the next try begins anew all the same.
        let _ = fs::remove_dir_all(&fresh);
        return Err(error);
    }
    fs::rename(&fresh, &folder).map_err(RenderError::io(&folder))?;
    Ok(python)
}

async fn install(
    folder: &Path,
    requirements: &Requirements,
    tell: Tell<'_>,
) -> Result<(), RenderError> {
    let step = |what: String| tell(Progress::Installing { what });
    step(format!("{} into a folder of its own, once", requirements.title()));
    let python = python::find().await?;
    pip::run(python::command(&python).args(["-m", "venv"]).arg(folder), None).await?;
    let files = [("wheels.txt", WHEELS), ("build.txt", BUILD), ("sources.txt", SOURCES)];
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(RenderError::io(&path))?;
    }
    let python = folder.join("bin/python");
    let locked = ["--require-hashes", "--no-deps"];
    let wheels = ["--only-binary", ":all:", "-r", "wheels.txt", "-r", "build.txt"];
    step(format!("{} packages that it needs", packages(WHEELS) + packages(BUILD)));
    pip::install(&python, folder, &[&locked[..], &wheels].concat()).await?;
    let sources = ["--no-build-isolation", "-r", "sources.txt"];
    step(format!("Tutor itself and {} plugins, built here", packages(SOURCES) - 1));
    pip::install(&python, folder, &[&locked[..], &sources].concat()).await?;
    pip::install_extra(&python, folder, &requirements.extra, tell).await
}

/// A folder only its owner looks into.
pub fn private(folder: &Path) -> Result<(), RenderError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(RenderError::io(folder))
}

/// Held by the kernel, so a killed process leaves none behind.
pub async fn lock(path: &Path, tell: Tell<'_>) -> Result<File, RenderError> {
    let file = File::create(path).map_err(RenderError::io(path))?;
    if file.try_lock().is_ok() {
        return Ok(file);
    }
    tell(Progress::Waiting { folder: path.to_owned() });
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    let locked = waiting.await.map_err(std::io::Error::other).and_then(|locked| locked);
    locked.map_err(RenderError::io(path))
}
