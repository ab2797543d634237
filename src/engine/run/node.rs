//! One step's way from its first call to its end: what each answer leads to.

use std::time::Duration;

use serde_json::Value;

use super::tasks::{Report, Task, Work};
use super::{Run, RunError};
use crate::aws::{Failure, Outcome, Verdict, verdict};
use crate::diff::{Change, Reason};
use crate::durations::Range;
use crate::engine::attempt::Patience;
use crate::engine::error::{StepError, hint};
use crate::engine::plan::{Action, Step, Why};
use crate::engine::poll::Looks;
use crate::engine::stop::StopLevel;
use crate::event::{Event, LeftBehind};
use crate::resource::{Ready, Times};
use crate::state::{Phase, Transition};

/// How often a resource may be updated in one step before it is called stubborn.
/// A cluster takes one kind of change at a time.
const UPDATES: u32 = 8;

/// A step in progress.
#[derive(Debug)]
pub(super) struct Active {
    pub began: Duration,
    pub stage: Stage,
    updates: u32,
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// A call is in flight.
    Calling,
    /// A call was refused for now; its task tries again, and sleeps most of the time.
    Retrying,
    Waiting {
        wait: Wait,
        since: Duration,
        next: Duration,
        looks: Looks,
    },
}

/// What a wait is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wait {
    /// A create's answer is unknown: does it exist?
    Appear(Then),
    /// It exists: is it ready and as desired?
    Settle,
    /// It is being deleted: is it gone?
    Vanish(Certainty),
}

/// What follows when a claimed resource is found, or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Then {
    Make,
    /// AWS says the name is taken: not finding it means it is somebody else's.
    MustBeOurs,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Certainty {
    /// AWS accepted the delete.
    Sure,
    /// AWS says there is no such thing. Lists may show it a little longer.
    Gone,
    /// The answer was lost.
    Unsure,
}

impl Active {
    pub fn new(began: Duration) -> Self {
        Self { began, stage: Stage::Calling, updates: 0, reason: String::new() }
    }

    pub fn is_calling(&self) -> bool {
        self.stage == Stage::Calling
    }

    pub fn retries(&mut self) {
        if self.is_calling() {
            self.stage = Stage::Retrying;
        }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }
}

impl Run<'_, '_> {
    /// The first thing a step does.
    pub(super) fn begin(&mut self, step: usize) -> Result<(), RunError> {
        let Step { address, action, why, .. } = &self.steps[step];
        let phase = self.engine.state.records.get(address).map(|record| record.phase);
        match (action, phase) {
            (Action::Create, Some(Phase::Claimed)) => self.wait(step, Wait::Appear(Then::Make)),
            (Action::Create, _) => return self.claim(step),
            (Action::Update, _) => {
                self.change(step)?;
                self.wait(step, Wait::Settle);
            }
            (Action::Await, _) => {
                self.change(step)?;
                self.wait(step, Wait::Settle);
            }
            // Nobody can look for it, and it goes with what it would stand on.
            (Action::Delete, Some(Phase::Claimed)) if *why == Why::OutOfReach => {
                return self.gone(step);
            }
            (Action::Delete, Some(Phase::Claimed)) => self.wait(step, Wait::Appear(Then::Delete)),
            (Action::Delete, _) => return self.leave(step),
        }
        Ok(())
    }

    fn claim(&mut self, step: usize) -> Result<(), RunError> {
        let Step { desired, upstream, .. } = &self.steps[step];
        let (token, at) = (self.engine.scope.token(), self.engine.scope.clock.stamp());
        let (desired, needs) = (desired.clone(), upstream.clone());
        self.transition(step, Transition::Claim { token, desired, needs, at })?;
        self.create(step)
    }

    /// The desired values are recorded before they are sent.
    fn change(&mut self, step: usize) -> Result<(), RunError> {
        let Step { desired, upstream, .. } = &self.steps[step];
        let (desired, needs) = (desired.clone(), upstream.clone());
        let at = self.engine.scope.clock.stamp();
        self.transition(step, Transition::Changing { desired, needs, at })
    }

    pub(super) fn create(&mut self, step: usize) -> Result<(), RunError> {
        let Step { desired, .. } = &self.steps[step];
        let desired = desired.clone();
        let Some(claim) = self.claim_of(step) else { return Ok(()) };
        self.launch(step, Work::Create { desired, claim })
    }

    pub(super) fn leave(&mut self, step: usize) -> Result<(), RunError> {
        let address = &self.steps[step].address;
        let Some(record) = self.engine.state.records.get(address) else {
            self.finish_step(step);
            return Ok(());
        };
        let live = record.live.clone();
        let at = self.engine.scope.clock.stamp();
        self.transition(step, Transition::Leave { at })?;
        match live {
            _ if self.kind_of(step)?.forget_on_delete() => self.gone(step),
            _ if self.steps[step].why == Why::OutOfReach => self.gone(step),
            None => self.gone(step),
            Some(live) => {
                let desired = self.steps[step].desired.clone();
                self.launch(step, Work::Delete { desired, live })
            }
        }
    }

    pub(super) fn launch(&mut self, step: usize, work: Work) -> Result<(), RunError> {
        let kind = self.kind_of(step)?;
        if let Some(active) = self.active.get_mut(&step) {
            active.stage = Stage::Calling;
        }
        self.launches.push(Task::of(step, kind, work));
        Ok(())
    }

    /// Begins a wait; the first look is at once.
    fn wait(&mut self, step: usize, wait: Wait) {
        let now = self.now();
        let looks = Looks::at_once();
        self.wait_as(step, Stage::Waiting { wait, since: now, next: now, looks });
    }

    fn wait_as(&mut self, step: usize, stage: Stage) {
        if self.engine.stop.level() != StopLevel::Run {
            // The record stands; a later run goes on from it.
            return self.stop_step(step);
        }
        if let Some(active) = self.active.get_mut(&step) {
            active.stage = stage;
        }
    }

    /// What a report leads to.
    pub(super) fn handle(&mut self, report: Report) -> Result<(), RunError> {
        match report {
            Report::Created { step, result: Ok(live) } => self.made(step, live),
            Report::Created { step, result: Err(failure) } => self.not_created(step, failure),
            Report::Updated { step, result } => self.updated(step, result),
            Report::Deleted { step, result } => self.deleted(step, result),
            Report::Listed { kind, steps, calls, result } => {
                self.polling.remove(kind.name());
                self.summary.reads.list(calls);
                self.singly.learn(kind.name(), steps.len(), calls as usize);
                self.listed(&steps, result)
            }
        }
    }

    pub(super) fn made(&mut self, step: usize, live: Value) -> Result<(), RunError> {
        let at = self.engine.scope.clock.stamp();
        self.transition(step, Transition::Made { live: live.clone(), at })?;
        self.settle(step, live)
    }

    fn not_created(&mut self, step: usize, failure: Failure) -> Result<(), RunError> {
        let verdict = verdict(&failure);
        // A code of the table's that says "never" was an answer, whatever its HTTP status.
        let unclear = verdict == Verdict::Unclear
            || verdict != Verdict::Fatal && failure.outcome == Outcome::Unknown
            || failure.is_strange_answer();
        match verdict {
            Verdict::Exists => self.wait(step, Wait::Appear(Then::MustBeOurs)),
            _ if unclear && self.spent(step) > Patience::CREATE.total => {
                self.fail(step, &failure, LeftBehind::Claimed);
            }
            _ if unclear => {
                let address = self.steps[step].address.clone();
                self.emit(Event::StepRetrying { address, reason: failure.to_string() });
                self.wait(step, Wait::Appear(Then::Make));
            }
            _ => {
                self.transition(step, Transition::Refused)?;
                self.fail(step, &failure, LeftBehind::Nothing);
            }
        }
        Ok(())
    }

    fn updated(&mut self, step: usize, result: Result<(), Failure>) -> Result<(), RunError> {
        match result {
            Ok(()) => self.wait(step, Wait::Settle),
            Err(failure) => self.fail(step, &failure, LeftBehind::Recorded),
        }
        Ok(())
    }

    fn deleted(&mut self, step: usize, result: Result<(), Failure>) -> Result<(), RunError> {
        match result {
            Ok(()) => self.wait(step, Wait::Vanish(Certainty::Sure)),
            Err(failure) => match verdict(&failure) {
                Verdict::Gone => self.wait(step, Wait::Vanish(Certainty::Gone)),
                Verdict::Unclear => self.wait(step, Wait::Vanish(Certainty::Unsure)),
                _ => self.fail(step, &failure, LeftBehind::Recorded),
            },
        }
        Ok(())
    }

    /// It exists: is it ready, and as desired?
    pub(super) fn settle(&mut self, step: usize, live: Value) -> Result<(), RunError> {
        let kind = self.kind_of(step)?;
        let desired = &self.steps[step].desired;
        let facts = self.scope_of(&[step]).facts;
        let verdict = kind
            .ready(desired, &live)
            .and_then(|ready| Ok((ready, kind.diff(desired, &live, &facts)?)));
        match verdict {
            Err(failure) => self.fail(step, &failure, LeftBehind::Recorded),
            Ok((Ready::Failed(why), _)) => self.fail_for(step, why),
            Ok((Ready::Wait(why), _)) => self.keep_waiting(step, Wait::Settle, why),
            Ok((Ready::Yes, Change::Keep)) => {
                let at = self.engine.scope.clock.stamp();
                let needs = self.steps[step].upstream.clone();
                self.transition(step, Transition::Ready { live, needs, at })?;
                self.finish_step(step);
            }
            Ok((Ready::Yes, Change::Update(reasons))) => return self.update(step, live, &reasons),
            Ok((Ready::Yes, Change::Replace(reasons))) => {
                self.fail_for(step, format!("AWS made it differently: {}", listed(&reasons)));
            }
        }
        Ok(())
    }

    fn update(&mut self, step: usize, live: Value, reasons: &[Reason]) -> Result<(), RunError> {
        let updates = self.active.get_mut(&step).map_or(0, |active| {
            active.updates += 1;
            active.updates
        });
        if updates > UPDATES {
            let why = format!("after {UPDATES} updates it is still {}", listed(reasons));
            self.fail_for(step, why);
            return Ok(());
        }
        let desired = self.steps[step].desired.clone();
        let Some(claim) = self.claim_of(step) else { return Ok(()) };
        self.launch(step, Work::Update { desired, live, claim })
    }

    pub(super) fn claim_of(&self, step: usize) -> Option<crate::resource::Claim> {
        let address = &self.steps[step].address;
        self.engine.state.records.get(address).map(|record| record.claim(address))
    }

    /// Waits on, with the next look when it is likely to have changed; not beyond the deadline.
    pub(super) fn keep_waiting(&mut self, step: usize, wait: Wait, why: String) {
        let now = self.now();
        let (since, looks) = match self.active.get(&step).map(|active| active.stage) {
            Some(Stage::Waiting { since, wait: before, looks, .. }) if before == wait => {
                (since, looks)
            }
            _ => (now, Looks::default()),
        };
        let elapsed = now.saturating_sub(since);
        if elapsed > self.deadline(step, wait) {
            return self.fail_for(step, format!("gave up after {} s: {why}", elapsed.as_secs()));
        }
        let news = self.active.get_mut(&step).is_some_and(|active| {
            let news = active.reason != why;
            active.reason.clone_from(&why);
            news
        });
        if news {
            let address = self.steps[step].address.clone();
            self.emit(Event::StepWaiting { address, reason: why });
        }
        let (range, share) = (self.range(step, wait), self.share(step));
        let next = now + self.summary.reads.next_poll(looks, elapsed, range, share);
        self.wait_as(step, Stage::Waiting { wait, since, next, looks });
    }

    /// How long such a wait usually takes. Of changes, and of what was begun by an earlier run, nobody
    /// knows.
    pub(super) fn range(&self, step: usize, wait: Wait) -> Option<Range> {
        let kind = self.kind_of(step).ok()?;
        let created = self.steps[step].action == Action::Create
            && self.active.get(&step).is_some_and(|active| active.updates == 0);
        match wait {
            Wait::Vanish(_) => Some(self.engine.durations.delete(kind)),
            Wait::Settle if created => Some(self.engine.durations.create(kind)),
            Wait::Settle | Wait::Appear(_) => None,
        }
    }

    /// As shipped: a user's fast runs make no run of theirs a failure.
    fn deadline(&self, step: usize, wait: Wait) -> Duration {
        let Ok(kind) = self.kind_of(step) else { return Duration::ZERO };
        let most = match wait {
            Wait::Vanish(_) => kind.times().delete.2,
            Wait::Settle | Wait::Appear(_) => kind.times().create.2,
        };
        Times::deadline(most.max(self.range(step, wait).map_or(0, |(_, _, most)| most)))
    }

    pub(super) fn gone(&mut self, step: usize) -> Result<(), RunError> {
        self.transition(step, Transition::Gone)?;
        self.finish_step(step);
        Ok(())
    }

    pub(super) fn fail(&mut self, step: usize, failure: &Failure, left_behind: LeftBehind) {
        if self.engine.stop.level() != StopLevel::Run {
            return self.stop_step(step);
        }
        let Step { address, action, .. } = &self.steps[step];
        let (address, action, why) = (address.clone(), *action, failure.to_string());
        let error = StepError { address, action, why, left_behind, hint: hint(failure) };
        self.fail_step(step, error);
    }

    pub(super) fn fail_for(&mut self, step: usize, why: String) {
        let Step { address, action, .. } = &self.steps[step];
        let hint = Some("`edxaws status` shows it; run the command again to go on".to_owned());
        let (address, action, left_behind) = (address.clone(), *action, LeftBehind::Recorded);
        self.fail_step(step, StepError { address, action, why, left_behind, hint });
    }
}

fn listed(reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join(", ")
}
