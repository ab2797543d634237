//! Several estimates side by side: profiles, or regions.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::money::{at_least, dollars};
use super::prices;
use crate::cost::{Estimate, Report, Span, Total};
use crate::view::text::{BOLD, paint};

/// One column a report, one row a part; `titles` head the columns.
pub fn side_by_side(titles: &[String], reports: &[Report]) -> String {
    let mut rows: Vec<Vec<String>> = vec![header(titles)];
    for part in parts(reports) {
        rows.push(row(&part, reports, |estimate| of_part(estimate, &part), |usd| usd.expected));
    }
    let whole = |estimate: &Estimate| Some(estimate.total());
    rows.push(row("total", reports, whole, |usd| usd.expected));
    rows.push(row("  least", reports, whole, |usd| usd.least));
    rows.push(row("  most", reports, whole, |usd| usd.most));
    rows.push(against_first(reports));
    let mut text = render(&rows);
    text.push_str("\nUSD a month of 730 hours, before tax; at least: prices are missing\n");
    if let Some(report) = reports.first() {
        text.push_str(&prices(&report.prices));
    }
    text
}

fn header(titles: &[String]) -> Vec<String> {
    std::iter::once("PART".to_owned()).chain(titles.iter().cloned()).collect()
}

fn parts(reports: &[Report]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = reports.iter().flat_map(|report| report.estimate.parts());
    all.map(|(part, _)| part.to_owned()).filter(|part| seen.insert(part.clone())).collect()
}

fn of_part(estimate: &Estimate, part: &str) -> Option<Total> {
    let (_, resources) = estimate.parts().into_iter().find(|(name, _)| *name == part)?;
    Some(resources.iter().flat_map(|one| &one.lines).collect())
}

fn row(
    name: &str,
    reports: &[Report],
    total: impl Fn(&Estimate) -> Option<Total>,
    pick: fn(Span) -> Decimal,
) -> Vec<String> {
    let cell = |report: &Report| {
        let total = total(&report.estimate);
        total.map_or_else(|| "–".to_owned(), |sum| at_least(&sum, dollars(pick(sum.usd))))
    };
    std::iter::once(name.to_owned()).chain(reports.iter().map(cell)).collect()
}

fn against_first(reports: &[Report]) -> Vec<String> {
    let expected = |report: &Report| report.estimate.total().usd.expected;
    let first = reports.first().map(expected).unwrap_or_default();
    let cell = |report: &Report| {
        let more = expected(report) - first;
        let sign = if more > Decimal::ZERO { "+" } else { "" };
        format!("{sign}{}", dollars(more))
    };
    std::iter::once("  against the first".to_owned()).chain(reports.iter().map(cell)).collect()
}

fn render(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |(at, row): (usize, &Vec<String>)| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
        let text: String = cells.collect::<String>() + "\n";
        let bold = at == 0 || row.first().is_some_and(|name| name == "total");
        if bold { paint(BOLD, &text) } else { text }
    };
    rows.iter().enumerate().map(line).collect()
}
