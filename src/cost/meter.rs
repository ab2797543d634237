//! What a resource kind declares its cost with: the sheet to write on, what is assumed of use, and
//! the other resources of the stack.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use super::line::Amount;
use super::sheet::Sheet;
use super::usage::{Assumption, Usage};
use crate::address::{Address, Ref};
use crate::resource::Resource;

/// What is to be priced: desired values by address, and the part of the platform each belongs to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inventory(pub BTreeMap<Address, Thing>);

/// One resource of an inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    pub part: String,
    pub desired: Value,
}

/// How many there are of each kind.
pub type Counts<'a> = BTreeMap<&'a str, usize>;

impl Inventory {
    /// Counted once for all, not by each who shares with all others of its kind.
    pub(super) fn counts(&self) -> Counts<'_> {
        let mut counts = Counts::new();
        for address in self.0.keys() {
            *counts.entry(address.kind()).or_default() += 1;
        }
        counts
    }
}

/// The meter of one resource.
#[derive(Debug)]
pub struct Meter<'a> {
    sheet: Sheet<'a>,
    usage: &'a Usage,
    today: Date,
    inventory: &'a Inventory,
    counts: &'a Counts<'a>,
    /// What a reader of the estimate should know.
    pub(super) notes: Vec<String>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(
        sheet: Sheet<'a>,
        usage: &'a Usage,
        today: Date,
        inventory: &'a Inventory,
        counts: &'a Counts<'a>,
    ) -> Self {
        Self { sheet, usage, today, inventory, counts, notes: Vec::new() }
    }

    /// Where the formulas of `cost::tariff` write.
    pub fn sheet(&mut self) -> &mut Sheet<'a> {
        &mut self.sheet
    }

    pub(super) fn finish(self) -> (Vec<super::Line>, Vec<String>) {
        (self.sheet.lines, self.notes)
    }

    /// The day for which the estimate is made.
    pub fn today(&self) -> Date {
        self.today
    }

    /// The desired values of another resource of the stack.
    pub fn other<R: Resource>(&self, of: &Ref<R>) -> Option<R> {
        let thing = self.inventory.0.get(&of.address)?;
        serde_json::from_value(thing.desired.clone()).ok()
    }

    /// How many of a kind the stack has.
    pub fn count<R: Resource>(&self) -> usize {
        self.counts.get(R::KIND).copied().unwrap_or_default()
    }

    /// All that the stack is assumed to use.
    pub fn assume(&self, what: &Assumption) -> Amount {
        self.usage.amount(what)
    }

    /// This resource's part of it, where all of a kind share alike.
    pub fn share<R: Resource>(&self, what: &Assumption) -> Amount {
        let count = Decimal::from(self.count::<R>().max(1));
        self.usage.amount(what).map(|all| (all / count).round_dp(6))
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}
