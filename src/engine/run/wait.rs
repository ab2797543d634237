//! Waiting: one list per kind answers all who wait, and what each look leads to.

use std::time::Duration;

use super::node::{Active, Certainty, Stage, Then, Wait};
use super::tasks::{Task, Work};
use super::{Run, RunError};
use crate::aws::Failure;
use crate::engine::attempt::Patience;
use crate::engine::plan::Step;
use crate::engine::survey::{SETTLE_WINDOW, belongs};
use crate::event::LeftBehind;
use crate::kind::Ask;
use crate::resource::{Found, Identity};
use crate::state::Transition;
use serde_json::Value;

/// The shortest time between two lists of one kind, however many wait.
const BETWEEN_LISTS: Duration = Duration::from_millis(500);

impl Run<'_, '_> {
    /// How long until some wait wants a look whose kind has no list in flight.
    pub(super) fn until_next_poll(&self) -> Option<Duration> {
        let now = self.now();
        let due = self.active.iter().filter_map(|(&step, active)| match active.stage {
            Stage::Waiting { next, .. } if !self.polling.contains(self.kind_name(step)) => {
                Some(next.max(self.earliest(step)).saturating_sub(now))
            }
            _ => None,
        });
        due.min()
    }

    /// When the kind of this step may be listed again: who wait began at different moments, and a
    /// look for each of them would make many wait dearer than few.
    fn earliest(&self, step: usize) -> Duration {
        let last = self.looked.get(self.kind_name(step)).copied();
        last.map_or(Duration::ZERO, |last| last + BETWEEN_LISTS)
    }

    fn kind_name(&self, step: usize) -> &str {
        self.steps[step].address.kind()
    }

    /// One list per kind answers all who are due, as soon as one of them is.
    pub(super) fn launch_due_polls(&mut self) {
        self.reckon_savings();
        self.reckon_end();
        let now = self.now();
        let due = |step: usize, active: &Active| match active.stage {
            Stage::Waiting { next, .. } => next.max(self.earliest(step)) <= now,
            Stage::Calling | Stage::Retrying => false,
        };
        let idle = |step: usize| !self.polling.contains(self.kind_name(step));
        let mut kinds: Vec<&str> = self
            .active
            .iter()
            .filter(|&(&step, active)| due(step, active) && idle(step))
            .map(|(&step, _)| self.steps[step].address.kind())
            .collect();
        kinds.dedup();
        for name in kinds {
            let Some(kind) = crate::resources::kind(name) else { continue };
            if !self.polling.insert(kind.name()) {
                continue;
            }
            self.looked.insert(kind.name(), now);
            let steps = self.soon_due(name);
            let asks = steps.iter().map(|&step| self.ask(step)).collect();
            self.launches.push(Task::list(steps, kind, asks));
        }
    }

    /// The waits of a kind that one look answers: all of them where a call answers all, and else those
    /// that are due.
    fn soon_due(&self, kind: &str) -> Vec<usize> {
        let (now, singly) = (self.now(), self.singly.contains(kind));
        let soon = |active: &Active| match active.stage {
            Stage::Waiting { next, .. } => next <= now || !singly,
            Stage::Calling | Stage::Retrying => false,
        };
        let waiting = self.active.iter().filter(|(_, active)| soon(active));
        waiting.map(|(&step, _)| step).filter(|&step| self.kind_name(step) == kind).collect()
    }

    fn ask(&self, step: usize) -> Ask {
        let Step { address, desired, .. } = &self.steps[step];
        let record = self.engine.state.records.get(address);
        Ask {
            address: address.clone(),
            desired: desired.clone(),
            live: record.and_then(|record| record.live.clone()),
            claim: record.map(|record| record.claim(address)),
        }
    }

    pub(super) fn listed(
        &mut self,
        steps: &[usize],
        result: Result<Vec<Found<Value>>, Failure>,
    ) -> Result<(), RunError> {
        let waiting = |step: &usize| self.active.get(step).is_some_and(Active::is_waiting);
        let steps: Vec<usize> = steps.iter().copied().filter(waiting).collect();
        for step in steps {
            self.book_look(step);
            match &result {
                Ok(found) => {
                    let live = self.sighting(step, found);
                    self.looked(step, live)?;
                }
                Err(failure) => self.fail(step, failure, LeftBehind::Claimed),
            }
        }
        Ok(())
    }

    fn book_look(&mut self, step: usize) {
        let now = self.now();
        if let Some(Active { stage: Stage::Waiting { since, looks, .. }, .. }) =
            self.active.get_mut(&step)
        {
            self.summary.reads.look(looks, now.saturating_sub(*since));
        }
    }

    fn sighting(&self, step: usize, found: &[Found<Value>]) -> Option<Value> {
        let claim = self.claim_of(step);
        let address = &self.steps[step].address;
        let ours = found
            .iter()
            .find(|one| belongs(address, claim.as_ref(), one.address.as_ref(), &one.token));
        ours.map(|one| one.live.clone())
    }

    /// What a look found leads to.
    fn looked(&mut self, step: usize, live: Option<Value>) -> Result<(), RunError> {
        let Some(Stage::Waiting { wait, since, .. }) = self.active.get(&step).map(|one| one.stage)
        else {
            return Ok(());
        };
        match (wait, live) {
            (Wait::Settle, Some(live)) => {
                let at = self.engine.scope.clock.stamp();
                self.transition(step, Transition::Made { live: live.clone(), at })?;
                self.settle(step, live)
            }
            (Wait::Settle, None) => {
                self.keep_waiting(step, wait, "not visible yet".to_owned());
                Ok(())
            }
            (Wait::Appear(Then::Delete), Some(live)) => {
                let at = self.engine.scope.clock.stamp();
                self.transition(step, Transition::Made { live, at })?;
                self.leave(step)
            }
            (Wait::Appear(_), Some(live)) => self.made(step, live),
            (Wait::Appear(then), None) => self.not_there(step, then, since),
            (Wait::Vanish(_), None) => self.gone(step),
            (Wait::Vanish(certainty), Some(live)) => self.still_there(step, certainty, since, live),
        }
    }

    /// What was deleted is still on the list.
    fn still_there(
        &mut self,
        step: usize,
        certainty: Certainty,
        since: Duration,
        live: Value,
    ) -> Result<(), RunError> {
        let looked_for = self.now().saturating_sub(since);
        let no_end = match certainty {
            Certainty::Unsure => "AWS answered every delete unclearly, and it still exists",
            // Shown for so long it is there, and it was something else that is gone.
            Certainty::Gone if looked_for >= SETTLE_WINDOW => {
                "AWS answers every delete with \"not found\", and lists it still"
            }
            Certainty::Sure | Certainty::Gone => {
                self.keep_waiting(step, Wait::Vanish(certainty), "being deleted".to_owned());
                return Ok(());
            }
        };
        if self.spent(step) > Patience::DELETE.total {
            self.fail_for(step, no_end.to_owned());
            return Ok(());
        }
        let desired = self.steps[step].desired.clone();
        self.launch(step, Work::Delete { desired, live })
    }

    pub(super) fn spent(&self, step: usize) -> Duration {
        let began = self.active.get(&step).map_or(Duration::ZERO, |active| active.began);
        self.now().saturating_sub(began)
    }

    /// A claimed resource was looked for and not seen.
    fn not_there(&mut self, step: usize, then: Then, since: Duration) -> Result<(), RunError> {
        let looked_for = self.now().saturating_sub(since);
        let by_tag = self.kind_of(step)?.identity() == Identity::Tag;
        let certain = looked_for >= SETTLE_WINDOW || (!by_tag && then == Then::Make);
        let wait = Wait::Appear(then);
        match then {
            _ if !certain => {
                self.keep_waiting(step, wait, "looking for what may have been made".to_owned());
                Ok(())
            }
            Then::Make => self.create(step),
            Then::Delete => self.gone(step),
            Then::MustBeOurs => {
                self.transition(step, Transition::Refused)?;
                let service = self.kind_name(step).to_owned();
                let message = "the name is taken by an object that is not this stack's";
                let taken = Failure {
                    code: "AlreadyExists".to_owned(),
                    ..Failure::unexpected(&service, "Create", message)
                };
                self.fail(step, &taken, LeftBehind::Nothing);
                Ok(())
            }
        }
    }
}
