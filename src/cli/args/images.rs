//! What may be typed after `edxaws images`.

use clap::{Args, Subcommand};

/// List the images that the platforms run, and the digests they are pinned to
///
/// The names are those of `[openedx.images]`. The cluster autoscaler's is made of the version of
/// Kubernetes and listed when the profile has one (`cluster.version`).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edxaws images --profile my-school
  edxaws images pin --profile my-school            look the digests up, then ask
  edxaws images pin --profile my-school openedx    only one of them")]
pub struct ImagesArgs {
    #[command(subcommand)]
    pub command: Option<ImagesCommand>,
}

#[derive(Debug, Subcommand)]
pub enum ImagesCommand {
    Pin(PinArgs),
}

/// Write the digests that the registries have today into the profile
///
/// Nobody logs in: the digest of an image that not everybody may pull is given by hand.
#[derive(Debug, Args)]
pub struct PinArgs {
    /// Names as `edxaws images` lists them (all when left out)
    pub names: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Only show what would change
    #[arg(long)]
    pub dry_run: bool,
}
