//! A Python on this machine that is new enough.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::openedx::renderer::RenderError;

const OLDEST: (u32, u32) = (3, 10);
const NAMES: &[&str] =
    &["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.14", "python"];
const ASK: &str = "import sys\n\
                   try:\n import venv, ensurepip\n can = 1\n\
                   except ImportError: can = 0\n\
                   print(*sys.version_info[:2], can)";

/// The first Python in the path that is new enough and can make virtual environments.
pub async fn find() -> Result<PathBuf, RenderError> {
    let mut found = None;
    let mut bare = None;
    for name in NAMES {
        let Some((version, venv)) = ask(name).await else { continue };
        if version >= OLDEST && venv {
            return Ok(PathBuf::from(name));
        }
        let slot = if version >= OLDEST { &mut bare } else { &mut found };
        slot.get_or_insert_with(|| format!("{}.{}", version.0, version.1));
    }
    Err(match bare {
        Some(version) => RenderError::NoVenv { version },
        None => {
            let found =
                found.map_or_else(|| "none".to_owned(), |version| format!("only {version}"));
            RenderError::NoPython { found }
        }
    })
}

/// Its version, and whether it can make virtual environments.
async fn ask(name: &str) -> Option<((u32, u32), bool)> {
    let output = command(Path::new(name)).args(["-c", ASK]).stdin(Stdio::null()).output().await;
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut words = text.split_whitespace().map(|word| word.parse::<u32>().ok());
    let version = (words.next()??, words.next()??);
    Some((version, words.next()?? == 1))
}

/// A command that no other virtual environment of the user's gets into.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for name in ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"]
    {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        // Tutor would take any of its settings from there.
        if name.to_string_lossy().starts_with("TUTOR_") {
            command.env_remove(name);
        }
    }
    command.env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1").kill_on_drop(true);
    command
}
