//! `edxaws tutor`: the pinned Tutor on a platform's own project.

use super::args::{Global, TutorArgs};
use super::site::chosen;
use crate::error::{Exit, Problem, Result};
use crate::openedx::{Folders, inputs, tutor};
use crate::profile::Renderer;
use crate::{profile, view};

pub async fn run(global: &Global, args: &TutorArgs) -> Result<Exit> {
    let profile = profile::load(&global.profile, &global.profiles)?;
    let settings = &profile.settings;
    let name = chosen(&settings.platforms, args.site.platform.as_deref())?;
    let platform = inputs(settings, &name).ok_or_else(|| {
        Problem::user(format!("the profile has no platform `{name}`"))
            .hint("`edxaws profile show` lists the platforms")
    })?;
    if platform.openedx.renderer == Renderer::Builtin {
        return Err(Problem::user("this profile is rendered without Tutor")
            .hint("set `renderer = \"tutor\"` in `[openedx]`"));
    }
    let tell = |progress| view::err(&view::rendering(&progress));
    let status = tutor::run(&platform, &Folders::of_user()?, &tell, &args.args).await?;
    Ok(if status.success() { Exit::Done } else { Exit::User })
}
