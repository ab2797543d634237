//! What a plan does to the monthly bill: recorded, and as it will be.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::estimate::{Estimate, Terms, Total};
use super::infracost;
use super::meter::{Inventory, Thing};
use super::report::Prices;
use super::span::Span;
use crate::engine::{Action, Plan, Verb};
use crate::graph::Graph;
use crate::state::State;

/// The bill before and after.
#[derive(Debug, Clone)]
pub struct Forecast {
    pub before: Estimate,
    pub after: Estimate,
    /// What is billed on when a destroy is done; none when no data outlives it.
    pub stays: Option<Estimate>,
    pub prices: Prices,
}

/// Whether data outlives a destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    Kept,
    Deleted,
}

impl Forecast {
    /// Prices what is recorded and what the plan makes of it; pure.
    pub fn of(plan: &Plan, state: &State, graph: &Graph, data: Data, terms: &Terms<'_>) -> Self {
        let before = Inventory::of_state(state, graph);
        let mut after = before.clone();
        let (deletes, others): (Vec<_>, Vec<_>) =
            plan.steps.iter().partition(|step| step.action == Action::Delete);
        for step in deletes {
            after.0.remove(&step.address);
        }
        for step in others {
            let part = graph.get(&step.address).map_or("no longer wanted", |node| node.part);
            let thing = Thing { part: part.to_owned(), desired: step.desired.clone() };
            after.0.insert(step.address.clone(), thing);
        }
        let leaves = plan.verb == Verb::Destroy && data == Data::Kept;
        Self {
            stays: leaves.then(|| Estimate::after_destroy(&before, terms)),
            before: Estimate::of(&before, terms),
            after: Estimate::of(&after, terms),
            prices: Prices::of(terms.book, terms.today),
        }
    }

    /// The same with what is recorded by now, when a run is over, however far it came.
    pub fn reached(&self, state: &State, graph: &Graph, terms: &Terms<'_>) -> Self {
        let after = Estimate::of(&Inventory::of_state(state, graph), terms);
        Self { after, ..self.clone() }
    }

    /// How much more, or less, it will be.
    pub fn delta(&self) -> Total {
        let (before, after) = (self.before.total(), self.after.total());
        Total {
            usd: after.usd - before.usd,
            missing: before.missing + after.missing,
            unstated: before.unstated + after.unstated,
        }
    }

    /// As the JSON plan shows it.
    pub fn json(&self) -> Value {
        json!({
            "currency": "USD",
            "before": infracost::total(&self.before.total()),
            "after": infracost::total(&self.after.total()),
            "delta": infracost::total(&self.delta()),
            "staysAfterDestroy": self.stays.as_ref().map(|stays| infracost::total(&stays.total())),
            "pricesDate": self.prices.date.to_string(),
            "pricesAreStale": self.prices.are_stale(),
        })
    }
}

/// What the bill may be, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `--max-monthly`: whatever the bill was before.
    Asked(Decimal),
    /// `budget.monthly_usd`: a plan that makes nothing dearer may run over it.
    Budget(Decimal),
}

/// A bill that is too high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    pub limit: Limit,
    pub total: Total,
    pub by: Decimal,
}

impl Limit {
    /// The option, else the profile's budget.
    pub fn choose(asked: Option<Decimal>, budget: Option<u32>) -> Option<Self> {
        asked.map(Self::Asked).or_else(|| budget.map(|usd| Self::Budget(usd.into())))
    }

    pub fn usd(self) -> Decimal {
        match self {
            Self::Asked(usd) | Self::Budget(usd) => usd,
        }
    }

    /// The expected bill counts: the most would refuse every group that may grow.
    pub fn check(self, forecast: &Forecast) -> Option<Exceeded> {
        let total = forecast.after.total();
        let by = total.usd.expected - self.usd();
        let Span { expected: more, .. } = forecast.delta().usd;
        let harmless = matches!(self, Self::Budget(_)) && more <= Decimal::ZERO;
        (by > Decimal::ZERO && !harmless).then_some(Exceeded { limit: self, total, by })
    }
}
