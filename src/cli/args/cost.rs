//! What may be typed after `edxaws cost`.

use std::path::PathBuf;

/// Estimate what a profile costs a month, before anything is made
///
/// Asks neither AWS nor anybody else. Node groups make a range from the fewest to the most nodes;
/// what depends on use is assumed under `[usage]` of the profile.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  edxaws cost --profile prod
  edxaws cost --profile prod --region eu-west-1
  edxaws cost --profile prod --regions us-east-1,eu-west-1,ap-south-1   side by side
  edxaws cost --profile dev --compare staging --compare prod
  edxaws cost --profile prod --learners 5000
  edxaws cost --profile prod --format html > cost.html
  edxaws cost --profile prod --format json   in the shape of `infracost breakdown`
  edxaws cost --resources list.json          kinds and attributes: docs/cost.md")]
pub struct CostArgs {
    /// Region in place of the profile's; several stand side by side (repeatable, or with commas)
    #[arg(
        long = "region",
        visible_alias = "regions",
        value_name = "REGION",
        value_delimiter = ',',
        value_parser = region
    )]
    pub regions: Vec<String>,
    /// Another profile beside this one (repeatable)
    #[arg(long, value_name = "PROFILE")]
    pub compare: Vec<String>,
    /// Also what one of so many active learners costs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub learners: Option<u32>,
    /// Price a plain list of resources instead of a profile
    #[arg(long, value_name = "FILE", conflicts_with_all = ["regions", "compare"])]
    pub resources: Option<PathBuf>,
}

fn region(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let looks = text.split('-').count() >= 3 && text.chars().all(plain);
    looks.then(|| text.to_owned()).ok_or_else(|| "a region looks like `us-east-1`".to_owned())
}
