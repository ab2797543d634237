//! `edxaws prices`: look into the price book, compare it, renew it.

use serde_json::{Value, json};

use super::args::{Format, Global, PricesCommand};
use super::book::{self, InUse};
use crate::cost::book::{Book, GLOBAL, Item, Price};
use crate::cost::compare::{Change, changes};
use crate::error::{Exit, Problem, Result};
use crate::view;

mod ask;
mod refresh;

pub async fn run(global: &Global, command: &PricesCommand) -> Result<Exit> {
    match command {
        PricesCommand::Show { filter, region } => show(global, filter, region.as_deref()),
        PricesCommand::Diff => diff(global),
        PricesCommand::Refresh(args) => refresh::run(global, args).await,
    }
}

fn show(global: &Global, words: &[String], region: Option<&str>) -> Result<Exit> {
    let used = InUse::find(global)?;
    let rows: Vec<_> = used
        .book
        .iter()
        .filter(|(_, at, _)| region.is_none_or(|region| *at == region || *at == GLOBAL))
        .filter(|(item, at, _)| matches(&format!("{item} {at}"), words))
        .collect();
    if let Some(warning) = used.warning(book::today()) {
        view::err(&warning);
    }
    match global.format {
        Format::Human => view::out(&view::prices(&rows, &used.title()))?,
        Format::Json => {
            let prices: Vec<_> =
                rows.iter().map(|(item, at, price)| row(item, at, price)).collect();
            view::out(&format!("{}\n", json!({"book": about(&used), "prices": prices})))?;
        }
    }
    if rows.is_empty() {
        return Err(nothing(&used.book, words, region));
    }
    Ok(Exit::Done)
}

/// Every word must be somewhere in the item or the region.
fn matches(text: &str, words: &[String]) -> bool {
    words.iter().all(|word| text.contains(word.as_str()))
}

fn nothing(book: &Book, words: &[String], region: Option<&str>) -> Problem {
    let problem = Problem::user(format!("no price in the book for `{}`", words.join(" ")));
    match region.filter(|region| !book.regions().contains(region)) {
        Some(region) => {
            let known: Vec<_> = book.regions().into_iter().collect();
            problem.because(format!("the book has no region `{region}`, only {}", known.join(", ")))
        }
        None => problem,
    }
    .hint("`edxaws prices show` lists all; docs/prices.md explains the words")
}

/// The user's own book against the one in the binary.
fn diff(global: &Global) -> Result<Exit> {
    let path = book::path(global);
    let Some(own) = book::read(&path)? else {
        return Err(Problem::user("there is no price book of your own to compare")
            .because(format!("`{}` does not exist", path.display()))
            .hint("make one with `edxaws prices refresh`"));
    };
    let embedded = Book::embedded();
    let changes = changes(embedded, &own);
    match global.format {
        Format::Human => {
            let (from, to) = (embedded.date(), own.date());
            let title = format!("in the binary: {from}; in `{}`: {to}", path.display());
            view::out(&view::price_changes(&changes, &title))?;
        }
        Format::Json => {
            let changes: Vec<_> = changes.iter().map(change).collect();
            let (from, to) = (embedded.date(), own.date());
            view::out(&format!("{}\n", json!({"from": from, "to": to, "changes": changes})))?;
        }
    }
    Ok(Exit::Done)
}

fn about(used: &InUse) -> Value {
    json!({
        "date": used.book.date(),
        "age_days": used.book.age_days(book::today()),
        "file": used.file,
    })
}

fn row(item: &Item, region: &str, price: &Price) -> Value {
    json!({
        "service": item.service,
        "usage": item.usage,
        "key": item.key,
        "region": region,
        "unit": price.unit,
        "tiers": tiers(price),
        "grade": price.grade.letter(),
        "date": price.date,
        "source": price.source,
    })
}

/// Money is text in JSON, too: a reader must not make a float of it.
fn tiers(price: &Price) -> Vec<Value> {
    let tier = |tier: &crate::cost::book::Tier| json!({"from": tier.from.normalize(), "usd": tier.usd.normalize()});
    price.tiers.iter().map(tier).collect()
}

fn change(change: &Change) -> Value {
    let Change { item, region, before, after } = change;
    json!({
        "service": item.service,
        "usage": item.usage,
        "key": item.key,
        "region": region,
        "before": before.as_ref().map(tiers),
        "after": after.as_ref().map(tiers),
        "relative": change.relative().map(|part| part.round_dp(4).normalize()),
    })
}
