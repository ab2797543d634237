//! What every renderer needs: where to keep things, whom to tell, what can go wrong.

use std::io;
use std::path::{Path, PathBuf};

use super::jwt::JwtError;
use super::kustomize::KustomizeError;
use super::validate::Flaw;

/// Where edxaws keeps what it can make again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    pub cache: PathBuf,
}

impl Folders {
    /// `EDXAWS_CACHE`, else the user's cache folder.
    pub fn of_user() -> Result<Self, RenderError> {
        let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let cache = variable("EDXAWS_CACHE")
            .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("edxaws")))
            .or_else(|| Some(variable("HOME")?.join(".cache/edxaws")));
        cache.map(|cache| Self { cache }).ok_or(RenderError::NoHome)
    }
}

/// What takes a while, said as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Another process is at it.
    Waiting {
        folder: PathBuf,
    },
    /// Once for each set of plugins.
    Installing {
        what: String,
    },
    Rendering {
        platform: String,
    },
}

/// Where progress is told.
pub type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Why there is nothing to apply.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("there is no folder to keep Tutor in: neither `EDXAWS_CACHE` nor `HOME` is set")]
    NoHome,
    #[error("Tutor needs Python 3.10 or newer, and there is {found}")]
    NoPython { found: String },
    #[error("Python {version} cannot make virtual environments")]
    NoVenv { version: String },
    #[error("pip cannot reach its package index")]
    NoNetwork { said: String },
    #[error("what pip downloaded is not what edxaws was built for")]
    Hashes { said: String },
    #[error("what pip downloaded for `{package}` does not have the hash that the profile gives")]
    PluginHashes { package: String, said: String },
    #[error("pip does not find `{package}`")]
    NoPackage { package: String, said: String },
    #[error("pip failed")]
    Pip { said: String },
    #[error("Tutor knows no plugin `{name}`")]
    NoPlugin { name: String, known: Vec<String> },
    #[error("the plugin `{name}` cannot be loaded: {message}")]
    BrokenPlugin { name: String, message: String },
    #[error("Tutor refuses: {message}")]
    Tutor { message: String },
    #[error("Tutor broke off")]
    Broken { said: String },
    #[error("a plugin writes the platform's private key into `{}` in a form edxaws does not know", file.display())]
    KeyLeft { file: PathBuf },
    #[error("cannot read `{}`, which `[openedx] {field}` names", path.display())]
    NotThere { field: &'static str, path: PathBuf, source: io::Error },
    #[error("`{}` is not YAML: {message}", path.display())]
    NotYaml { path: PathBuf, message: String },
    #[error("`[openedx] {field}` is for the Tutor renderer")]
    OnlyTutor { field: &'static str },
    #[error("rendered text holds a placeholder that nothing fills: `{name}`")]
    UnknownPlaceholder { name: String },
    #[error("what was rendered is not what Kubernetes takes")]
    Flawed { flaws: Vec<Flaw> },
    #[error("cannot use `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Kustomize(#[from] KustomizeError),
    #[error(transparent)]
    Jwt(#[from] JwtError),
}

impl RenderError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// A file or a folder that the profile names.
    pub(super) fn not_there(
        field: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::NotThere { field, path, source }
    }

    /// What lies behind the message, one cause a line.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::NoNetwork { said }
            | Self::Hashes { said }
            | Self::PluginHashes { said, .. }
            | Self::NoPackage { said, .. }
            | Self::Pip { said }
            | Self::Broken { said } => vec![said.clone()],
            Self::NoPlugin { known, .. } => {
                vec![format!("it knows {}", known.join(", "))]
            }
            Self::Flawed { flaws } => flaws.iter().map(Flaw::to_string).collect(),
            Self::Io { source, .. } | Self::NotThere { source, .. } => vec![source.to_string()],
            _ => Vec::new(),
        }
    }

    /// The value of the profile that it is about, as a dotted path.
    pub fn about(&self) -> Option<String> {
        Some(match self {
            Self::NoPackage { .. }
            | Self::PluginHashes { .. }
            | Self::NoPlugin { .. }
            | Self::BrokenPlugin { .. }
            | Self::KeyLeft { .. } => "openedx.plugins".to_owned(),
            Self::NotThere { field, .. } | Self::OnlyTutor { field } => format!("openedx.{field}"),
            Self::NotYaml { .. } => "openedx.tutor_root".to_owned(),
            _ => return None,
        })
    }

    /// About Python and pip, which only one renderer needs.
    fn hint_on_installing(&self) -> Option<String> {
        let builtin = "or set `renderer = \"builtin\"` in `[openedx]`, which needs no Python";
        Some(match self {
            Self::NoHome => "set `EDXAWS_CACHE` to a folder of your own".to_owned(),
            Self::NoPython { .. } => format!("install Python 3.10 or newer, {builtin}"),
            Self::NoVenv { .. } => format!(
                "install Python's venv module (on Debian and Ubuntu: \
                 `sudo apt-get install python3-venv`), {builtin}"
            ),
            Self::NoNetwork { .. } => format!(
                "check the network, the proxy (`HTTPS_PROXY`) and the index in `pip config list`, \
                 {builtin}"
            ),
            Self::Hashes { .. } => "the index in `pip config list` serves other files than the \
                                    public one, or a proxy changed them; nothing was installed"
                .to_owned(),
            Self::PluginHashes { .. } => {
                "take the hash from where the plugin is published, or look who changed the file; \
                 nothing was installed"
                    .to_owned()
            }
            Self::NoPackage { .. } => "check name and version in `[openedx] plugins`".to_owned(),
            Self::Pip { .. } => format!("mend what pip says and try again, {builtin}"),
            _ => return None,
        })
    }

    /// How to go on.
    pub fn hint(&self) -> String {
        if let Some(hint) = self.hint_on_installing() {
            return hint;
        }
        match self {
            Self::NotThere { .. } => {
                "a path is meant from the folder of the profile that names it".to_owned()
            }
            Self::NoPlugin { name, .. } => format!(
                "put its file into `plugins_folder`, or name what pip installs with its version: \
                 `tutor-{name}==VERSION`"
            ),
            Self::BrokenPlugin { .. } => {
                "mend the plugin, or take it out of `[openedx] plugins`".to_owned()
            }
            Self::Tutor { .. } | Self::Broken { .. } => {
                "check `[openedx.settings]` and `[openedx.patches]`; \
                 `edxaws tutor -- config printroot` shows where Tutor worked"
                    .to_owned()
            }
            Self::KeyLeft { .. } => {
                "take the plugin out of `[openedx] plugins`: the key would stand in plain text"
                    .to_owned()
            }
            Self::NotYaml { .. } => "mend the file".to_owned(),
            Self::OnlyTutor { .. } => {
                "set `renderer = \"tutor\"`, or take the field out of `[openedx]`".to_owned()
            }
            Self::UnknownPlaceholder { .. } => {
                "text of the form `__edxaws_..__` is edxaws's own; take it out of settings and \
                 patches"
                    .to_owned()
            }
            Self::Flawed { .. } => {
                "look for these fields in your plugins and `[openedx.patches]`".to_owned()
            }
            Self::Io { .. } => {
                "check that it is there, yours, and on a disk with space; `EDXAWS_CACHE` names \
                 another cache folder"
                    .to_owned()
            }
            Self::Kustomize(_) => {
                "a plugin uses more of kustomize than edxaws knows: take it out of \
                 `[openedx] plugins`"
                    .to_owned()
            }
            _ => "try again".to_owned(),
        }
    }
}

/// The text of a file that the profile names.
pub(super) fn text(field: &'static str, path: &Path) -> Result<String, RenderError> {
    std::fs::read_to_string(path).map_err(RenderError::not_there(field, path))
}
