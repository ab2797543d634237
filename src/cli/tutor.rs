//! `edxaws tutor`: the pinned Tutor on a platform's own project.

use std::ffi::OsString;

use super::args::{Global, SiteArgs};
use super::site::chosen;
use crate::error::{Exit, Problem, Result};
use crate::openedx::{Folders, inputs, tutor};
use crate::profile::Renderer;
use crate::{profile, view};

/// Run the pinned Tutor on a platform's project
///
/// The project is the one that the platform is rendered from. Where a Tutor of your own has
/// passwords and host names of databases it has placeholders, which edxaws fills in when it applies.
/// Settings are changed in the profile: what `tutor config save` changes is gone with the next run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws tutor --profile prod -- config printvalue DOCKER_IMAGE_OPENEDX
  edxaws tutor --profile prod -- config printroot
  edxaws tutor --profile prod -- plugins list
  edxaws tutor --profile prod -- images build openedx")]
pub struct TutorArgs {
    #[command(flatten)]
    pub site: SiteArgs,
    /// What Tutor is asked to do
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

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
