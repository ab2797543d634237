//! One line of an estimate: a component, how much of it, at which price, and how that was reckoned.

use rust_decimal::Decimal;

use super::book::Item;
use super::goods::Good;
use super::span::Span;

/// Hours of a month, as AWS and everybody who estimates it count them.
pub const HOURS: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// One component of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    /// What is counted, for people: `hours`, `GB`.
    pub unit: &'static str,
    pub amount: Amount,
    pub rate: Rate,
}

/// How much, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// `None`: it depends on usage that nobody has stated.
    pub quantity: Option<Span>,
    pub basis: Basis,
}

/// How a quantity was reckoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// It is there, whether it is used or not.
    Fixed,
    /// It follows use; the name of the assumption, when there is one.
    Usage(Option<String>),
}

/// What one unit costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rate {
    /// A price of the book, for the units from `from` on.
    Price { item: Item, region: String, from: Decimal, usd: Decimal },
    /// Spot capacity of these types: a band below the on-demand prices, never a price.
    Spot { items: Vec<Item>, region: String, usd: Span },
    /// The book has no price for it: neither zero nor another region's.
    Missing { item: Item, region: String },
    /// AWS asks nothing for it.
    Free,
}

impl Amount {
    pub fn fixed(quantity: impl Into<Span>) -> Self {
        Self { quantity: Some(quantity.into()), basis: Basis::Fixed }
    }

    /// Usage as stated, or not.
    pub fn used(quantity: Option<impl Into<Span>>) -> Self {
        Self { quantity: quantity.map(Into::into), basis: Basis::Usage(None) }
    }

    /// Usage as assumed: `usage.nat_gb`.
    pub fn assumed(assumption: &str, quantity: impl Into<Span>) -> Self {
        let basis = Basis::Usage(Some(assumption.to_owned()));
        Self { quantity: Some(quantity.into()), basis }
    }

    /// Both together; the assumption of the first names it.
    pub fn plus(self, other: Self) -> Self {
        let quantity = self.quantity.zip(other.quantity).map(|(a, b)| a + b);
        Self { quantity, ..self }
    }

    /// Counted in thousands, tens of thousands …
    pub fn in_units_of(self, many: u32) -> Self {
        self.map(|one| one / Decimal::from(many))
    }

    pub fn map(self, change: impl Fn(Decimal) -> Decimal) -> Self {
        Self { quantity: self.quantity.map(|span| span.each(change)), ..self }
    }
}

impl Line {
    /// A line without a price, for what is known to be free.
    pub fn free(name: &str, good: &Good, quantity: impl Into<Span>) -> Self {
        let (name, unit) = (name.to_owned(), good.unit.people());
        Self { name, unit, amount: Amount::fixed(quantity), rate: Rate::Free }
    }

    /// What it costs a month; `None` while quantity or price are unknown.
    pub fn monthly(&self) -> Option<Span> {
        let quantity = self.amount.quantity?;
        // None of a thing costs nothing, whatever its price.
        if quantity == Span::ZERO {
            return Some(Span::ZERO);
        }
        Some(quantity.times(self.unit_usd()?))
    }

    /// The price of one unit, if there is one.
    pub fn unit_usd(&self) -> Option<Span> {
        match &self.rate {
            Rate::Price { usd, .. } => Some(Span::exactly(*usd)),
            Rate::Spot { usd, .. } => Some(*usd),
            Rate::Free => Some(Span::ZERO),
            Rate::Missing { .. } => None,
        }
    }

    pub fn is_usage(&self) -> bool {
        matches!(self.amount.basis, Basis::Usage(_))
    }

    pub fn is_missing(&self) -> bool {
        matches!(self.rate, Rate::Missing { .. })
    }
}
