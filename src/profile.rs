//! Profiles: from TOML files to checked settings, every finding at once with file, line and column.
//!
//! A profile `extends` another: first looked for beside it, then among those inside the program.
//! Tables merge, everything else overrides, `false` takes an inherited value away (see `merge`).

mod check;
mod explain;
mod fields;
mod files;
mod finding;
mod hosts;
mod init;
mod key_path;
mod mend;
mod merge;
mod parse;
mod paths;
mod pin;
mod placeholders;
mod reference;
mod rules;
mod schema;
mod settings;
mod show;
mod suggest;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use files::{available, built_in};
pub use finding::{Finding, Origin, ProfileError, render};
pub use init::{Answers, Size, UnknownSize, init};
pub use key_path::spelled;
pub use pin::{PinError, pinned};
pub use reference::reference_markdown;
pub use rules::DECIDED;
pub use schema::schema;
pub use settings::*;
pub use show::show;
pub use suggest::did_you_mean;

use files::Source;
use key_path::KeyPath;
use tree::Tree;

/// A profile that was read, merged and found sound.
#[derive(Debug, Clone)]
pub struct Profile {
    pub settings: Settings,
    /// Where each value was written, by its dotted path.
    pub origins: BTreeMap<String, Origin>,
    pub source: PathBuf,
    /// The files it is made of, the profile itself first.
    pub files: Vec<String>,
    tree: Tree,
}

impl Profile {
    /// Values that the shipped profiles can only show as examples and that nobody owns: an account
    /// must not be touched while one is left.
    pub fn placeholders(&self) -> Vec<Finding> {
        placeholders::find(&self.settings, &self.tree)
    }
}

/// Reads the profile of that name in `folder`, or inside the program, or the file at that path.
pub fn load(name_or_path: &str, folder: &Path) -> Result<Profile, ProfileError> {
    profile(Source::find(name_or_path, folder)?)
}

/// A profile given as text, which may extend those inside the program; reads no file.
pub fn from_text(file: &str, text: &str) -> Result<Profile, ProfileError> {
    profile(Source::text(file, text))
}

fn profile(source: Source) -> Result<Profile, ProfileError> {
    let path = PathBuf::from(&source.file);
    let chain = files::chain(source)?;
    let files = chain.iter().map(|document| document.file.clone()).collect();
    let empty = Finding::about_file(Origin::default(), "there is no profile".to_owned(), None);
    let tree = merge::combined(chain).ok_or(empty)?;
    let mut settings = check::check(&tree).map_err(|findings| ProfileError { findings })?;
    let mut origins = BTreeMap::new();
    tree.walk(&KeyPath::default(), &mut |path, tree| {
        origins.insert(path.to_string(), tree.at.clone());
    });
    paths::resolve(&mut settings, &origins);
    Ok(Profile { settings, origins, source: path, files, tree })
}
