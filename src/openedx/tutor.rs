//! Tutor as a renderer: pinned, in a folder of its own, and never with a secret in its hands.

mod bridge;
mod config;
mod environment;
mod kept;
mod pip;
mod plugin;
mod project;
mod python;
mod requirements;
mod venv;

use std::ffi::OsString;
use std::process::ExitStatus;

use super::inputs::Inputs;
use super::jwt::StandIn;
use super::kustomize;
use super::rendered::Rendered;
use super::renderer::{Folders, Progress, RenderError, Tell};
use environment::Environment;
use project::Project;
use requirements::Requirements;

/// Renders with Tutor, or takes what it rendered from the same inputs before.
pub async fn render(
    inputs: &Inputs,
    folders: &Folders,
    tell: Tell<'_>,
) -> Result<Rendered, RenderError> {
    let requirements = Requirements::of(&inputs.openedx.plugins);
    let request = config::request(inputs)?;
    let digest = request.digest(&requirements);
    if let Some(rendered) = kept::rendered(folders, &digest) {
        return Ok(rendered);
    }
    let python = venv::ready(folders, &requirements, tell).await?;
    let project = Project::open(folders, inputs, tell).await?;
    tell(Progress::Rendering { platform: inputs.platform.clone() });
    let stand_in = StandIn::new()?;
    project.write(&request)?;
    let answer = bridge::ask(&python, &project, &request, stand_in.pem()).await?;
    let files = Environment::new(project.environment(), &stand_in);
    let objects = kustomize::build(&files);
    if let Some(file) = files.key_left() {
        return Err(RenderError::KeyLeft { file });
    }
    let rendered = Rendered {
        renderer: format!("tutor {}", answer.tutor),
        objects: objects?,
        tasks: environment::without_key(answer.tasks, &stand_in)?,
        hosts: answer.hosts,
    };
    kept::keep(folders, &digest, &rendered)?;
    Ok(rendered)
}

/// Runs the pinned Tutor on the platform's project, with the terminal it was called from. Placeholders
/// stand where a Tutor of your own has passwords.
pub async fn run(
    inputs: &Inputs,
    folders: &Folders,
    tell: Tell<'_>,
    arguments: &[OsString],
) -> Result<ExitStatus, RenderError> {
    let requirements = Requirements::of(&inputs.openedx.plugins);
    let request = config::request(inputs)?;
    let python = venv::ready(folders, &requirements, tell).await?;
    let project = Project::open(folders, inputs, tell).await?;
    if !project.holds(&request) {
        tell(Progress::Rendering { platform: inputs.platform.clone() });
        project.write(&request)?;
        bridge::ask(&python, &project, &request, StandIn::new()?.pem()).await?;
        project.mark(&request)?;
    }
    bridge::run(&python, &project, arguments).await
}
