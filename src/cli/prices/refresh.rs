//! `edxaws prices refresh`: a book of the user's own, out of AWS's price list.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::ask::ask;
use super::change;
use crate::cli::args::{Format, Global, RefreshArgs};
use crate::cli::book::{self, InUse};
use crate::cli::session::{listen, reach};
use crate::cost::compare::Change;
use crate::cost::refresh::{Refreshed, questions, refresh};
use crate::cost::vocabulary::WORDS;
use crate::error::{Exit, Problem, Result};
use crate::state::write_private;
use crate::{profile, view};

/// What became of the new book.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Written(PathBuf),
    Unchanged(PathBuf),
    OnlyShown,
}

pub async fn run(global: &Global, args: &RefreshArgs) -> Result<Exit> {
    known_services(&args.service)?;
    let profile = profile::load(&global.profile, &global.profiles)?;
    let regions = match args.region.is_empty() {
        true => vec![profile.settings.region.clone()],
        false => args.region.clone(),
    };
    let (scope, _) = reach(global, &profile.settings, book::sandbox(global)).await?;
    let base = InUse::find(global)?;
    view::err(&format!("asking AWS for the prices of {}\n", regions.join(", ")));
    let answers = ask(&scope, &listen(), &regions, &args.service).await?;
    let refreshed = refresh(&base.book, &answers);
    whole(&refreshed)?;
    accepted(&refreshed.changes, args)?;
    let fate = match args.dry_run {
        true => Fate::OnlyShown,
        false => keep(&book::path(global), &refreshed)?,
    };
    show(global, &refreshed, &fate)?;
    Ok(Exit::Done)
}

fn known_services(services: &[String]) -> Result<()> {
    let asked: BTreeSet<_> = questions().flat_map(|q| q.picks).map(|pick| pick.service).collect();
    let unknown = services.iter().find(|service| !asked.contains(service.as_str()));
    unknown.map_or(Ok(()), |service| {
        let in_book = WORDS.iter().any(|word| word.service == service);
        let why = if in_book { "is not refreshed" } else { "is no service of the price book" };
        let known: Vec<_> = asked.into_iter().collect();
        Err(Problem::user(format!("`{service}` {why}"))
            .hint(format!("`--service` takes {}", known.join(", "))))
    })
}

/// One price that is not exactly one spoils the book.
fn whole(refreshed: &Refreshed) -> Result<()> {
    if refreshed.problems.is_empty() {
        return Ok(());
    }
    let count = refreshed.problems.len();
    let noun = if count == 1 { "price" } else { "prices" };
    let problem =
        Problem::user(format!("{count} {noun} could not be read; the book stays as it is"));
    let problem = refreshed.problems.iter().fold(problem, |all, one| all.because(one.to_string()));
    Err(problem.hint("leave the service out for now: name the others with `--service`"))
}

/// A large change is a mistake until a person says it is not.
fn accepted(changes: &[Change], args: &RefreshArgs) -> Result<()> {
    let large: Vec<_> = changes.iter().filter(|change| change.is_large()).cloned().collect();
    if large.is_empty() || args.accept || args.dry_run {
        return Ok(());
    }
    let problem = Problem::user("prices changed by more than 20 %; the book stays as it is");
    let lines = view::change_lines(&large);
    let problem = lines.into_iter().fold(problem, Problem::because);
    Err(problem.hint("look at them, then `edxaws prices refresh --accept`"))
}

/// Writes the book unless the file holds the same bytes.
fn keep(path: &Path, refreshed: &Refreshed) -> Result<Fate> {
    let text = refreshed.book.render();
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(Fate::Unchanged(path.to_owned()));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Problem::io(folder, &error))?;
    }
    write_private(path, text.as_bytes()).map_err(|error| Problem::io(path, &error))?;
    Ok(Fate::Written(path.to_owned()))
}

fn show(global: &Global, refreshed: &Refreshed, fate: &Fate) -> Result<()> {
    let Refreshed { book, read, changes, unknown, .. } = refreshed;
    if global.format == Format::Json {
        let file = match fate {
            Fate::Written(path) | Fate::Unchanged(path) => Some(path),
            Fate::OnlyShown => None,
        };
        let changes: Vec<_> = changes.iter().map(change).collect();
        let unknown: Vec<_> = unknown.iter().map(ToString::to_string).collect();
        let document = json!({
            "date": book.date(),
            "read": read,
            "changes": changes,
            "unknown": unknown,
            "file": file,
            "written": matches!(fate, Fate::Written(_)),
        });
        return view::out(&format!("{document}\n"));
    }
    let end = match fate {
        Fate::Written(path) => format!("written to `{}`", path.display()),
        Fate::Unchanged(path) => format!("`{}` is unchanged", path.display()),
        Fate::OnlyShown => "nothing is written".to_owned(),
    };
    for problem in unknown {
        view::err(&format!("not in the price list: {problem}\n"));
    }
    let title = format!("{read} prices read, the newest of {}; {end}", book.date());
    view::out(&view::price_changes(changes, &title))
}
