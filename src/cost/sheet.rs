//! Where the formulas write their lines: one region, one price book.

use rust_decimal::Decimal;

use super::book::{Book, Item, Price};
use super::goods::Good;
use super::line::{Amount, Line, Rate};
use super::span::Span;
use super::spot;

/// The lines of one resource.
#[derive(Debug)]
pub struct Sheet<'a> {
    pub book: &'a Book,
    pub region: &'a str,
    pub lines: Vec<Line>,
}

impl<'a> Sheet<'a> {
    pub fn new(book: &'a Book, region: &'a str) -> Self {
        Self { book, region, lines: Vec::new() }
    }

    /// So much of a good, at the book's price: one line for each price step that is reached.
    pub fn line(&mut self, name: &str, good: Good, amount: Amount) {
        let unit = good.unit.people();
        let Some(price) = self.book.find(self.region, &good.item) else {
            let rate = Rate::Missing { item: good.item, region: self.region.to_owned() };
            self.lines.push(Line { name: name.to_owned(), unit, amount, rate });
            return;
        };
        let region = self.region.to_owned();
        let steps = steps(price, &amount);
        let many = price.tiers.len() > 1;
        for Step { from, end, usd, amount } in steps {
            let name =
                if many { format!("{name} ({})", reach(from, end)) } else { name.to_owned() };
            let rate = Rate::Price { item: good.item.clone(), region: region.clone(), from, usd };
            self.lines.push(Line { name, unit, amount, rate });
        }
    }

    /// Hours of spot capacity, which may be of any of these types.
    pub fn spot(&mut self, name: &str, goods: &[Good], hours: Span) {
        let items: Vec<Item> = goods.iter().map(|good| good.item.clone()).collect();
        let prices: Vec<Decimal> = items
            .iter()
            .filter_map(|item| Some(self.book.find(self.region, item)?.first()))
            .collect();
        let region = self.region.to_owned();
        let rate = match (spot::band(&prices), items.first()) {
            (Some(usd), _) => Rate::Spot { items, region, usd },
            (None, Some(first)) => Rate::Missing { item: first.clone(), region },
            (None, None) => return,
        };
        let (name, amount) = (name.to_owned(), Amount::fixed(hours));
        self.lines.push(Line { name, unit: "hours", amount, rate });
    }

    pub fn free(&mut self, name: &str, good: &Good, quantity: impl Into<Span>) {
        self.lines.push(Line::free(name, good, quantity));
    }
}

/// The part of an amount that falls into one step of a price.
struct Step {
    from: Decimal,
    end: Option<Decimal>,
    usd: Decimal,
    amount: Amount,
}

fn steps(price: &Price, amount: &Amount) -> Vec<Step> {
    let ends = price.tiers.iter().skip(1).map(|tier| Some(tier.from)).chain([None]);
    let steps = price.tiers.iter().zip(ends).map(|(tier, end)| Step {
        from: tier.from,
        end,
        usd: tier.usd,
        amount: amount.clone().map(|all| {
            let inside = end.map_or(all, |end| all.min(end));
            (inside - tier.from).max(Decimal::ZERO)
        }),
    });
    // The first step stands for all while nobody knows how much it will be.
    steps
        .enumerate()
        .filter(|(at, step)| {
            *at == 0 || step.amount.quantity.is_some_and(|part| part.most > Decimal::ZERO)
        })
        .map(|(_, step)| step)
        .collect()
}

fn reach(from: Decimal, end: Option<Decimal>) -> String {
    match end {
        Some(end) if from.is_zero() => format!("first {}", end.normalize()),
        Some(end) => format!("next {}", (end - from).normalize()),
        None => format!("over {}", from.normalize()),
    }
}
