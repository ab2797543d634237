//! Everything that is shown of one estimate.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::advice::{Saving, savings};
use super::book::{Book, STALE_DAYS};
use super::estimate::{Estimate, Terms};
use super::offline;
use super::plain::{self, Entry};
use super::span::Span;
use super::usage::Usage;
use crate::profile::{Settings, UsageSize};
use crate::stack::StackError;

/// One estimate and what belongs to it.
#[derive(Debug, Clone)]
pub struct Report {
    /// The profile or the file.
    pub title: String,
    pub estimate: Estimate,
    /// The size that stands behind assumed usage.
    pub usage: Option<UsageSize>,
    pub savings: Vec<Saving>,
    /// What is still billed after `destroy`.
    pub stays: Option<Estimate>,
    pub learners: Option<u32>,
    pub prices: Prices,
}

/// Which prices were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub date: Date,
    pub age_days: i64,
    pub today: Date,
}

impl Prices {
    pub fn of(book: &Book, today: Date) -> Self {
        Self { date: book.date(), age_days: book.age_days(today), today }
    }

    pub fn are_stale(&self) -> bool {
        self.age_days > STALE_DAYS
    }
}

impl Report {
    /// Of a profile, as if nothing were there yet.
    pub fn of_profile(
        title: &str,
        settings: &Settings,
        book: &Book,
        today: Date,
    ) -> Result<Self, StackError> {
        let usage = Usage::of(&settings.usage);
        let terms = Terms { book, region: &settings.region, usage: &usage, today };
        let inventory = offline::inventory(settings, today)?;
        let mut estimate = Estimate::of(&inventory, &terms);
        if !inventory.0.keys().any(|address| address.kind().starts_with("kubernetes_")) {
            estimate.notes.push("volumes of what runs on the cluster are not counted".to_owned());
        }
        Ok(Self {
            title: title.to_owned(),
            usage: Some(usage.size()),
            savings: savings(settings, &estimate, book, today),
            stays: Some(Estimate::after_destroy(&inventory, &terms)),
            learners: None,
            prices: Prices::of(book, today),
            estimate,
        })
    }

    /// Of a plain list.
    pub fn of_list(title: &str, entries: &[Entry], book: &Book, today: Date) -> Self {
        Self {
            title: title.to_owned(),
            estimate: plain::estimate(entries, book, today),
            usage: None,
            savings: plain::cheaper(entries, book, today),
            stays: None,
            learners: None,
            prices: Prices::of(book, today),
        }
    }

    /// What one active learner costs a month.
    pub fn by_learner(&self) -> Option<Span> {
        let learners = Decimal::from(self.learners.filter(|learners| *learners > 0)?);
        Some(self.estimate.total().usd.each(|usd| (usd / learners).round_dp(4)))
    }
}
