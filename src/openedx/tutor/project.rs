//! The folder of one platform that Tutor works in. It holds no secret, and only its owner reads it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::config::Request;
use super::venv::{lock, private};
use crate::openedx::inputs::Inputs;
use crate::openedx::renderer::{Folders, RenderError, Tell};

/// Held as long as it is used: two processes would write into each other's files.
pub struct Project {
    root: PathBuf,
    _lock: File,
}

/// What was last asked for here.
const MARK: &str = "edxaws-request.json";

impl Project {
    pub async fn open(
        folders: &Folders,
        inputs: &Inputs,
        tell: Tell<'_>,
    ) -> Result<Self, RenderError> {
        let root = folders.cache.join("projects").join(&inputs.stack).join(&inputs.platform);
        private(&root)?;
        let lock = lock(&root.join("edxaws.lock"), tell).await?;
        Ok(Self { root, _lock: lock })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn plugins(&self) -> PathBuf {
        self.root.join("plugins")
    }

    pub fn environment(&self) -> PathBuf {
        self.root.join("env")
    }

    /// Plugins as asked for and nothing of an earlier rendering.
    pub fn write(&self, request: &Request) -> Result<(), RenderError> {
        for folder in [self.plugins(), self.environment()] {
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(RenderError::io(&folder))?;
            }
        }
        let _ = fs::remove_file(self.root.join(MARK));
        private(&self.plugins())?;
        for (name, text) in &request.files {
            write(&self.plugins().join(name), text)?;
        }
        // Tutor writes over it and keeps its mode.
        write(&self.root.join("config.yml"), "")
    }

    /// Whether this very request was rendered here last.
    pub fn holds(&self, request: &Request) -> bool {
        let kept = fs::read_to_string(self.root.join(MARK)).ok();
        kept.is_some_and(|kept| kept == marked(request)) && self.environment().exists()
    }

    pub fn mark(&self, request: &Request) -> Result<(), RenderError> {
        write(&self.root.join(MARK), &marked(request))
    }
}

fn marked(request: &Request) -> String {
    serde_json::to_string(request).unwrap_or_default()
}

/// A file only its owner reads.
fn write(path: &Path, text: &str) -> Result<(), RenderError> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(RenderError::io(path))
}
