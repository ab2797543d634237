//! What was rendered before: the same inputs make the same objects, so Tutor need not run again.

use std::fs;
use std::path::PathBuf;

use super::venv::private;
use crate::openedx::rendered::Rendered;
use crate::openedx::renderer::{Folders, RenderError};

fn path(folders: &Folders, digest: &str) -> PathBuf {
    folders.cache.join("rendered").join(format!("{digest}.json"))
}

/// What is kept under the digest; what cannot be read is as good as none.
pub fn rendered(folders: &Folders, digest: &str) -> Option<Rendered> {
    let text = fs::read_to_string(path(folders, digest)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Keeps it, whole or not at all.
pub fn keep(folders: &Folders, digest: &str, rendered: &Rendered) -> Result<(), RenderError> {
    let path = path(folders, digest);
    private(&folders.cache.join("rendered"))?;
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let text = serde_json::to_string(rendered).map_err(std::io::Error::other);
    let kept =
        text.and_then(|text| fs::write(&fresh, text)).and_then(|()| fs::rename(&fresh, &path));
    kept.map_err(RenderError::io(&path))
}
