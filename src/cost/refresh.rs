//! A newer price book out of AWS's price list: answers in, a book and what is wrong with it out.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::book::{Book, GLOBAL, Grade, Item, Price, Source, Tier};
use super::compare::{Change, changes};

mod catalog;
mod choice;
mod product;
mod question;
mod unit;
mod usage_type;

pub use catalog::questions;
pub use product::{Product, Unreadable};
pub use question::{Pick, Place, Question};
pub use unit::Unit;

use choice::{Offered, offered};

/// What the price list answered to a question, all pages of it.
#[derive(Debug)]
pub struct Answer<'a> {
    pub question: &'a Question,
    /// `global` where the question has no region.
    pub region: String,
    pub products: Vec<Product>,
}

/// A book made of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    pub book: Book,
    /// How many prices AWS has confirmed or changed.
    pub read: usize,
    pub changes: Vec<Change>,
    /// Things neither the price list nor the book has there.
    pub unknown: Vec<Problem>,
    /// With any of these, the book must not be used.
    pub problems: Vec<Problem>,
}

/// Why a price could not be taken from the price list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("{} prices for `{item}` in {region}: {}", candidates.len(), candidates.join("; "))]
    Several { item: Item, region: String, candidates: Vec<String> },
    #[error("no price for `{item}` in {region}; {}", nearest(candidates))]
    Missing { item: Item, region: String, candidates: Vec<String> },
    #[error("`{item}` in {region} would be free, by {candidate}")]
    Zero { item: Item, region: String, candidate: String },
}

fn nearest(candidates: &[String]) -> String {
    match candidates {
        [] => "the answer has nothing like it".to_owned(),
        some => format!("the nearest are {}", some.join("; ")),
    }
}

/// The base book with what the answers say. What no answer speaks of stays.
pub fn refresh(base: &Book, answers: &[Answer<'_>]) -> Refreshed {
    let mut fresh = Refresher { base, known: known(base), refreshed: start(base) };
    for answer in answers {
        for pick in answer.question.picks {
            fresh.take(answer, pick);
        }
    }
    let mut refreshed = fresh.refreshed;
    refreshed.changes = changes(base, &refreshed.book);
    refreshed
}

fn start(base: &Book) -> Refreshed {
    let book = base.clone();
    Refreshed { book, read: 0, changes: Vec::new(), unknown: Vec::new(), problems: Vec::new() }
}

/// Keys the book speaks of at all: the price list has thousands of sizes that nobody asks for.
fn known(base: &Book) -> BTreeSet<(String, String)> {
    base.iter().map(|(item, _, _)| (item.service.clone(), item.key.clone())).collect()
}

struct Refresher<'a> {
    base: &'a Book,
    known: BTreeSet<(String, String)>,
    refreshed: Refreshed,
}

impl Refresher<'_> {
    fn take(&mut self, answer: &Answer<'_>, pick: &Pick) {
        let mut found = offered(answer, pick);
        found.retain(|item, _| self.is_known(pick, item));
        for item in self.expected(answer, pick) {
            found.entry(item).or_default();
        }
        for (item, candidates) in found {
            match one(&item, answer, pick, candidates) {
                Ok(offer) => self.set(pick, item, answer, &offer),
                Err(problem) => self.complain(problem),
            }
        }
    }

    /// A named key is always meant; of the many that `*` fits, those the book knows.
    fn is_known(&self, pick: &Pick, item: &Item) -> bool {
        !pick.key.contains('*')
            || self.base.instance(&item.key).is_some()
            || self.known.contains(&(item.service.clone(), item.key.clone()))
    }

    /// What must be in the answer: the named key, and every price the book has from this region.
    fn expected(&self, answer: &Answer<'_>, pick: &Pick) -> Vec<Item> {
        if !pick.key.contains('*') {
            return vec![Item::new(pick.service, pick.usage, pick.key)];
        }
        let here = |item: &Item, region: &str| {
            item.service == pick.service && item.usage == pick.usage && region == answer.region
        };
        let prices = self.base.iter().filter(|(item, region, _)| here(item, region));
        prices.map(|(item, _, _)| item.clone()).collect()
    }

    /// What AWS does not list there and the book never had is no mistake, but is told.
    fn complain(&mut self, problem: Problem) {
        let never = matches!(&problem, Problem::Missing { item, region, .. }
            if self.base.own(region, item).is_none());
        if never {
            self.refreshed.unknown.push(problem);
        } else {
            self.refreshed.problems.push(problem);
        }
    }

    fn set(&mut self, pick: &Pick, item: Item, answer: &Answer<'_>, offer: &Offered) {
        let region = &answer.region;
        let was_free = self
            .base
            .own(region, &item)
            .is_some_and(|price| price.tiers.iter().any(|tier| tier.usd.is_zero()));
        if !was_free && offer.tiers.iter().any(|tier| tier.usd.is_zero()) {
            let (region, candidate) = (region.clone(), offer.name.clone());
            self.refreshed.problems.push(Problem::Zero { item, region, candidate });
            return;
        }
        let (id, source) = source(offer);
        let price = Price {
            unit: unit_name(pick),
            tiers: scaled(pick, &offer.tiers),
            source: source.text.clone(),
            grade: source.grade,
            date: source.date,
        };
        self.refreshed.book.cite(&id, source);
        self.refreshed.book.set(region, item, price);
        self.refreshed.read += 1;
    }
}

/// Exactly one, or why not.
fn one(
    item: &Item,
    answer: &Answer<'_>,
    pick: &Pick,
    offers: Vec<Offered>,
) -> Result<Offered, Problem> {
    let (item, region) = (item.clone(), answer.region.clone());
    match <[Offered; 1]>::try_from(offers) {
        Ok([offer]) => Ok(offer),
        Err(none) if none.is_empty() => {
            let candidates = choice::nearest(answer, pick, &item);
            Err(Problem::Missing { item, region, candidates })
        }
        Err(several) => {
            let candidates = several.into_iter().map(|offer| offer.name).collect();
            Err(Problem::Several { item, region, candidates })
        }
    }
}

fn source(offer: &Offered) -> (String, Source) {
    let Offered { service_code, published, .. } = offer;
    let id = format!("list-{service_code}-{}", published.strftime("%Y%m%d"));
    let text = format!("AWS Price List API, {service_code}");
    (id, Source { grade: Grade::A, date: *published, text })
}

fn unit_name(pick: &Pick) -> String {
    let word = super::vocabulary::word(pick.service, pick.usage);
    word.map_or("", |word| word.unit).to_owned()
}

/// AWS's tiers in our units: the price of a request is the price of a million requests.
fn scaled(pick: &Pick, tiers: &[Tier]) -> Vec<Tier> {
    let ratio = |amount: Decimal, up: u32, down: u32| {
        (amount * Decimal::from(up) / Decimal::from(down)).round_dp(12).normalize()
    };
    let scale = |tier: &Tier| Tier {
        from: ratio(tier.from, pick.divided, pick.times),
        usd: ratio(tier.usd, pick.times, pick.divided),
    };
    tiers.iter().map(scale).collect()
}

/// Where a question is asked: once, or in each region.
pub fn places<'a>(question: &Question, regions: &'a [String]) -> Vec<&'a str> {
    match question.place {
        Place::Global => vec![GLOBAL],
        Place::Region | Place::FromRegion => regions.iter().map(String::as_str).collect(),
    }
}

/// Offers by item.
type Found = BTreeMap<Item, Vec<Offered>>;
