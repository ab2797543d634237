//! What costs other than recorded, one by one, under `status`.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::money::{at_least, dollars};
use super::prices;
use crate::cost::Prices;
use crate::cost::drift::{Odd, Why, sum};
use crate::view::text::{BOLD, RED, paint};

/// Each difference with what it costs and what ends it.
pub fn odd(all: &[Odd], used: &Prices) -> String {
    if all.is_empty() {
        return format!("\nnothing costs other than recorded; {}", prices(used));
    }
    let mut text = format!("\n{}\n", paint(BOLD, "costs other than recorded, a month:"));
    for one in all {
        let usd = one.more.map_or_else(
            || "no price by its looks".to_owned(),
            |more| at_least(&more, signed(more.usd.expected)),
        );
        let why = match one.why {
            Why::Changed => "changed outside edxaws",
            Why::Deleted => "deleted outside edxaws",
            Why::Orphan => "carries this stack's tag, recorded nowhere",
        };
        let _ = writeln!(text, "  {usd:>12}  {}: {why}", paint(RED, &one.what));
        let command = one.command.as_deref().unwrap_or("no command: it scales by itself");
        let _ = writeln!(text, "                {command}");
    }
    let total = sum(all);
    let _ = writeln!(text, "  {:>12}  together", at_least(&total, signed(total.usd.expected)));
    text.push_str(&prices(used));
    text
}

fn signed(usd: Decimal) -> String {
    let sign = if usd > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}", dollars(usd))
}
