//! Medians, their ranges, and Terraform's share over edxaws's.

use std::fmt;

use crate::Sample;
use crate::tool::{Act, Tool};

pub struct Report {
    pub title: String,
    pub samples: Vec<Sample>,
}

/// A name, how many decimals it is worth, and where it is read.
type Measure = (&'static str, usize, fn(&Sample) -> f64);

const MEASURES: [Measure; 4] = [
    ("seconds", 1, |one| one.taken.wall),
    ("API calls", 0, |one| one.calls as f64),
    ("CPU seconds", 2, |one| one.taken.cpu),
    ("peak MiB", 0, |one| one.taken.memory),
];

pub fn line(one: &Sample) -> String {
    let measures =
        MEASURES.map(|(name, digits, measure)| format!("{:.digits$} {name}", measure(one)));
    format!("{} {}: {}", one.tool.name(), word(one.act), measures.join(", "))
}

fn word(act: Act) -> &'static str {
    match act {
        Act::Up => "up",
        Act::Plan => "no-op plan",
        Act::ThoroughPlan => "no-op plan, thorough",
        Act::Destroy => "destroy",
    }
}

impl Report {
    /// Median, least and most.
    fn of(&self, tool: Tool, act: Act, measure: fn(&Sample) -> f64) -> Option<[f64; 3]> {
        let ours = self.samples.iter().filter(|one| one.tool == tool && one.act == act);
        let mut all: Vec<f64> = ours.map(measure).collect();
        all.sort_by(f64::total_cmp);
        let middle = (all.get((all.len().max(1) - 1) / 2)? + all.get(all.len() / 2)?) / 2.0;
        Some([middle, *all.first()?, *all.last()?])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}: median (least to most)\n", self.title)?;
        writeln!(f, "| | | edxaws | Terraform | ratio |\n|---|---|---|---|---|")?;
        for act in [Act::Up, Act::Plan, Act::ThoroughPlan, Act::Destroy] {
            for (name, digits, measure) in MEASURES {
                let ours = self.of(Tool::Edxaws, act, measure);
                // Terraform's plan is thorough at any time.
                let theirs = if act == Act::ThoroughPlan { Act::Plan } else { act };
                let theirs = self.of(Tool::Terraform, theirs, measure);
                let ratio = ours.zip(theirs).map(|(ours, theirs)| theirs[0] / ours[0]);
                let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
                let (ours, theirs) = (cell(ours, digits), cell(theirs, digits));
                writeln!(f, "| {} | {name} | {ours} | {theirs} | {ratio} |", word(act))?;
            }
        }
        Ok(())
    }
}

fn cell(values: Option<[f64; 3]>, digits: usize) -> String {
    values.map_or_else(
        || "left out".to_owned(),
        |[median, least, most]| format!("{median:.digits$} ({least:.digits$} to {most:.digits$})"),
    )
}
