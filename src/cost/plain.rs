//! Plain lists of resources, for tests and outsiders: kind, region and attributes in, lines out, by
//! the same formulas as a stack's resources.

mod attribute;
mod kinds;
mod read;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::advice::{Saving, graviton};
use super::book::Book;
use super::estimate::{Estimate, Priced};
use super::sheet::Sheet;
use attribute::Values;

pub use attribute::{Attribute, Fallback, Type};
pub use kinds::KINDS;
pub use read::{Fault, read};

/// A kind that can be priced by its attributes alone.
#[derive(Debug, Clone, Copy)]
pub struct PlainKind {
    pub name: &'static str,
    pub attributes: &'static [Attribute],
    price: fn(&mut Sheet<'_>, &Values, Date),
}

/// One resource of a list, checked.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    pub region: String,
    pub kind: &'static PlainKind,
    values: Values,
}

impl Entry {
    pub fn price(&self, book: &Book, today: Date) -> Priced {
        let mut sheet = Sheet::new(book, &self.region);
        (self.kind.price)(&mut sheet, &self.values, today);
        let kind = self.kind.name.to_owned();
        let (name, region, lines) = (self.name.clone(), self.region.clone(), sheet.lines);
        Priced { name, part: kind.clone(), kind, region, lines }
    }
}

/// Prices each resource as if it stood alone: the account's free allowances are not taken off.
pub fn estimate(entries: &[Entry], book: &Book, today: Date) -> Estimate {
    let mut regions: Vec<&str> = entries.iter().map(|entry| entry.region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    let resources = entries.iter().map(|entry| entry.price(book, today)).collect();
    Estimate { region: regions.join(", "), resources, notes: Vec::new() }
}

/// Cheaper equivalents, resource by resource: the same with one attribute changed, priced again.
pub fn cheaper(entries: &[Entry], book: &Book, today: Date) -> Vec<Saving> {
    let mut all: Vec<Saving> = entries
        .iter()
        .flat_map(|entry| SWAPS.iter().filter_map(|swap| entry.saving(*swap, book, today)))
        .collect();
    all.sort_by(|a, b| b.usd.cmp(&a.usd).then_with(|| a.what.cmp(&b.what)));
    all
}

/// An attribute, and what is cheaper in its place.
type Swap = (&'static str, fn(&str) -> Option<String>);

const SWAPS: &[Swap] = &[
    ("instance_type", graviton),
    ("instance_class", graviton),
    ("node_type", graviton),
    ("engine", |engine| (engine == "redis").then(|| "valkey".to_owned())),
    ("type", |kind| (kind == "gp2").then(|| "gp3".to_owned())),
    ("root_volume_type", |kind| (kind == "gp2").then(|| "gp3".to_owned())),
    ("disk_type", |kind| (kind == "gp2").then(|| "gp3".to_owned())),
];

impl Entry {
    fn saving(&self, (attribute, swap): Swap, book: &Book, today: Date) -> Option<Saving> {
        let better = swap(self.values.text(attribute))?;
        let what = format!("{}: `{attribute}` {better}", self.name);
        let other = Self { values: self.values.with_text(attribute, better), ..self.clone() };
        let (before, after) = (self.price(book, today).total(), other.price(book, today).total());
        let usd = before.usd.expected - after.usd.expected;
        (usd > Decimal::ZERO && after.missing <= before.missing).then_some(Saving {
            what,
            usd,
            since: None,
        })
    }
}

/// The table of kinds and attributes of docs/cost.md.
pub fn reference() -> String {
    let mut text = String::new();
    for kind in KINDS {
        text.push_str(&format!("\n### `{}`\n\n", kind.name));
        text.push_str("| Attribute | Type | Default | Meaning |\n|---|---|---|---|\n");
        for attribute in kind.attributes {
            let Attribute { name, meaning, .. } = attribute;
            let (kind, default) = (attribute.kind.describe(), attribute.fallback.describe());
            text.push_str(&format!("| `{name}` | {kind} | {default} | {meaning} |\n"));
        }
    }
    text
}
