//! The monthly bill beside a plan, and the limits it must keep to.

use rust_decimal::Decimal;

use super::args::Global;
use super::book::{InUse, today};
use super::session::Session;
use crate::cost::forecast::{Data, Exceeded, Forecast, Limit};
use crate::cost::{Terms, Usage};
use crate::engine::Plan;
use crate::error::{Problem, Result};
use crate::view;

/// What a plan may cost.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Most {
    /// Refuse what would cost more than so many US dollars a month, before anything is touched;
    /// holds in place of the profile's `budget.monthly_usd`
    #[arg(long, value_name = "USD", value_parser = usd)]
    pub max_monthly: Option<Decimal>,
}

fn usd(text: &str) -> Result<Decimal, String> {
    let number: Option<Decimal> = text.parse().ok();
    number
        .filter(|usd| *usd >= Decimal::ZERO && *usd <= Decimal::from(1_000_000_000))
        .ok_or_else(|| "an amount of dollars looks like `600` or `599.50`".to_owned())
}

/// Prices a plan; asks nobody.
pub fn forecast(global: &Global, session: &Session, plan: &Plan, data: Data) -> Result<Forecast> {
    priced(global, session, |terms| Forecast::of(plan, &session.state, &session.graph, data, terms))
}

/// The bill after a run, however far it came.
pub fn reached(global: &Global, session: &Session, planned: &Forecast) -> Result<Forecast> {
    priced(global, session, |terms| planned.reached(&session.state, &session.graph, terms))
}

fn priced<T>(global: &Global, session: &Session, price: impl FnOnce(&Terms<'_>) -> T) -> Result<T> {
    let used = InUse::find(global)?;
    let usage = Usage::of(&session.profile.settings.usage);
    let region = session.scope.stack.region.as_str();
    Ok(price(&Terms { book: &used.book, region, usage: &usage, today: today() }))
}

/// An error when the plan costs more than it may.
pub fn gate(session: &Session, forecast: &Forecast, most: Most) -> Result<()> {
    let budget = session.profile.settings.budget.monthly_usd;
    let limit = Limit::choose(most.max_monthly, budget);
    match limit.and_then(|limit| limit.check(forecast)) {
        Some(exceeded) => Err(refusal(&exceeded)),
        None => Ok(()),
    }
}

fn refusal(exceeded: &Exceeded) -> Problem {
    let Exceeded { limit, total, by } = exceeded;
    let source = match limit {
        Limit::Asked(usd) => format!("`--max-monthly {usd}`"),
        Limit::Budget(usd) => format!("`budget.monthly_usd = {usd}`"),
    };
    let sum = view::at_least(total, view::dollars(total.usd.expected));
    let enough = total.usd.expected.ceil();
    Problem::user(format!(
        "it would cost {sum} a month, {} more than {source}: nothing was touched",
        view::dollars(*by)
    ))
    .hint(format!("`edxaws cost` says what is cheaper; `--max-monthly {enough}` allows this much"))
}
