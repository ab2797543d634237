//! What may be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use super::cost::CostArgs;
use super::forecast::Most;
use super::tutor::TutorArgs;
use crate::address::Address;
use crate::error::{Problem, Result};

mod prices;

pub use prices::{PricesCommand, RefreshArgs};

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

/// Narrowing a plan.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Narrow {
    /// Only this resource and what it needs (repeatable; `*` stands for anything)
    #[arg(long, value_parser = address, value_name = "ADDRESS")]
    pub target: Vec<Address>,
    /// Not this resource and what needs it (repeatable; `*` stands for anything)
    #[arg(long, value_parser = address, value_name = "ADDRESS")]
    pub exclude: Vec<Address>,
    /// Only this platform: `up` makes it and what it needs, `destroy` removes what is its own
    #[arg(long, value_name = "NAME")]
    pub platform: Option<String>,
    /// Allow the loss of data: replace or delete databases and buckets, without final snapshots
    #[arg(long)]
    pub delete_data: bool,
    /// Lift the deletion protection of what is to go
    #[arg(long)]
    pub lift_protection: bool,
    /// Also read settings that cost a call each (as `status` does), so that drift in them is seen
    #[arg(long)]
    pub thorough: bool,
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).ok_or_else(|| "an address looks like `subnet.private-a`".to_owned())
}

/// Show what `up` would do, attribute by attribute, and why
///
/// Reads the account and changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws plan --profile prod
  edxaws plan --profile prod --out prod.plan && edxaws up prod.plan
  edxaws plan --profile prod --detailed-exitcode   exit 3 when there is something to do
  edxaws plan --profile prod --max-monthly 900     exit 1 when it would cost more")]
pub struct PlanArgs {
    #[command(flatten)]
    pub narrow: Narrow,
    /// Plan a `destroy` instead
    #[arg(long)]
    pub destroy: bool,
    /// Save the plan for `edxaws up FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 3 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Also draw when each step is expected to begin and end
    #[arg(long)]
    pub timeline: bool,
    #[command(flatten)]
    pub most: Most,
}

/// Bring the account to what the profile says
///
/// Plans, shows the plan, asks, and carries it out. Stopped at any moment, the next run goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws up --profile sandbox
  edxaws up --profile prod --yes
  edxaws up prod.plan                 carry out a saved plan, if it is still current
  edxaws up --profile prod --dry-run  the plan; nothing is touched")]
pub struct UpArgs {
    /// A plan saved by `edxaws plan --out`
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub narrow: Narrow,
    #[command(flatten)]
    pub go: Go,
    /// Only plan
    #[arg(long)]
    pub dry_run: bool,
    /// Take over fields of Kubernetes objects that somebody else has set
    #[arg(long)]
    pub force_conflicts: bool,
    #[command(flatten)]
    pub most: Most,
}

/// How to carry out a plan.
#[derive(Debug, Clone, clap::Args)]
pub struct Go {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// How many resources may have a call in flight at once; waiting for AWS does not count
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
    /// Afterwards, say what decided how long it took and what would make it shorter
    #[arg(long)]
    pub explain_time: bool,
    /// Send the run as OpenTelemetry spans to this collector (OTLP over HTTP)
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otel: Option<String>,
}

/// Compare desired, recorded and live
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Exit with 3 when something differs
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Also what each difference and each orphan costs a month, and the command that ends it
    #[arg(long)]
    pub cost: bool,
}

/// Remove the stack
///
/// Plans first and asks for the stack's name. Buckets and databases with `keep_on_destroy` or a
/// final snapshot keep their data unless `--delete-data` is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws destroy --profile sandbox --yes
  edxaws destroy --profile prod --lift-protection
  edxaws destroy --profile prod --target eks_nodegroup.workers
  edxaws destroy --profile prod --sweep    also what carries our tag but is not in the state")]
pub struct DestroyArgs {
    #[command(flatten)]
    pub narrow: Narrow,
    #[command(flatten)]
    pub go: Go,
    /// First take what carries this stack's tag into the state, so that it goes, too
    #[arg(long)]
    pub sweep: bool,
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

/// Show what a service's pods write
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws logs lms -f
  edxaws logs cms-worker --tail 500 --since 3600")]
pub struct LogsArgs {
    /// For example `lms`, `cms`, `lms-worker`, `caddy`
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
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws exec lms -- ./manage.py lms check
  edxaws exec cms --stdin -- ./manage.py cms shell < script.py")]
pub struct ExecArgs {
    /// For example `lms`, `cms`, `lms-worker`
    pub service: String,
    #[command(flatten)]
    pub site: SiteArgs,
    /// Pass stdin to the command
    #[arg(long, short = 'i')]
    pub stdin: bool,
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
    /// For example `meilisearch`; what an autoscaler scales is set in the profile
    pub service: String,
    #[arg(value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub replicas: u16,
    #[command(flatten)]
    pub site: SiteArgs,
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
