//! Planning: desired, recorded and live in, steps out. Pure; the same inputs give the same plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::choice::{Choice, Select, chosen_destroy, chosen_up, closure, kept};
use super::error::PlanError;
use super::links::links;
use super::plan::{Action, Plan, Refusal, Retained, Step, Verb, Why};
use super::survey::{Sighting, Survey};
use crate::address::Address;
use crate::diff::{Change, Reason};
use crate::graph::{Graph, Node};
use crate::resource::{Facts, Identity, OnDestroy, Ready};
use crate::resources::kind;
use crate::state::{Phase, Record, State};

/// What brings live to desired.
pub fn plan_up(
    graph: &Graph,
    state: &State,
    survey: &Survey,
    choice: &Choice,
) -> Result<Plan, PlanError> {
    let closed = survey.out_of_reach.values().find(|failure| !failure.is_locked_out());
    if let Some(failure) = closed {
        return Err(failure.clone().into());
    }
    let mut planner = Planner::new(state, survey, Verb::Up, choice);
    let order = graph.order()?;
    let chosen = chosen_up(&order, state, choice)?;
    // What was not chosen is needed by nothing that was.
    for node in order.iter().filter(|node| chosen.contains(&node.address)) {
        planner.wanted(node)?;
    }
    let kept = kept(state, choice);
    let unwanted = state.records.iter().filter(|(address, _)| graph.get(address).is_none());
    let unwanted = unwanted.filter(|(address, _)| !kept.contains(*address));
    if choice.targets.is_empty() {
        for (address, record) in unwanted {
            planner.unwanted(address, record, Why::Unwanted);
        }
    }
    planner.finish()
}

/// What removes everything that is recorded.
pub fn plan_destroy(state: &State, survey: &Survey, choice: &Choice) -> Result<Plan, PlanError> {
    let mut planner = Planner::new(state, survey, Verb::Destroy, choice);
    let chosen = chosen_destroy(state, choice)?;
    for (address, record) in &state.records {
        if !chosen.contains(address) {
            continue;
        }
        match survey.out_of_reach.get(address.kind()) {
            None => planner.unwanted(address, record, Why::Destroyed),
            // What stands on things that go goes with them.
            Some(_) if record.needs.iter().all(|up| chosen.contains(up) || state.lacks(up)) => {
                planner.delete_step(address, record, Why::OutOfReach);
            }
            Some(failure) => return Err(failure.clone().into()),
        }
    }
    planner.retain_upstream_of_retained();
    planner.finish()
}

struct Planner<'a> {
    state: &'a State,
    survey: &'a Survey,
    choice: &'a Choice,
    plan: Plan,
    /// Live values known at plan time; those of steps that make something are not.
    facts: BTreeMap<Address, Value>,
    /// Those whose update gives dependents a new value.
    moving: BTreeSet<Address>,
}

/// What one wanted resource needs.
enum Need {
    Nothing,
    Step(Action, Why, Vec<Reason>),
    Replace(Why, Vec<Reason>),
}

impl<'a> Planner<'a> {
    fn new(state: &'a State, survey: &'a Survey, verb: Verb, choice: &'a Choice) -> Self {
        let State { stack, account, region, lineage, serial, .. } = state;
        let plan = Plan {
            schema: Plan::SCHEMA,
            verb,
            stack: stack.clone(),
            account: account.clone(),
            region: region.clone(),
            lineage: lineage.clone(),
            serial: *serial,
            steps: Vec::new(),
            unchanged: Vec::new(),
            retained: Vec::new(),
            refusals: Vec::new(),
            seen: BTreeMap::new(),
        };
        Self { state, survey, choice, plan, facts: BTreeMap::new(), moving: BTreeSet::new() }
    }

    fn wanted(&mut self, node: &Node) -> Result<(), PlanError> {
        let sighting = self.survey.sightings.get(&node.address);
        match self.need(node, sighting)? {
            Need::Nothing => self.unchanged(node, sighting),
            Need::Step(action, why, reasons) => {
                self.know_upstream(node, action, sighting);
                self.step(node, action, why, reasons);
            }
            Need::Replace(why, reasons) => {
                self.know_upstream(node, Action::Create, None);
                self.replace(node, why, reasons);
            }
        }
        Ok(())
    }

    /// What dependents may count on while this step is still to come.
    fn know_upstream(&mut self, node: &Node, action: Action, sighting: Option<&Sighting>) {
        let Some(kind) = kind(node.address.kind()) else { return };
        let known = match action {
            Action::Await | Action::Update => sighting.map(|sighting| sighting.live.clone()),
            Action::Create => kind.foreseen(&node.desired),
            Action::Delete => None,
        };
        if let Some(live) = known {
            self.facts.insert(node.address.clone(), live);
        }
        if action == Action::Update && kind.versioned() {
            self.moving.insert(node.address.clone());
        }
    }

    fn need(&mut self, node: &Node, sighting: Option<&Sighting>) -> Result<Need, PlanError> {
        let create = |why| Need::Step(Action::Create, why, Vec::new());
        let record = self.state.records.get(&node.address);
        let settled = record.is_some_and(|one| matches!(one.phase, Phase::Made | Phase::Ready));
        // Locked out: what is recorded is looked at once the way in is made again.
        if settled && self.survey.out_of_reach.contains_key(node.address.kind()) {
            return Ok(Need::Step(Action::Await, Why::Unseen, Vec::new()));
        }
        Ok(match (self.state.records.get(&node.address), sighting) {
            (None, Some(sighting)) => {
                self.refuse_unrecorded(node, sighting);
                create(Why::New)
            }
            (None, None) => create(Why::New),
            (Some(record), _) if record.phase == Phase::Claimed => create(Why::Unanswered),
            (Some(record), _) if record.phase == Phase::Leaving => {
                Need::Replace(Why::Leaving, Vec::new())
            }
            (Some(_), None) => create(Why::Vanished),
            (Some(record), Some(sighting)) => self.compare(node, record, sighting)?,
        })
    }

    /// Something carries this address's tags, but the state knows nothing of it: the state is old
    /// or another one's. Entries of other objects are simply made again.
    fn refuse_unrecorded(&mut self, node: &Node, sighting: &Sighting) {
        let identity = kind(node.address.kind()).map(|kind| kind.identity());
        let forgettable = kind(node.address.kind()).is_some_and(|kind| kind.forget_on_delete());
        if identity == Some(Identity::Relation) || forgettable {
            return;
        }
        let id = sighting.live.get("id").or_else(|| sighting.live.get("name"));
        let id = id.and_then(Value::as_str).unwrap_or("an object");
        self.plan.refusals.push(Refusal {
            address: node.address.clone(),
            why: format!("`{id}` carries its tags, but the state has no record of it"),
            hint: "run `edxaws state rescue` to take it into the state".to_owned(),
        });
    }

    fn compare(
        &self,
        node: &Node,
        record: &Record,
        sighting: &Sighting,
    ) -> Result<Need, PlanError> {
        let Some(kind) = kind(node.address.kind()) else { return Ok(Need::Nothing) };
        let facts = Facts::new(
            node.needs
                .iter()
                .filter_map(|up| Some((up.clone(), self.facts.get(up)?.clone())))
                .collect(),
        )
        .with_moving(self.moving.clone());
        let live = &sighting.live;
        let ready = kind.ready(&node.desired, live)?;
        if let (Ready::Failed(why), Phase::Made) = (&ready, record.phase) {
            return Ok(Need::Replace(Why::Failed(why.clone()), Vec::new()));
        }
        let drifted = record.desired == kind.recorded(node.desired.clone());
        let why = if drifted { Why::Drifted } else { Why::Edited };
        Ok(match kind.diff(&node.desired, live, &facts)? {
            Change::Update(reasons) if record.phase == Phase::Made && drifted => {
                Need::Step(Action::Update, Why::Unready, reasons)
            }
            Change::Update(reasons) => Need::Step(Action::Update, why, reasons),
            Change::Replace(reasons) => Need::Replace(why, reasons),
            Change::Keep if record.phase == Phase::Made || ready != Ready::Yes => {
                Need::Step(Action::Await, Why::Unready, Vec::new())
            }
            Change::Keep => Need::Nothing,
        })
    }

    fn unchanged(&mut self, node: &Node, sighting: Option<&Sighting>) {
        self.plan.unchanged.push(node.address.clone());
        let Some(Sighting { live, .. }) = sighting else { return };
        self.facts.insert(node.address.clone(), live.clone());
        self.see(&node.address);
    }

    /// What is recorded may be older than what AWS says: a run may have been killed after a change.
    fn see(&mut self, address: &Address) {
        let Some(Sighting { live, .. }) = self.survey.sightings.get(address) else { return };
        let recorded = self.state.records.get(address);
        let known = recorded.filter(|record| record.phase != Phase::Claimed);
        let live = kind(address.kind()).map(|kind| kind.recorded(live.clone()));
        if known.is_some_and(|record| record.live != live) {
            self.plan.seen.extend(live.map(|live| (address.clone(), live)));
        }
    }

    fn step(&mut self, node: &Node, action: Action, why: Why, reasons: Vec<Reason>) {
        self.plan.steps.push(Step {
            address: node.address.clone(),
            action,
            why,
            reasons,
            desired: node.desired.clone(),
            upstream: node.needs.clone(),
            needs: BTreeSet::new(),
        });
    }

    fn replace(&mut self, node: &Node, why: Why, reasons: Vec<Reason>) {
        if let Some(record) = self.state.records.get(&node.address) {
            self.refuse_replacing_data(node, record, &reasons);
            self.delete_step(&node.address, record, Why::Replaced);
        }
        let why = if why == Why::Leaving { Why::Leaving } else { Why::Replaced };
        self.step(node, Action::Create, why, reasons);
    }

    fn refuse_replacing_data(&mut self, node: &Node, record: &Record, reasons: &[Reason]) {
        let Some(kind) = kind(node.address.kind()) else { return };
        let holds = kind.on_destroy(&record.desired);
        if matches!(holds, OnDestroy::Remove) || self.choice.delete_data == Select::Yes {
            return;
        }
        let because: Vec<String> = reasons.iter().map(|reason| reason.attribute.clone()).collect();
        self.plan.refusals.push(Refusal {
            address: node.address.clone(),
            why: format!("changing {} would replace it, and its data", because.join(", ")),
            hint: "undo the change in the profile, or give `--delete-data` to lose the data"
                .to_owned(),
        });
    }

    /// A recorded resource that is to go.
    fn unwanted(&mut self, address: &Address, record: &Record, why: Why) {
        let rule = kind(address.kind()).map_or(OnDestroy::Keep, |k| k.on_destroy(&record.desired));
        let delete_data = self.choice.delete_data == Select::Yes;
        match rule {
            OnDestroy::Keep if !delete_data => {
                self.plan.retained.push(Retained {
                    address: address.clone(),
                    why: "it holds data; `--delete-data` removes it".to_owned(),
                });
                return;
            }
            OnDestroy::Protected if self.choice.lift_protection == Select::No => {
                self.plan.refusals.push(Refusal {
                    address: address.clone(),
                    why: "it has deletion protection".to_owned(),
                    hint: "give `--lift-protection` to lift it and delete".to_owned(),
                });
            }
            _ => {}
        }
        self.delete_step(address, record, why);
    }

    fn delete_step(&mut self, address: &Address, record: &Record, why: Why) {
        self.see(address);
        self.plan.steps.push(Step {
            address: address.clone(),
            action: Action::Delete,
            why,
            reasons: Vec::new(),
            desired: record.desired.clone(),
            upstream: record.needs.clone(),
            needs: BTreeSet::new(),
        });
    }

    /// What a retained resource stands on is retained with it.
    fn retain_upstream_of_retained(&mut self) {
        let start: Vec<Address> =
            self.plan.retained.iter().map(|kept| kept.address.clone()).collect();
        let kept = closure(&start, |address| {
            self.state.records.get(address).map(|record| record.needs.clone())
        });
        self.plan.steps.retain(|step| !kept.contains(&step.address));
        for address in kept.into_iter().filter(|address| !start.contains(address)) {
            let why = "something that is kept stands on it".to_owned();
            self.plan.retained.push(Retained { address, why });
        }
    }

    fn finish(mut self) -> Result<Plan, PlanError> {
        let links = links(self.state, &self.plan.steps)?;
        for (step, needs) in self.plan.steps.iter_mut().zip(links) {
            step.needs = needs;
        }
        Ok(self.plan)
    }
}
