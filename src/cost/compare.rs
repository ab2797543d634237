//! Two books side by side: what became dearer, cheaper, known or unknown.

use rust_decimal::{Decimal, dec};

use super::book::{Book, Item, Price};

/// A price that is not the same in both books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub item: Item,
    pub region: String,
    pub before: Option<Price>,
    pub after: Option<Price>,
}

/// What is above needs a person's yes.
const LARGE: Decimal = dec!(0.2);

/// The prices that differ; another source or date alone is no difference.
pub fn changes(before: &Book, after: &Book) -> Vec<Change> {
    let of = |item: &Item, region: &str| Change {
        item: item.clone(),
        region: region.to_owned(),
        before: before.own(region, item).cloned(),
        after: after.own(region, item).cloned(),
    };
    let old = before.iter().map(|(item, region, _)| (item, region));
    let new = after.iter().map(|(item, region, _)| (item, region));
    let all: std::collections::BTreeSet<_> = old.chain(new).collect();
    all.into_iter().map(|(item, region)| of(item, region)).filter(Change::is_one).collect()
}

impl Change {
    fn is_one(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.unit != after.unit || before.tiers != after.tiers,
            _ => true,
        }
    }

    /// The largest relative change of any tier; none where one side has no price.
    pub fn relative(&self) -> Option<Decimal> {
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let tiers = before.tiers.iter().chain(&after.tiers);
        let changes = tiers.map(|tier| relative(at(before, tier.from), at(after, tier.from)));
        changes.max_by_key(Decimal::abs)
    }

    /// Too much to be taken over without a word.
    pub fn is_large(&self) -> bool {
        self.relative().is_some_and(|change| change.abs() > LARGE)
    }
}

fn relative(before: Decimal, after: Decimal) -> Decimal {
    match before.is_zero() {
        true if after.is_zero() => Decimal::ZERO,
        true => Decimal::ONE,
        false => (after - before) / before,
    }
}

/// The price of the unit after `quantity`.
fn at(price: &Price, quantity: Decimal) -> Decimal {
    let tier = price.tiers.iter().rev().find(|tier| tier.from <= quantity);
    tier.map_or_else(|| price.first(), |tier| tier.usd)
}
