//! What the differences between recorded and live cost, one by one, and what nobody recorded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::estimate::{Estimate, Terms, Total};
use super::infracost;
use super::meter::{Inventory, Thing};
use super::span::Span;
use crate::address::Address;
use crate::engine::{Plan, Stray, Survey};
use crate::graph::Graph;
use crate::resources::kind;
use crate::state::State;

/// One thing that costs other than recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Its address, or kind and id.
    pub what: String,
    pub why: Why,
    /// What it adds to the monthly bill; `None` when it cannot be priced by its looks.
    pub more: Option<Total>,
    /// What ends it.
    pub command: Option<String>,
}

/// How it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Changed,
    Deleted,
    Orphan,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub state: &'a State,
    pub graph: &'a Graph,
    pub survey: &'a Survey,
    /// What `up` would do: it says whether a difference is anybody's business.
    pub plan: &'a Plan,
    /// `--profile prod`, for the commands.
    pub options: &'a str,
}

/// Everything that costs other than recorded; pure.
pub fn odd(scene: &Scene<'_>, terms: &Terms<'_>) -> Vec<Odd> {
    let recorded = Inventory::of_state(scene.state, scene.graph);
    let live = seen(scene, &recorded);
    let before = by_name(&Estimate::of(&recorded, terms));
    let after = by_name(&Estimate::of(&live, terms));
    let mut all: Vec<Odd> = recorded
        .0
        .keys()
        .filter_map(|address| {
            let was = before.get(address.as_str())?;
            let is = after.get(address.as_str()).copied().unwrap_or_default();
            let more = difference(was, &is);
            let why = if live.0.contains_key(address) { Why::Changed } else { Why::Deleted };
            (more.usd != Span::ZERO).then(|| Odd {
                what: address.to_string(),
                why,
                more: Some(more),
                command: mend(scene, address),
            })
        })
        .collect();
    all.extend(scene.survey.strays.iter().map(|stray| orphan(scene, stray, terms)));
    all
}

/// The recorded resources as they are seen; what is not seen is not there.
fn seen(scene: &Scene<'_>, recorded: &Inventory) -> Inventory {
    let things = recorded.0.iter().filter_map(|(address, thing)| {
        let sighting = scene.survey.sightings.get(address)?;
        let kind = kind(address.kind())?;
        let desired = kind.seen(&sighting.live, Some(&thing.desired))?;
        Some((address.clone(), Thing { desired, ..thing.clone() }))
    });
    Inventory(things.collect())
}

fn by_name(estimate: &Estimate) -> BTreeMap<String, Total> {
    estimate.resources.iter().map(|one| (one.name.clone(), one.total())).collect()
}

fn difference(was: &Total, is: &Total) -> Total {
    Total { usd: is.usd - was.usd, missing: was.missing + is.missing, unstated: 0 }
}

/// The command that brings it back, when it is a difference to `up`.
fn mend(scene: &Scene<'_>, address: &Address) -> Option<String> {
    let step = scene.plan.steps.iter().any(|step| step.address == *address);
    step.then(|| format!("edxaws up {} --target {address}", scene.options))
}

/// Only what it costs by being there: nobody knows how it is used.
fn orphan(scene: &Scene<'_>, stray: &Stray, terms: &Terms<'_>) -> Odd {
    let id = stray.live.get("id").or_else(|| stray.live.get("name")).and_then(Value::as_str);
    let what = format!("{} {}", stray.kind, id.unwrap_or("?"));
    let desired = kind(stray.kind).and_then(|kind| kind.seen(&stray.live, None));
    let more = desired.map(|desired| {
        let address = Address::new(stray.kind, "stray");
        let thing = Thing { part: "strays".to_owned(), desired };
        let estimate = Estimate::of(&Inventory([(address, thing)].into()), terms);
        estimate.lines().map(|(_, line)| line).filter(|line| !line.is_usage()).collect()
    });
    let command = stray.address.as_ref().zip(stray.token.as_ref()).map(|(address, token)| {
        let short = token.get(..8).unwrap_or(token);
        let target = format!("{}.{}~{short}", stray.kind, address.name());
        format!("edxaws destroy {} --sweep --target {target}", scene.options)
    });
    Odd { what, why: Why::Orphan, more, command }
}

/// What all of it adds to the bill.
pub fn sum(all: &[Odd]) -> Total {
    all.iter().filter_map(|odd| odd.more).fold(Total::default(), |sum, more| Total {
        usd: sum.usd + more.usd,
        missing: sum.missing + more.missing,
        unstated: 0,
    })
}

/// As JSON output has it.
pub fn json(all: &[Odd]) -> Value {
    let each = all.iter().map(|odd| {
        json!({
            "what": odd.what,
            "why": format!("{:?}", odd.why).to_lowercase(),
            "monthly": odd.more.as_ref().map(infracost::total),
            "command": odd.command,
        })
    });
    json!({"odd": each.collect::<Vec<_>>(), "total": infracost::total(&sum(all))})
}
