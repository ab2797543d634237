//! What may be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::address::Address;
use crate::error::{Problem, Result};

mod cost;
mod images;
mod plans;
mod prices;
mod site;

pub use cost::CostArgs;
pub use images::{ImagesArgs, ImagesCommand, PinArgs};
pub use plans::{DestroyArgs, Go, Narrow, PlanArgs, StatusArgs, UpArgs};
pub use prices::{PricesCommand, RefreshArgs};
pub use site::{
    CourseCommand, ExecArgs, LogsArgs, OpenArgs, Page, RestartArgs, ScaleArgs, SiteArgs, TutorArgs,
    UserCommand, UserCreateArgs,
};

/// From an empty AWS account to a running, autoscaling, HTTPS Open edX platform, and back.
///
/// Kill it at any moment, run it again: nothing is lost, doubled or left behind.
#[derive(Debug, Parser)]
#[command(name = "edxaws", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  edxaws up --profile sandbox          try everything on a local AWS, at no cost
  edxaws init my-school                write a profile
  edxaws plan --profile my-school      see what would happen
  edxaws up --profile my-school        make it so
  edxaws destroy --profile my-school   take it away again";

/// Options of every verb.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Profile: a name in the profiles folder, or a file
    #[arg(long, short, global = true, env = "EDXAWS_PROFILE", default_value = "sandbox")]
    pub profile: String,
    /// Folder of the profiles
    #[arg(long, global = true, env = "EDXAWS_PROFILES", default_value = "profiles")]
    pub profiles: PathBuf,
    /// Folder of the state files
    #[arg(long, global = true, env = "EDXAWS_STATE", default_value = "state")]
    pub state: PathBuf,
    /// Use the local AWS instead of the account, whatever the profile says
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Output for people, for programs, or as a page for a browser (`cost` alone)
    #[arg(long = "format", global = true, value_enum, default_value_t = Shape::Human)]
    pub shape: Shape,
    /// Settled from `shape`, so that verbs that make no page know of none
    #[arg(skip)]
    pub format: Format,
    /// More of the debug log on stderr (-vv for the SDK's)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Human,
    Json,
}

/// What may follow `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    Human,
    Json,
    Html,
}

impl Args {
    /// Refuses a page from a verb that makes none.
    pub fn settled(mut self) -> Result<Self> {
        self.global.format = match (self.global.shape, &self.command) {
            (Shape::Human, _) | (Shape::Html, Command::Cost(_)) => Format::Human,
            (Shape::Json, _) => Format::Json,
            (Shape::Html, _) => {
                return Err(Problem::user("only `edxaws cost` makes a page")
                    .hint("leave `--format html` out, or use `--format json`"));
            }
        };
        Ok(self)
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Plan(PlanArgs),
    Up(UpArgs),
    Status(StatusArgs),
    Destroy(DestroyArgs),
    Cost(CostArgs),
    /// Print the addresses, ids and endpoints a person needs after `up`
    Outputs,
    Graph(GraphArgs),
    Open(OpenArgs),
    Logs(LogsArgs),
    Exec(ExecArgs),
    /// List the tasks that ran, run, or failed on a platform
    Jobs(SiteArgs),
    #[command(subcommand)]
    User(UserCommand),
    #[command(subcommand)]
    Course(CourseCommand),
    Restart(RestartArgs),
    Scale(ScaleArgs),
    Tutor(TutorArgs),
    Kubeconfig(KubeconfigArgs),
    Token(TokenArgs),
    /// Check account, region, quotas, permissions and names before the first change
    Doctor,
    #[command(subcommand)]
    State(StateCommand),
    /// Print the least IAM policy this stack needs
    Policy,
    Images(ImagesArgs),
    #[command(subcommand)]
    Prices(PricesCommand),
    Init(InitArgs),
    /// Check the profile without reaching for AWS
    Validate,
    #[command(subcommand)]
    Profile(ProfileCommand),
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Print a completion script for a shell
    Completions {
        shell: clap_complete::Shell,
    },
    /// Print this reference as Markdown
    #[command(hide = true)]
    Reference,
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).ok_or_else(|| "an address looks like `subnet.private-a`".to_owned())
}

/// Draw the graph of resources
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws graph --profile prod | dot -Tsvg > prod.svg
  edxaws graph --profile prod --as mermaid
  edxaws graph --profile prod --as list        every address, in the order it is made")]
pub struct GraphArgs {
    #[arg(long = "as", value_enum, default_value_t = Drawing::Dot)]
    pub drawing: Drawing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Drawing {
    Dot,
    Mermaid,
    Json,
    List,
}

/// Let kubectl reach the cluster, without the aws CLI
///
/// Merges cluster, user and context into the file; every byte that was there stays. The user entry
/// calls `edxaws token`.
#[derive(Debug, clap::Args)]
pub struct KubeconfigArgs {
    /// The file; `$KUBECONFIG` or `~/.kube/config` when left out, `-` prints the entries alone
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Print a token for the Kubernetes API, as kubectl's exec plug-in expects it
#[derive(Debug, clap::Args)]
pub struct TokenArgs {
    /// Name of the EKS cluster
    #[arg(long)]
    pub cluster: String,
    /// Region of the cluster
    #[arg(long)]
    pub region: String,
}

/// Look into the state and mend it
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// List the recorded resources
    List,
    /// Show one record
    Show {
        #[arg(value_parser = address)]
        address: Address,
    },
    /// Forget a resource; it stays in AWS and is no longer edxaws's business
    Rm {
        #[arg(value_parser = address)]
        address: Address,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Give a record another address of the same kind
    Mv {
        #[arg(value_parser = address)]
        from: Address,
        #[arg(value_parser = address)]
        to: Address,
    },
    /// Rebuild a lost or damaged state from the tags in AWS
    Rescue,
    /// List the former versions
    History,
}

/// Write a commented profile
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws init my-school
  edxaws init my-school --region eu-west-1 --zone edx.example.org --size prod --yes")]
pub struct InitArgs {
    /// Name of the profile and the stack
    pub name: String,
    #[arg(long)]
    pub region: Option<String>,
    /// DNS zone of the platform, for example `edx.example.org`
    #[arg(long)]
    pub zone: Option<String>,
    /// dev, staging or prod
    #[arg(long)]
    pub size: Option<String>,
    /// Name of the first Open edX site
    #[arg(long)]
    pub platform: Option<String>,
    /// Who is told about alarms and the budget
    #[arg(long)]
    pub email: Option<String>,
    /// IPv4 range that may reach the Kubernetes API, for example your own `203.0.113.7/32`
    #[arg(long, value_name = "CIDR")]
    pub allow: Vec<String>,
    /// Take the defaults instead of asking
    #[arg(long, short)]
    pub yes: bool,
}

/// Look at profiles
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// The effective profile, with the origin of each value
    Show,
    /// The JSON Schema, for editors
    Schema,
}

/// The local AWS
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Serve it over HTTP on the loopback interface, for the AWS CLI and other clients
    Serve {
        #[arg(long, default_value_t = 4566)]
        port: u16,
    },
    /// What exists in it
    Status,
    /// Forget everything in it, and the sandbox's states
    Reset,
}
