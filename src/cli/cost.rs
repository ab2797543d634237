//! `edxaws cost`: what a profile, or a plain list of resources, costs a month. Asks nobody.

use std::path::Path;

use super::args::{CostArgs, Global, Shape};
use super::book::{InUse, today};
use crate::cost::plain::{self, Fault};
use crate::cost::{Report, infracost};
use crate::error::{Exit, Problem, Result};
use crate::profile;
use crate::view;

pub fn run(global: &Global, args: &CostArgs) -> Result<Exit> {
    let book = InUse::find(global)?;
    let columns = match &args.resources {
        Some(path) => vec![of_list(path, &book)?],
        None => of_profiles(global, args, &book)?,
    };
    let (titles, mut reports): (Vec<String>, Vec<Report>) = columns.into_iter().unzip();
    for report in &mut reports {
        report.learners = args.learners;
    }
    let text = match (global.shape, reports.as_slice()) {
        (Shape::Json, all) => format!("{}\n", infracost::document(all)),
        (Shape::Html, all) => view::cost_page(all),
        (Shape::Human, [one]) => view::cost(one),
        (Shape::Human, all) => view::side_by_side(&titles, all),
    };
    view::out(&text)?;
    Ok(Exit::Done)
}

/// One column for each profile and region.
fn of_profiles(global: &Global, args: &CostArgs, book: &InUse) -> Result<Vec<(String, Report)>> {
    let mut columns = Vec::new();
    for name in std::iter::once(&global.profile).chain(&args.compare) {
        let settings = profile::load(name, &global.profiles)?.settings;
        let own = [settings.region.clone()];
        let regions = if args.regions.is_empty() { &own[..] } else { &args.regions };
        for region in regions {
            let mut settings = settings.clone();
            settings.region.clone_from(region);
            let report = Report::of_profile(&settings.stack, &settings, &book.book, today())
                .map_err(|error| Problem::user(error.to_string()))?;
            let title = match (args.compare.is_empty(), args.regions.len() > 1) {
                (true, _) => region.clone(),
                (false, false) => settings.stack.clone(),
                (false, true) => format!("{} {region}", settings.stack),
            };
            columns.push((title, report));
        }
    }
    Ok(columns)
}

fn of_list(path: &Path, book: &InUse) -> Result<(String, Report)> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
    let title = path.display().to_string();
    let entries = plain::read(&text).map_err(|faults| unreadable(&title, &faults))?;
    let report = Report::of_list(&title, &entries, &book.book, today());
    Ok((title, report))
}

fn unreadable(file: &str, faults: &[Fault]) -> Problem {
    let place = |fault: &Fault| match fault.index {
        Some(index) => format!("{file}[{index}]: {}", fault.what),
        None => format!("{file}: {}", fault.what),
    };
    let mut problem = Problem::user(format!("`{file}` cannot be priced"));
    for fault in faults {
        let hint = fault.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        problem = problem.because(format!("{}{hint}", place(fault)));
    }
    problem.hint("docs/cost.md lists every kind with its attributes")
}
