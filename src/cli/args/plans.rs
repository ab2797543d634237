//! Arguments of the verbs that plan, carry out and compare.

use std::path::PathBuf;

use super::address;
use crate::address::Address;
use crate::cli::forecast::Most;

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

/// Show what `up` would do, attribute by attribute, and why
///
/// Reads the account and changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws plan --profile prod
  edxaws plan --profile prod --out prod.plan && edxaws up prod.plan
  edxaws plan --profile prod --manifests           with every manifest, before there is a cluster
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
    /// Ask only whether things exist, by their tags: fewest calls; drift in them is not seen
    #[arg(long, conflicts_with_all = ["destroy", "thorough", "out"])]
    pub by_tags: bool,
    /// Also show the Kubernetes manifests of what is to be created, whole, without their secrets
    #[arg(long)]
    pub manifests: bool,
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
    /// Also show the Kubernetes manifests of what is to be created, whole, without their secrets
    #[arg(long)]
    pub manifests: bool,
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
