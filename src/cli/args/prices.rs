//! What may be typed after `edxaws prices`.

use clap::Subcommand;

/// Look into the price book and renew it
#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    /// List prices with source, date and grade
    #[command(after_help = "\
Examples:
  edxaws prices show m7g --region eu-west-1
  edxaws prices show rds storage")]
    Show {
        /// Words that must all be in the item or region
        filter: Vec<String>,
        /// Only this region, and what costs the same everywhere
        #[arg(long)]
        region: Option<String>,
    },
    /// Compare the book in the binary with your own, refreshed one
    Diff,
    Refresh(RefreshArgs),
}

/// Make a newer book of your own from the AWS Price List API
///
/// Needs `pricing:GetProducts`. The book is kept beside the states and used while it is newer than
/// the one in the binary. Every price must be exactly one in the price list.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws prices refresh --profile prod
  edxaws prices refresh --profile prod --region eu-west-1 --region eu-central-1 --dry-run
  edxaws prices refresh --profile prod --service ec2 --service rds")]
pub struct RefreshArgs {
    /// Region to ask for (repeatable; the profile's when left out)
    #[arg(long)]
    pub region: Vec<String>,
    /// Only this service of the price book (repeatable)
    #[arg(long)]
    pub service: Vec<String>,
    /// Take changes of more than 20 %, too
    #[arg(long)]
    pub accept: bool,
    /// Only show what would change
    #[arg(long)]
    pub dry_run: bool,
}
