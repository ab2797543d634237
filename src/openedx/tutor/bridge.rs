//! Tutor in a process of its own: JSON in, JSON out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::config::Request;
use super::pip::last_lines;
use super::project::Project;
use super::python;
use crate::openedx::rendered::InitTask;
use crate::openedx::renderer::RenderError;
use crate::openedx::values;

pub const SCRIPT: &str = include_str!("bridge.py");

/// Tutor's own command.
const TUTOR: &str =
    "import sys; sys.argv[0] = 'tutor'; from tutor.commands.cli import main; main()";

/// What it made, beside the files.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    pub tutor: String,
    pub hosts: Vec<String>,
    pub tasks: Vec<InitTask>,
}

/// What stands in the way.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "refused", rename_all = "snake_case")]
enum Refusal {
    Plugin { unknown: Vec<String>, known: Vec<String> },
    Broken { plugin: String, message: String },
    Tutor { message: String },
}

/// Has the environment rendered. The key stands in for the platform's own.
pub async fn ask(
    python: &Path,
    project: &Project,
    request: &Request,
    key: &str,
) -> Result<Answer, RenderError> {
    let mut settings: BTreeMap<&str, Value> =
        request.settings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    settings.insert("JWT_RSA_PRIVATE_KEY", key.into());
    let question = json!({
        "root": project.root(), "plugins": request.plugins, "settings": settings,
        "derived": values::token(&format!("{}NAME", values::DERIVED)),
    });
    let mut command = tutor(python, project);
    command.args(["-c", SCRIPT]);
    let output =
        talk(&mut command, &question.to_string()).await.map_err(RenderError::io(python))?;
    read(&output)
}

/// Runs Tutor itself with the terminal of whoever called.
pub async fn run(
    python: &Path,
    project: &Project,
    arguments: &[OsString],
) -> Result<ExitStatus, RenderError> {
    let mut command = tutor(python, project);
    let status = command.args(["-c", TUTOR]).args(arguments).status().await;
    status.map_err(RenderError::io(python))
}

fn tutor(python: &Path, project: &Project) -> Command {
    let mut command = python::command(python);
    command.env("TUTOR_ROOT", project.root()).env("TUTOR_PLUGINS_ROOT", project.plugins());
    command
}

async fn talk(command: &mut Command, question: &str) -> std::io::Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ends early says why itself.
        let _ = stdin.write_all(question.as_bytes()).await;
    }
    child.wait_with_output().await
}

fn read(output: &Output) -> Result<Answer, RenderError> {
    if output.status.success()
        && let Ok(answer) = serde_json::from_slice(&output.stdout)
    {
        return Ok(answer);
    }
    match serde_json::from_slice(&output.stdout) {
        Ok(Refusal::Plugin { unknown, known }) => {
            Err(RenderError::NoPlugin { name: unknown.join("`, `"), known })
        }
        Ok(Refusal::Broken { plugin, message }) => {
            Err(RenderError::BrokenPlugin { name: plugin, message })
        }
        Ok(Refusal::Tutor { message }) => Err(RenderError::Tutor { message }),
        Err(_) => {
            Err(RenderError::Broken { said: last_lines(&String::from_utf8_lossy(&output.stderr)) })
        }
    }
}
