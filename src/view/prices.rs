//! The price book as tables.

use super::text::{Table, count};
use crate::cost::book::{Item, Price};
use crate::cost::compare::Change;

/// Prices with unit, grade, date and source.
pub fn prices(rows: &[(&Item, &str, &Price)], title: &str) -> String {
    let mut table = Table::new(["ITEM", "REGION", "USD", "PER", "GRADE", "DATE", "SOURCE"]);
    for (item, region, price) in rows {
        table.row([
            item.to_string(),
            (*region).to_owned(),
            tiers(price),
            price.unit.clone(),
            price.grade.letter().to_string(),
            price.date.to_string(),
            price.source.clone(),
        ]);
    }
    format!("{}{}; {title}\n", table.render(), count(rows.len(), "price"))
}

/// `0.09, above 10240 0.085`
fn tiers(price: &Price) -> String {
    let tier = |tier: &crate::cost::book::Tier| {
        let usd = tier.usd.normalize();
        match tier.from.is_zero() {
            true => usd.to_string(),
            false => format!("above {} {usd}", tier.from.normalize()),
        }
    };
    price.tiers.iter().map(tier).collect::<Vec<_>>().join(", ")
}

/// What differs between two books.
pub fn price_changes(changes: &[Change], title: &str) -> String {
    let mut table = Table::new(["ITEM", "REGION", "BEFORE", "AFTER", "CHANGE"]);
    for change in changes {
        table.row(cells(change));
    }
    let table = if changes.is_empty() { String::new() } else { table.render() };
    format!("{table}{}; {title}\n", count(changes.len(), "change"))
}

/// One line for each change, for a refusal.
pub fn change_lines(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| {
        let [item, region, before, after, part] = cells(change);
        format!("`{item}` in {region}: {before} → {after} ({part})")
    };
    changes.iter().map(line).collect()
}

fn cells(change: &Change) -> [String; 5] {
    let side = |price: &Option<Price>| price.as_ref().map_or_else(|| "no price".to_owned(), tiers);
    let percent = |part: rust_decimal::Decimal| {
        let percent = (part * rust_decimal::Decimal::ONE_HUNDRED).round_dp(1).normalize();
        format!("{}{percent} %", if percent.is_sign_positive() { "+" } else { "" })
    };
    [
        change.item.to_string(),
        change.region.clone(),
        side(&change.before),
        side(&change.after),
        change.relative().map_or_else(|| "-".to_owned(), percent),
    ]
}
