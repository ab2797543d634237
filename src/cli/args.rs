//! What may be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::address::Address;

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
    /// Output for people or for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// More of the debug log on stderr (-vv for the SDK's)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Plan(PlanArgs),
    Up(UpArgs),
    Status(StatusArgs),
    Destroy(DestroyArgs),
    /// Print the addresses, ids and endpoints a person needs after `up`
    Outputs,
}

/// Narrowing a plan.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Narrow {
    /// Only this resource and what it needs (repeatable)
    #[arg(long, value_parser = address, value_name = "ADDRESS")]
    pub target: Vec<Address>,
    /// Not this resource and what needs it (repeatable)
    #[arg(long, value_parser = address, value_name = "ADDRESS")]
    pub exclude: Vec<Address>,
    /// Allow the loss of data: replace or delete databases and buckets, without final snapshots
    #[arg(long)]
    pub delete_data: bool,
    /// Lift the deletion protection of what is to go
    #[arg(long)]
    pub lift_protection: bool,
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
  edxaws plan --profile prod --detailed-exitcode   exit 3 when there is something to do")]
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
}

/// How to carry out a plan.
#[derive(Debug, Clone, clap::Args)]
pub struct Go {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// How many resources are worked on at once
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
}

/// Compare desired, recorded and live
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Exit with 3 when something differs
    #[arg(long)]
    pub detailed_exitcode: bool,
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
