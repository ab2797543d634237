//! What a run did to the monthly bill, part by part.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{escape, table};
use crate::cost::forecast::Forecast;
use crate::cost::{Estimate, Total};
use crate::view::{at_least, dollars};

const HEAD: [&str; 4] = ["Part", "A month before", "A month now", "Change"];

/// A row for each part that is or was billed, and their sum.
pub fn bill(forecast: &Forecast) -> String {
    let (before, after) = (parts(&forecast.before), parts(&forecast.after));
    let mut names: Vec<&str> = after.keys().chain(before.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let none = Total::default();
    let mut rows: Vec<[String; 4]> = names
        .iter()
        .map(|name| {
            let of = |parts: &BTreeMap<&str, Total>| parts.get(name).copied().unwrap_or(none);
            row(name, of(&before), of(&after))
        })
        .collect();
    rows.push(row("all", forecast.before.total(), forecast.after.total()));
    let source = format!("US dollars before tax, expected, by prices of {}.", forecast.prices.date);
    format!("{}<p>{source}</p>", table(&HEAD, rows.into_iter()))
}

/// `$0.00 → $231.40`.
pub fn in_short(forecast: &Forecast) -> String {
    format!("{} → {}", sum(&forecast.before.total()), sum(&forecast.after.total()))
}

fn parts(estimate: &Estimate) -> BTreeMap<&str, Total> {
    let parts = estimate.parts().into_iter();
    let sums =
        parts.map(|(part, all)| (part, all.into_iter().flat_map(|one| &one.lines).collect()));
    sums.collect()
}

fn row(name: &str, before: Total, after: Total) -> [String; 4] {
    let more = after.usd.expected - before.usd.expected;
    let sign = if more > Decimal::ZERO { "+" } else { "" };
    [escape(name), sum(&before), sum(&after), format!("{sign}{}", dollars(more))]
}

fn sum(total: &Total) -> String {
    at_least(total, dollars(total.usd.expected))
}
