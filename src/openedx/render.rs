//! The one way to rendered objects, whoever renders them.

use std::collections::BTreeSet;

use super::inputs::Inputs;
use super::rendered::Rendered;
use super::renderer::{Folders, RenderError, Tell};
use super::validate::validate;
use super::{builtin, tutor, values};
use crate::profile::Renderer;

/// Renders a platform, and lets nothing pass that Kubernetes would refuse.
pub async fn render(
    inputs: &Inputs,
    folders: &Folders,
    tell: Tell<'_>,
) -> Result<Rendered, RenderError> {
    let rendered = match inputs.openedx.renderer {
        Renderer::Tutor => tutor::render(inputs, folders, tell).await?,
        Renderer::Builtin => builtin::render(inputs)?,
    };
    let flaws = validate(&rendered.objects);
    if !flaws.is_empty() {
        return Err(RenderError::Flawed { flaws });
    }
    match unknown(&rendered) {
        Some(name) => Err(RenderError::UnknownPlaceholder { name }),
        None => Ok(rendered),
    }
}

/// Every placeholder in what was rendered.
pub fn placeholders(rendered: &Rendered) -> BTreeSet<String> {
    let objects = rendered.objects.iter().map(ToString::to_string);
    let scripts = rendered.tasks.iter().map(|task| task.script.clone());
    objects.chain(scripts).flat_map(|text| values::tokens_in(&text)).collect()
}

fn unknown(rendered: &Rendered) -> Option<String> {
    placeholders(rendered).into_iter().find(|name| !values::is_known(name))
}
