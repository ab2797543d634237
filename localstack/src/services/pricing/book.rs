//! The project's price book, as far as products are made of it.

use std::sync::OnceLock;

/// One price of the book.
#[derive(Debug)]
pub struct Line {
    pub service: &'static str,
    pub usage: &'static str,
    pub key: &'static str,
    pub region: &'static str,
    /// Where each tier begins, and its price, as written.
    pub tiers: Vec<(&'static str, &'static str)>,
}

const TEXT: &str = include_str!("../../../../src/cost/book/prices.txt");

pub fn lines() -> &'static [Line] {
    static LINES: OnceLock<Vec<Line>> = OnceLock::new();
    LINES.get_or_init(|| {
        let (mut service, mut usage) = ("", "");
        let mut lines = Vec::new();
        for line in TEXT.lines().filter(|line| !line.starts_with("source ")) {
            match line.strip_prefix("@ ") {
                Some(section) => {
                    let mut words = section.split(' ');
                    service = words.next().unwrap_or_default();
                    usage = words.next().unwrap_or_default();
                }
                None => lines.extend(price(service, usage, line)),
            }
        }
        lines
    })
}

fn price(service: &'static str, usage: &'static str, line: &'static str) -> Option<Line> {
    let [key, region, tiers, _] = line.split(' ').collect::<Vec<_>>()[..] else { return None };
    let tiers = tiers.split(',').map(|tier| tier.split_once(':').unwrap_or(("0", tier))).collect();
    Some(Line { service, usage, key, region, tiers })
}

/// The day after the newest price: the local price list is always newer than the book.
pub fn published() -> &'static str {
    static DAY: OnceLock<String> = OnceLock::new();
    DAY.get_or_init(|| {
        let sources = TEXT.lines().filter_map(|line| line.strip_prefix("source "));
        let dates = sources.filter_map(|source| source.split(' ').nth(2)?.parse().ok());
        let newest: jiff::civil::Date = dates.max().unwrap_or_default();
        newest.tomorrow().unwrap_or(newest).to_string()
    })
}
