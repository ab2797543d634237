//! An estimate: the lines of every resource, what they add up to, and what is missing in them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use super::allowance;
use super::book::Book;
use super::line::Line;
use super::meter::{Inventory, Meter, Thing};
use super::sheet::Sheet;
use super::span::Span;
use super::usage::Usage;
use crate::graph::Graph;
use crate::resources::kind;
use crate::state::State;

/// What prices an inventory.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub book: &'a Book,
    pub region: &'a str,
    pub usage: &'a Usage,
    pub today: Date,
}

/// One resource with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    pub name: String,
    pub kind: String,
    pub part: String,
    pub region: String,
    pub lines: Vec<Line>,
}

/// All resources of a stack, or of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estimate {
    pub region: String,
    pub resources: Vec<Priced>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// A sum, and what is not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    pub usd: Span,
    /// Lines whose price is not in the book: the sum is then "at least".
    pub missing: usize,
    /// Lines that depend on usage that nobody has stated.
    pub unstated: usize,
}

/// The name of the part that takes back what AWS gives for nothing.
pub const ALLOWANCES: &str = "free allowances";

impl Inventory {
    pub fn of_graph(graph: &Graph) -> Self {
        let thing =
            |part: &str, desired: &Value| Thing { part: part.to_owned(), desired: desired.clone() };
        let nodes = graph.nodes();
        Self(nodes.map(|node| (node.address.clone(), thing(node.part, &node.desired))).collect())
    }

    /// What is recorded as existing; parts are told by the graph, as far as it knows the address.
    pub fn of_state(state: &State, graph: &Graph) -> Self {
        let there = state.records.iter().filter(|(_, record)| record.live.is_some());
        let things = there.map(|(address, record)| {
            let node = graph.get(address);
            let part = node.map_or("no longer wanted", |node| node.part).to_owned();
            let wanted = node.map(|node| &node.desired);
            (address.clone(), Thing { part, desired: filled(&record.desired, wanted) })
        });
        Self(things.collect())
    }
}

/// What a state leaves out of a record (the bodies of Kubernetes objects) is taken from the profile.
fn filled(recorded: &Value, wanted: Option<&Value>) -> Value {
    let mut whole = recorded.clone();
    if let (Value::Object(whole), Some(Value::Object(wanted))) = (&mut whole, wanted) {
        for (key, value) in wanted {
            whole.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    whole
}

impl Estimate {
    /// Prices an inventory; pure.
    pub fn of(inventory: &Inventory, terms: &Terms<'_>) -> Self {
        Self::by(inventory, terms, |kind, desired, meter| kind.cost(desired, meter))
    }

    /// What would still be billed after the inventory is destroyed.
    pub fn after_destroy(inventory: &Inventory, terms: &Terms<'_>) -> Self {
        Self::by(inventory, terms, |kind, desired, meter| kind.cost_after_destroy(desired, meter))
    }

    fn by(
        inventory: &Inventory,
        terms: &Terms<'_>,
        declare: impl Fn(&dyn crate::kind::Kind, &Value, &mut Meter<'_>),
    ) -> Self {
        let Terms { book, region, usage, today } = *terms;
        let mut estimate = Self { region: region.to_owned(), ..Self::default() };
        let counts = inventory.counts();
        for (address, thing) in &inventory.0 {
            let Some(kind) = kind(address.kind()) else {
                estimate.notes.push(format!("`{address}` is of a kind this edxaws does not know"));
                continue;
            };
            let mut meter = Meter::new(Sheet::new(book, region), usage, today, inventory, &counts);
            declare(kind, &thing.desired, &mut meter);
            let (lines, notes) = meter.finish();
            estimate.notes.extend(notes);
            estimate.resources.push(Priced {
                name: address.to_string(),
                kind: address.kind().to_owned(),
                part: thing.part.clone(),
                region: region.to_owned(),
                lines,
            });
        }
        estimate.resources.extend(allowance::free(&estimate.resources, region));
        estimate.notes.sort();
        estimate.notes.dedup();
        estimate
    }

    pub fn total(&self) -> Total {
        self.lines().map(|(_, line)| line).collect()
    }

    /// Every line with the resource it belongs to.
    pub fn lines(&self) -> impl Iterator<Item = (&Priced, &Line)> {
        self.resources
            .iter()
            .flat_map(|resource| resource.lines.iter().map(move |line| (resource, line)))
    }

    /// Resources by part, the dearest part first, allowances last.
    pub fn parts(&self) -> Vec<(&str, Vec<&Priced>)> {
        let mut parts: BTreeMap<&str, Vec<&Priced>> = BTreeMap::new();
        for resource in self.resources.iter().filter(|resource| !resource.lines.is_empty()) {
            parts.entry(&resource.part).or_default().push(resource);
        }
        let mut parts: Vec<_> = parts.into_iter().collect();
        parts.sort_by_key(|(part, resources)| {
            let usd: Decimal = resources.iter().map(|one| one.total().usd.expected).sum();
            (*part == ALLOWANCES, std::cmp::Reverse(usd))
        });
        parts
    }

    /// The dearest lines.
    pub fn drivers(&self, how_many: usize) -> Vec<(&Priced, &Line, Span)> {
        let mut all: Vec<_> = self
            .lines()
            .filter_map(|(resource, line)| Some((resource, line, line.monthly()?)))
            .filter(|(_, _, usd)| usd.expected > Decimal::ZERO)
            .collect();
        all.sort_by_key(|(resource, _, usd)| (std::cmp::Reverse(usd.expected), &resource.name));
        all.truncate(how_many);
        all
    }
}

impl Priced {
    pub fn total(&self) -> Total {
        self.lines.iter().collect()
    }
}

impl<'a> FromIterator<&'a Line> for Total {
    fn from_iter<I: IntoIterator<Item = &'a Line>>(lines: I) -> Self {
        lines.into_iter().fold(Self::default(), |mut total, line| {
            match line.monthly() {
                Some(usd) => total.usd = total.usd + usd,
                None if line.amount.quantity.is_none() => total.unstated += 1,
                None => total.missing += 1,
            }
            total
        })
    }
}

impl Total {
    /// Whether every price was in the book.
    pub fn is_whole(&self) -> bool {
        self.missing == 0
    }
}
