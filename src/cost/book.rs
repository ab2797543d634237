//! The price book: what AWS asks for a thing in a region, with the source and the date of each price.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use jiff::civil::Date;
use rust_decimal::Decimal;

mod instances;
mod text;

pub use instances::{Arch, InstanceFacts};
pub use text::BookError;

/// The region of prices that hold everywhere.
pub const GLOBAL: &str = "global";

/// Older than this, a book may no longer be what AWS asks: whoever shows a price says so.
pub const STALE_DAYS: i64 = 90;

/// Prices by item and region. A price that is not in the book is missing: neither zero nor another
/// region's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    sources: BTreeMap<String, Source>,
    prices: BTreeMap<Item, BTreeMap<String, Price>>,
}

/// What is priced, in the words of docs/prices.md: `ec2 on-demand m7i.large`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    pub service: String,
    pub usage: String,
    pub key: String,
}

/// What one unit costs, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What is counted: `hour`, `gb-month`, `1k-requests` …
    pub unit: String,
    /// Never empty, ascending, the first from 0.
    pub tiers: Vec<Tier>,
    pub source: String,
    pub grade: Grade,
    pub date: Date,
}

/// A price per unit for the units above `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    pub from: Decimal,
    pub usd: Decimal,
}

/// How far a source is from AWS's own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// An AWS price list or pricing page feed, or a data set made from one.
    A,
    /// A real bill, a document that quotes AWS's usage types, or a size derived from its family.
    B,
}

/// Where prices were read, and when they were published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    pub grade: Grade,
    pub date: Date,
    pub text: String,
}

impl Book {
    /// The book inside the binary.
    pub fn embedded() -> &'static Self {
        static BOOK: OnceLock<Book> = OnceLock::new();
        // A test holds the file to its format; a book that could not be read would be an empty one,
        // in which every price is missing.
        BOOK.get_or_init(|| Self::parse(include_str!("book/prices.txt")).unwrap_or_default())
    }

    /// Reads the text of a book; a line that is not understood is an error.
    pub fn parse(text: &str) -> Result<Self, BookError> {
        text::parse(text)
    }

    /// The text of the book: sorted, without the time of day, so the same prices are the same bytes.
    pub fn render(&self) -> String {
        text::render(self)
    }

    /// What the item costs in the region; services without a region are found under any.
    pub fn find(&self, region: &str, item: &Item) -> Option<&Price> {
        let regions = self.prices.get(item)?;
        regions.get(region).or_else(|| regions.get(GLOBAL))
    }

    /// The region's own price, without those that hold everywhere.
    pub fn own(&self, region: &str, item: &Item) -> Option<&Price> {
        self.prices.get(item)?.get(region)
    }

    /// Every price: the item, the region, the price.
    pub fn iter(&self) -> impl Iterator<Item = (&Item, &str, &Price)> {
        self.prices.iter().flat_map(|(item, regions)| {
            regions.iter().map(move |(region, price)| (item, region.as_str(), price))
        })
    }

    /// Notes a source under a short name that is kept in the text.
    pub fn cite(&mut self, id: &str, source: Source) {
        self.sources.insert(id.to_owned(), source);
    }

    /// Sets a price; its source has been cited before, or is taken as it stands.
    pub fn set(&mut self, region: &str, item: Item, price: Price) -> Option<Price> {
        self.prices.entry(item).or_default().insert(region.to_owned(), price)
    }

    /// The newest date of any price: shown with everything that is counted with the book.
    pub fn date(&self) -> Date {
        self.iter().map(|(_, _, price)| price.date).max().unwrap_or_default()
    }

    /// Days since the newest price; see [`STALE_DAYS`].
    pub fn age_days(&self, today: Date) -> i64 {
        today.duration_since(self.date()).as_hours() / 24
    }

    /// The regions that have prices of their own.
    pub fn regions(&self) -> BTreeSet<&str> {
        self.iter().map(|(_, region, _)| region).filter(|region| *region != GLOBAL).collect()
    }

    /// Size and architecture of an EC2 instance type.
    pub fn instance(&self, instance_type: &str) -> Option<&InstanceFacts> {
        instances::find(instance_type)
    }
}

impl Item {
    pub fn new(service: &str, usage: &str, key: &str) -> Self {
        Self { service: service.to_owned(), usage: usage.to_owned(), key: key.to_owned() }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.service, self.usage, self.key)
    }
}

impl Price {
    /// What a quantity costs: each tier's part at the tier's price.
    pub fn cost(&self, quantity: Decimal) -> Decimal {
        let ends = self.tiers.iter().skip(1).map(|tier| tier.from).chain([Decimal::MAX]);
        let part = |(tier, end): (&Tier, Decimal)| {
            (quantity.min(end) - tier.from).max(Decimal::ZERO) * tier.usd
        };
        self.tiers.iter().zip(ends).map(part).sum()
    }

    /// The price of the first unit.
    pub fn first(&self) -> Decimal {
        self.tiers.first().map_or(Decimal::ZERO, |tier| tier.usd)
    }
}

impl Grade {
    pub const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
        }
    }
}

#[cfg(test)]
mod tests;
