//! The monthly bill under a plan, in a few lines.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::money::{at_least, dollars, range};
use super::{is_shown, prices};
use crate::cost::forecast::Forecast;
use crate::engine::Verb;
use crate::view::text::{BOLD, paint};

/// What changes, what it comes to, what is billed on.
pub fn bill(forecast: &Forecast, verb: Verb) -> String {
    let (before, after) = (forecast.before.total(), forecast.after.total());
    let more = forecast.delta().usd.expected;
    let sign = if more > Decimal::ZERO { "+" } else { "" };
    let mut text = format!(
        "{} {sign}{}: {} → {}",
        paint(BOLD, "a month:"),
        dollars(more),
        at_least(&before, dollars(before.usd.expected)),
        at_least(&after, dollars(after.usd.expected))
    );
    if !after.usd.is_exact() {
        let _ = write!(text, ", from {}", range(after.usd));
    }
    text.push('\n');
    if after.missing > 0 {
        let _ = writeln!(text, "  {} lines have no price in the book: at least", after.missing);
    }
    if verb == Verb::Destroy {
        text.push_str(&stays(forecast));
    }
    for line in prices(&forecast.prices).lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn stays(forecast: &Forecast) -> String {
    let stays = forecast.stays.as_ref();
    let billed = stays.iter().flat_map(|stays| {
        let shown = stays.resources.iter().filter(|one| one.lines.iter().any(is_shown));
        shown.filter(|one| one.kind != "allowance")
    });
    let names: Vec<&str> = billed.map(|one| one.name.as_str()).collect();
    match stays {
        Some(stays) if !names.is_empty() => {
            let total = stays.total();
            let usd = at_least(&total, dollars(total.usd.expected));
            format!("  still billed afterwards: {usd} a month, for {}\n", names.join(", "))
        }
        // A part of the stack goes: what is left is in the line above.
        _ if forecast.after.total().usd.expected > Decimal::ZERO => String::new(),
        _ => "  nothing is billed afterwards\n".to_owned(),
    }
}
