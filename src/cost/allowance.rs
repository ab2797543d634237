//! What AWS gives every account each month for nothing, taken off once for the whole stack.

use rust_decimal::Decimal;
use rust_decimal::dec;

use super::estimate::{ALLOWANCES, Priced};
use super::goods::{self, Good};
use super::line::{Amount, Line, Rate};
use super::span::Span;

struct Allowance {
    name: &'static str,
    good: Good,
    free: Decimal,
}

/// Sources: the pricing pages of CloudWatch, CloudFront and EC2 data transfer. RDS backups and
/// invalidations are free by the resource, so their formulas see to them.
fn allowances() -> Vec<Allowance> {
    let one = |name, good, free| Allowance { name, good, free };
    vec![
        one("10 alarms", goods::alarm("standard"), dec!(10)),
        one("5 GB of logs taken in", goods::logs_in(), dec!(5)),
        one("5 GB of logs kept", goods::logs_kept(), dec!(5)),
        one("100 GB to the internet", goods::internet_out(), dec!(100)),
        one("1 TB from CloudFront", goods::cdn_data("us"), dec!(1024)),
        one("10 million CloudFront requests", goods::cdn_requests("us-https"), dec!(1000)),
        one("20,000 key requests", goods::key_requests("symmetric"), dec!(2)),
    ]
}

/// Lines of negative quantity for whatever of the allowances is used, at the first step's price.
pub(super) fn free(resources: &[Priced], region: &str) -> Option<Priced> {
    let lines: Vec<Line> =
        allowances().into_iter().filter_map(|allowance| taken(resources, allowance)).collect();
    (!lines.is_empty()).then(|| Priced {
        name: "account".to_owned(),
        kind: "allowance".to_owned(),
        part: ALLOWANCES.to_owned(),
        region: region.to_owned(),
        lines,
    })
}

fn taken(resources: &[Priced], allowance: Allowance) -> Option<Line> {
    let Allowance { name, good, free } = allowance;
    let all = resources.iter().flat_map(|resource| &resource.lines);
    let of_it: Vec<&Line> = all.filter(|line| is_of(line, &good)).collect();
    let first = of_it.iter().find(starts)?;
    let used: Span = of_it.iter().filter_map(|line| line.amount.quantity).sum();
    let quantity = used.each(|used| -used.min(free));
    (quantity.most != Decimal::ZERO).then(|| Line {
        name: name.to_owned(),
        unit: first.unit,
        amount: Amount { quantity: Some(quantity), basis: first.amount.basis.clone() },
        rate: first.rate.clone(),
    })
}

fn is_of(line: &Line, good: &Good) -> bool {
    matches!(&line.rate, Rate::Price { item, .. } if *item == good.item)
}

fn starts(line: &&&Line) -> bool {
    matches!(&line.rate, Rate::Price { from, .. } if from.is_zero())
}
