//! Load balancers and their capacity units.

use rust_decimal::Decimal;
use rust_decimal::dec;

use crate::cost::goods;
use crate::cost::line::{Amount, HOURS};
use crate::cost::sheet::Sheet;

/// Which balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balancer {
    Application,
    Network,
}

/// What a balancer does: averages over the month, data as its sum.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    pub new_per_second: Decimal,
    pub active: Decimal,
    pub gb: Decimal,
    pub rules_per_second: Decimal,
}

impl Balancer {
    fn key(self) -> &'static str {
        match self {
            Self::Application => "alb",
            Self::Network => "nlb",
        }
    }

    /// Capacity unit hours of a month: the largest of the dimensions counts, in each hour.
    pub fn unit_hours(self, traffic: &Traffic) -> Decimal {
        let Traffic { new_per_second, active, gb, rules_per_second } = traffic;
        let hourly = gb / HOURS;
        let units = match self {
            Self::Application => [
                new_per_second / dec!(25),
                active / dec!(3000),
                hourly,
                rules_per_second / dec!(1000),
            ],
            Self::Network => {
                [new_per_second / dec!(800), active / dec!(100000), hourly, Decimal::ZERO]
            }
        };
        let most = units.into_iter().max().unwrap_or_default();
        (most * HOURS).round_dp(6)
    }
}

pub fn balancer(sheet: &mut Sheet<'_>, kind: Balancer, unit_hours: Amount) {
    let name = match kind {
        Balancer::Application => "application load balancer",
        Balancer::Network => "network load balancer",
    };
    sheet.line(name, goods::balancer_hours(kind.key()), Amount::fixed(HOURS));
    sheet.line("capacity units", goods::balancer_units(kind.key()), unit_hours);
}
