//! Arguments of the verbs that talk to one platform.

use std::ffi::OsString;

use clap::{Subcommand, ValueEnum};

/// Which platform.
#[derive(Debug, Clone, clap::Args)]
pub struct SiteArgs {
    /// Name of the platform; not needed when the profile has only one
    #[arg(long, value_name = "NAME")]
    pub platform: Option<String>,
}

/// Print the address of a site and open it in a browser
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    #[arg(value_enum, default_value_t = Page::Lms)]
    pub page: Page,
    #[command(flatten)]
    pub site: SiteArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Page {
    /// Where people learn
    Lms,
    /// Studio, where courses are made
    Cms,
    /// The micro-frontends
    Mfe,
}

/// Show what the pods of a service or a task write
///
/// With `--follow` also those of pods that come later; of a task until it ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws logs lms -f
  edxaws logs lms-init -f             a task, by the beginning of its name
  edxaws logs cms-worker --tail 500 --since 3600")]
pub struct LogsArgs {
    /// For example `lms`, `cms-worker`, `caddy`, or a task as `edxaws jobs` names it
    pub service: String,
    #[command(flatten)]
    pub site: SiteArgs,
    /// Go on as more is written
    #[arg(long, short)]
    pub follow: bool,
    /// Of the containers before the last restart
    #[arg(long)]
    pub previous: bool,
    /// Last lines of each pod
    #[arg(long, default_value_t = 100, value_name = "LINES")]
    pub tail: i64,
    /// Not older than so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub since: Option<i64>,
}

/// Run a command in a running container of a service
///
/// Ends with the code that the command ends with.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws exec lms -- ./manage.py lms check
  edxaws exec lms -it -- ./manage.py lms shell
  edxaws exec cms --stdin -- ./manage.py cms shell < script.py")]
pub struct ExecArgs {
    /// For example `lms`, `cms`, `lms-worker`
    pub service: String,
    #[command(flatten)]
    pub site: SiteArgs,
    /// Pass stdin to the command
    #[arg(long, short = 'i')]
    pub stdin: bool,
    /// Give the command this terminal: its keys, its size, its colours
    #[arg(long, short = 't')]
    pub tty: bool,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

/// Accounts on a site
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    Create(UserCreateArgs),
}

/// Make an account, or change its rights and password
///
/// The password is read from stdin: an argument would be seen by everybody.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws user create ada ada@example.org --staff --superuser
  pass show edx/ada | edxaws user create ada ada@example.org")]
pub struct UserCreateArgs {
    pub name: String,
    pub email: String,
    #[command(flatten)]
    pub site: SiteArgs,
    /// May use Studio and the instructor pages
    #[arg(long)]
    pub staff: bool,
    /// May use Django's admin pages
    #[arg(long)]
    pub superuser: bool,
}

/// Courses on a site
#[derive(Debug, Subcommand)]
pub enum CourseCommand {
    /// Import Open edX's demo course
    ImportDemo(SiteArgs),
}

/// Replace the pods of a service one after the other
#[derive(Debug, clap::Args)]
pub struct RestartArgs {
    /// For example `lms`, `cms`, `lms-worker`, `caddy`
    pub service: String,
    #[command(flatten)]
    pub site: SiteArgs,
}

/// Run a service with another number of pods, until the next `up`
#[derive(Debug, clap::Args)]
pub struct ScaleArgs {
    /// For example `smtp`; what an autoscaler scales is set in the profile
    pub service: String,
    #[arg(value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub replicas: u16,
    #[command(flatten)]
    pub site: SiteArgs,
}

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
