//! The files that Tutor rendered, read without a trace of the key that stood in.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::openedx::jwt::StandIn;
use crate::openedx::kustomize::Files;
use crate::openedx::rendered::InitTask;
use crate::openedx::renderer::RenderError;

pub struct Environment<'a> {
    root: PathBuf,
    key: &'a StandIn,
    left: RefCell<Option<PathBuf>>,
}

impl<'a> Environment<'a> {
    pub fn new(root: PathBuf, key: &'a StandIn) -> Self {
        Self { root, key, left: RefCell::default() }
    }

    /// The first file in which the key could not be replaced.
    pub fn key_left(&self) -> Option<PathBuf> {
        self.left.borrow().clone()
    }
}

impl Files for Environment<'_> {
    fn text(&self, path: &Path) -> Result<String, String> {
        let text = std::fs::read_to_string(self.root.join(path)).map_err(|e| e.to_string())?;
        self.key.taken_out(&text).ok_or_else(|| {
            self.left.replace(Some(path.to_owned()));
            "it holds the private key".to_owned()
        })
    }
}

/// Scripts get the same treatment as files.
pub fn without_key(tasks: Vec<InitTask>, key: &StandIn) -> Result<Vec<InitTask>, RenderError> {
    let clean =
        tasks.into_iter().map(|InitTask { service, script }| match key.taken_out(&script) {
            Some(script) => Ok(InitTask { service, script }),
            None => Err(RenderError::KeyLeft { file: format!("init task of {service}").into() }),
        });
    clean.collect()
}
