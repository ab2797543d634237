//! What spot capacity usually costs, against on demand: a band to plan with, never a price.

use rust_decimal::Decimal;
use rust_decimal::dec;

use super::span::Span;

/// Shares of the on-demand price. Expected: half, below the discount of 54 to 65 % that AWS's spot
/// feed shows for the general families in 2026. Least: the upper quartile of the discounts. Most:
/// no discount at all, as one zone in eighty showed; AWS never asks more.
pub const SHARE: Span = Span { least: dec!(0.35), expected: dec!(0.50), most: Decimal::ONE };

/// The hourly band of capacity that may be of any of the types with these on-demand prices: the
/// cheapest at its best, the mean, the dearest at its worst.
pub fn band(on_demand: &[Decimal]) -> Option<Span> {
    let least = on_demand.iter().min()?;
    let most = on_demand.iter().max()?;
    let mean = on_demand.iter().sum::<Decimal>() / Decimal::from(on_demand.len());
    Some(Span { least: *least, expected: mean.round_dp(6), most: *most }.times(SHARE))
}
