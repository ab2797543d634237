//! pip, with the index its own configuration names, and what its failures mean.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::python;
use crate::openedx::renderer::{Progress, RenderError, Tell};

/// Of what a failed command said, so many lines are shown.
const LINES: usize = 12;

/// Rounds in which a plugin's own needs are looked up; each may bring more.
const ROUNDS: usize = 8;

/// What the packages in this environment need and do not find, one a line. What Tutor itself
/// declares is left alone: the locked set is less, and enough.
const LACKING: &str = "\
import importlib.metadata as metadata
from packaging.requirements import Requirement
OWN = {'tutor', 'tutor-mfe', 'tutor-indigo'}
named = lambda name: name.lower().replace('_', '-').replace('.', '-')
present = {named(one.metadata['Name']) for one in metadata.distributions()}
for one in metadata.distributions():
    if named(one.metadata['Name']) in OWN:
        continue
    for text in one.requires or []:
        need = Requirement(text)
        if need.marker and not need.marker.evaluate({'extra': ''}):
            continue
        if named(need.name) not in present:
            need.marker = None
            print(need)
";

/// `pip install` in the environment of `python`, run in `folder`.
pub async fn install(python: &Path, folder: &Path, arguments: &[&str]) -> Result<(), RenderError> {
    let mut command = pip(python);
    run(command.current_dir(folder).args(arguments), None).await.map(|_| ())
}

/// The user's plugins, and what they need beyond Tutor. Dependencies are not resolved by pip: it
/// would bring what Tutor declares and rendering does not need, ten times the size.
pub async fn install_extra(
    python: &Path,
    folder: &Path,
    extra: &[String],
    tell: Tell<'_>,
) -> Result<(), RenderError> {
    let mut wanted = extra.to_vec();
    for _ in 0..ROUNDS {
        if wanted.is_empty() {
            return Ok(());
        }
        for requirement in &wanted {
            tell(Progress::Installing { what: requirement.clone() });
            // In the user's own folder: paths are meant from there.
            let mut command = pip(python);
            // Hashes are options of their own on a command line that takes none: they need a file.
            let file = folder.join("extra.txt");
            std::fs::write(&file, absolute(requirement)).map_err(RenderError::io(&file))?;
            run(command.args(["--no-deps", "-r"]).arg(&file), Some(requirement)).await?;
        }
        let said = run(python::command(python).args(["-c", LACKING]), None).await?;
        wanted = said.lines().map(str::to_owned).collect();
        wanted.sort();
        wanted.dedup();
    }
    Err(RenderError::Pip {
        said: format!("these are needed again and again: {}", wanted.join(", ")),
    })
}

/// A path as seen from anywhere.
fn absolute(requirement: &str) -> String {
    let path = Path::new(requirement);
    match path.exists().then(|| path.canonicalize()) {
        Some(Ok(path)) => path.display().to_string(),
        _ => requirement.to_owned(),
    }
}

fn pip(python: &Path) -> Command {
    let mut command = python::command(python);
    command.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    command
}

/// Runs to the end; what it printed.
pub async fn run(command: &mut Command, package: Option<&str>) -> Result<String, RenderError> {
    let output = command.stdin(Stdio::null()).output().await;
    let output = output.map_err(|error| RenderError::Pip { said: error.to_string() })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let whole = [output.stdout, output.stderr].concat();
    Err(meaning(&String::from_utf8_lossy(&whole), package))
}

const UNREACHABLE: &[&str] = &[
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Connection refused",
    "Connection reset",
    "Network is unreachable",
    "ReadTimeoutError",
    "ConnectTimeoutError",
    "ProxyError",
    "SSLError",
];

/// pip has one exit code for all of its failures, so its words have to tell them apart.
fn meaning(whole: &str, package: Option<&str>) -> RenderError {
    let said = last_lines(whole);
    let is_said = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    if is_said(&["DO NOT MATCH THE HASHES", "Hashes are required"]) {
        return match package {
            None => RenderError::Hashes { said },
            Some(package) => RenderError::PluginHashes { package: package.to_owned(), said },
        };
    }
    if is_said(UNREACHABLE) {
        return RenderError::NoNetwork { said };
    }
    match package {
        // What is locked is on every index, unless there is none to ask.
        None if is_said(&["No matching distribution"]) => RenderError::NoNetwork { said },
        Some(package) if is_said(&["No matching distribution", "Invalid requirement"]) => {
            RenderError::NoPackage { package: package.to_owned(), said }
        }
        _ => RenderError::Pip { said },
    }
}

/// The end of what a command said, where its errors stand.
pub fn last_lines(whole: &str) -> String {
    let lines: Vec<&str> = whole.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart() {
        let kind = |text: &str, package| match meaning(text, package) {
            RenderError::Hashes { .. } => "hashes",
            RenderError::PluginHashes { .. } => "the plugin's hashes",
            RenderError::NoNetwork { .. } => "network",
            RenderError::NoPackage { .. } => "package",
            _ => "pip",
        };
        let hashes = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.";
        assert_eq!(kind(hashes, None), "hashes");
        assert_eq!(kind(hashes, Some("tutor-x==1 --hash=sha256:0")), "the plugin's hashes");
        let network = "Retrying: NewConnectionError(': Failed to establish a new connection: x')\n\
                       ERROR: No matching distribution found for click==8";
        assert_eq!(kind(network, Some("tutor-x==1")), "network");
        let package = "ERROR: No matching distribution found for tutor-x==1";
        assert_eq!(kind(package, Some("tutor-x==1")), "package");
        assert_eq!(kind(package, None), "network", "what is locked is there for everybody");
        assert_eq!(kind("ERROR: no space left on device", Some("tutor-x==1")), "pip");
        assert_eq!(last_lines(&"x\n\n".repeat(30)).lines().count(), LINES);
    }
}
