//! Asking AWS what there is: one bulk list per kind, all at once.

mod by_tags;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use self::by_tags::by_tags;
use super::attempt::{Patience, attempt};
use super::stop::{Stop, StopLevel};
use super::told::Told;
use crate::address::Address;
use crate::aws::{Depth, Failure, Scope};
use crate::graph::Graph;
use crate::kind::{Ask, Kind};
use crate::resource::{Claim, Found, Result};
use crate::resources::kind;
use crate::state::{Phase, Record, State};

/// A live object that belongs to an address of the profile or the state.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    pub live: Value,
    pub token: Option<String>,
}

/// A live object that carries our tag and belongs to no address we know, or to one that has another.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    pub kind: &'static str,
    pub address: Option<Address>,
    pub token: Option<String>,
    pub live: Value,
}

/// What AWS says.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    pub sightings: BTreeMap<Address, Sighting>,
    pub strays: Vec<Stray>,
    /// Kinds whose lists nobody answered: a cluster whose API cannot be reached from here.
    pub out_of_reach: BTreeMap<&'static str, Failure>,
}

/// How long AWS's lists may not show what was just made. What is not seen in that time may exist all
/// the same: to make it again would make a double.
pub(super) const SETTLE_WINDOW: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Lists every kind that the graph or the state names. Those of which something recorded is missing
/// are listed once more, lest one wrong answer makes everything anew; those of which something recent
/// is missing until it shows or is old enough to be believed gone.
pub async fn survey(
    scope: &Scope,
    depth: Depth,
    graph: &Graph,
    state: &State,
    stop: &Stop,
    told: &Told,
) -> Result<Survey> {
    let mut survey = Survey::default();
    let mut open = asks(graph, state);
    if depth == Depth::Tags {
        survey.sightings = attempt(scope, stop, Patience::READ, told.of(scope.clock), || {
            Box::pin(by_tags(scope, state))
        })
        .await?;
        let unknown = |ask: &Ask| !survey.sightings.contains_key(&ask.address);
        open.retain(|_, asks| asks.iter().any(unknown));
    }
    for look in 0.. {
        let answers_of_their_own = scope.for_survey(depth).with_facts(state.facts());
        survey.look(&answers_of_their_own, stop, told, open).await?;
        let doubtful = survey.doubtful(state, scope.clock.stamp(), look);
        if doubtful.is_empty() || stop.level() != StopLevel::Run {
            break;
        }
        scope.clock.sleep(LOOK_AGAIN).await;
        open = asks(graph, state);
        open.retain(|kind, _| doubtful.contains(kind));
    }
    Ok(survey)
}

fn unknown_kind(name: &str) -> Failure {
    let message = format!("the state holds a `{name}`, which this edxaws does not know");
    Failure::unexpected("edxaws", "Survey", message)
}

/// What to ask about, by kind: the profile's wishes, then what only the state knows.
fn asks(graph: &Graph, state: &State) -> BTreeMap<String, Vec<Ask>> {
    let mut asks: BTreeMap<String, Vec<Ask>> = BTreeMap::new();
    let unwanted = state.records.iter().filter(|(address, _)| graph.get(address).is_none());
    let wishes = graph.nodes().map(|node| (&node.address, &node.desired));
    for (address, desired) in wishes.chain(unwanted.map(|(a, record)| (a, &record.desired))) {
        let record = state.records.get(address);
        asks.entry(address.kind().to_owned()).or_default().push(Ask {
            address: address.clone(),
            // A list finds things by the names they were made with.
            desired: record.map_or(desired, |record| &record.desired).clone(),
            live: record.and_then(|record| record.live.clone()),
            claim: record.map(|record| record.claim(address)),
        });
    }
    asks
}

impl Survey {
    /// One list per kind, all at once.
    async fn look(
        &mut self,
        scope: &Scope,
        stop: &Stop,
        told: &Told,
        asks: BTreeMap<String, Vec<Ask>>,
    ) -> Result<()> {
        let mut lists = JoinSet::new();
        for (name, asks) in asks {
            let Some(kind) = kind(name.as_str()) else {
                return Err(unknown_kind(&name));
            };
            let (scope, stop, told) = (scope.clone(), stop.clone(), told.of(scope.clock));
            lists.spawn(async move {
                let listed =
                    attempt(&scope, &stop, Patience::READ, told, || kind.list(&scope, &asks));
                (kind, listed.await, asks)
            });
        }
        while let Some(joined) = lists.join_next().await {
            let (kind, found, asks) = joined
                .map_err(|error| Failure::unexpected("edxaws", "Survey", error.to_string()))?;
            match found {
                Ok(found) => self.sort_in(kind, found, &asks),
                Err(failure) if failure.is_out_of_reach() => {
                    self.out_of_reach.insert(kind.name(), failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Kinds of which something is not seen: anything at the first look, later what was made a
    /// moment ago.
    fn doubtful(&self, state: &State, now: Timestamp, look: u32) -> BTreeSet<String> {
        let doubted = |record: &Record| {
            let age = record.since.duration_until(now);
            matches!(record.phase, Phase::Made | Phase::Ready)
                && (look == 0 || Duration::try_from(age).is_ok_and(|age| age < SETTLE_WINDOW))
        };
        let answered = |address: &Address| !self.out_of_reach.contains_key(address.kind());
        let unseen = |address: &Address| !self.sightings.contains_key(address) && answered(address);
        let records = state.records.iter();
        let again = records.filter(|(address, record)| unseen(address) && doubted(record));
        again.map(|(address, _)| address.kind().to_owned()).collect()
    }

    fn sort_in(&mut self, kind: &'static dyn Kind, found: Vec<Found<Value>>, asks: &[Ask]) {
        self.strays.retain(|stray| stray.kind != kind.name());
        for Found { address, token, live } in found {
            let owner = asks
                .iter()
                .find(|ask| belongs(&ask.address, ask.claim.as_ref(), address.as_ref(), &token));
            match owner {
                Some(ask) => {
                    self.sightings.insert(ask.address.clone(), Sighting { live, token });
                }
                None => self.strays.push(Stray { kind: kind.name(), address, token, live }),
            }
        }
    }
}

/// Whether a found object is the one of `address`: by its claim where both carry one, else by the
/// address on it.
pub(super) fn belongs(
    address: &Address,
    claim: Option<&Claim>,
    found_address: Option<&Address>,
    found_token: &Option<String>,
) -> bool {
    match (claim, found_token) {
        (Some(claim), Some(token)) => claim.token == *token,
        _ => found_address == Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_belongs_to_its_claim_and_else_to_the_address_on_it() {
        let (ours, other) = (Address::new("vpc", "main"), Address::new("vpc", "other"));
        let claim = Claim { address: ours.clone(), token: "one".to_owned() };
        let (one, two) = (Some("one".to_owned()), Some("two".to_owned()));
        assert!(belongs(&ours, Some(&claim), Some(&ours), &one));
        assert!(belongs(&ours, Some(&claim), Some(&other), &one));
        // Another create of the same address: a double, not it.
        assert!(!belongs(&ours, Some(&claim), Some(&ours), &two));
        // No tag, or no record: all there is to go by is the address.
        assert!(belongs(&ours, Some(&claim), Some(&ours), &None));
        assert!(!belongs(&ours, Some(&claim), Some(&other), &None));
        assert!(belongs(&ours, None, Some(&ours), &two));
        assert!(!belongs(&ours, None, None, &None));
    }
}
