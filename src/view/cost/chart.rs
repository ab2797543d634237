//! A bar for each part of the platform, and behind it how far it reaches as node groups scale.

use std::fmt::Write;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::money::dollars;
use super::page::escaped;
use crate::cost::{Estimate, Span, Total};

const WIDTH: f64 = 900.0;
const LABEL: f64 = 150.0;
const VALUE: f64 = 110.0;
const ROW: f64 = 30.0;

/// The chart with a table's worth of text in it, for those who do not see it.
pub fn chart(estimate: &Estimate) -> String {
    let parts: Vec<(&str, Span)> = estimate
        .parts()
        .into_iter()
        .map(|(part, resources)| {
            let sum: Total = resources.iter().flat_map(|one| &one.lines).collect();
            (part, sum.usd)
        })
        .filter(|(_, usd)| usd.most > Decimal::ZERO)
        .collect();
    let most = parts.iter().map(|(_, usd)| usd.most).max().unwrap_or_default();
    if most.is_zero() {
        return String::new();
    }
    let said: Vec<String> =
        parts.iter().map(|(part, usd)| format!("{part} {}", dollars(usd.expected))).collect();
    let mut svg = format!(
        "<h2>By part</h2>\n<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
         aria-label=\"Expected cost a month: {}\">\n",
        ROW * len(&parts),
        escaped(&said.join(", "))
    );
    for (at, (part, usd)) in (0_u32..).zip(&parts) {
        svg.push_str(&bar(f64::from(at) * ROW, part, *usd, most));
    }
    svg.push_str("</svg>\n");
    svg
}

fn len(parts: &[(&str, Span)]) -> f64 {
    u32::try_from(parts.len()).map_or(0.0, f64::from)
}

fn bar(y: f64, part: &str, usd: Span, most: Decimal) -> String {
    let room = WIDTH - LABEL - VALUE;
    let length = |usd: Decimal| (usd / most).to_f64().unwrap_or(0.0) * room;
    let (expected, reach) = (length(usd.expected), length(usd.most));
    let (bar, text) = (y + 5.0, y + 20.0);
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<g><title>{}: {} to {}</title><text x=\"0\" y=\"{text}\">{}</text><rect class=\"band\" \
         x=\"{LABEL}\" y=\"{bar}\" width=\"{reach:.1}\" height=\"20\"/><rect class=\"bar\" \
         x=\"{LABEL}\" y=\"{bar}\" width=\"{expected:.1}\" height=\"20\"/><text x=\"{WIDTH}\" \
         y=\"{text}\" text-anchor=\"end\">{}</text></g>",
        escaped(part),
        dollars(usd.least),
        dollars(usd.most),
        escaped(part),
        dollars(usd.expected)
    );
    svg
}
