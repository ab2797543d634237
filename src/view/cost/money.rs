//! Dollars and quantities as people write them.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::cost::{Span, Total};

/// `$1,234.50`, `-$0.30`.
pub fn dollars(usd: Decimal) -> String {
    let rounded = usd.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    format!("{sign}${}", grouped(&format!("{:.2}", rounded.abs())))
}

/// Cents matter less than their fractions here: `$0.0123`.
pub fn small(usd: Decimal) -> String {
    format!("${:.4}", usd.round_dp(4))
}

pub fn range(span: Span) -> String {
    format!("{} (least) to {} (most)", dollars(span.least), dollars(span.most))
}

/// A sum in which prices are missing is a lower bound.
pub fn at_least(total: &Total, text: String) -> String {
    if total.is_whole() { text } else { format!("at least {text}") }
}

/// A quantity with at most four decimals.
pub fn number(number: Decimal) -> String {
    let rounded = number.round_dp(4).normalize();
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    format!("{sign}{}", grouped(&rounded.abs().to_string()))
}

/// Commas between thousands.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn money_is_readable() {
        assert_eq!(dollars(dec!(1234567.005)), "$1,234,567.01");
        assert_eq!(dollars(dec!(-0.3)), "-$0.30");
        assert_eq!(dollars(dec!(-0.001)), "$0.00");
        assert_eq!(number(dec!(35040)), "35,040");
        assert_eq!(number(dec!(1.36980)), "1.3698");
    }
}
