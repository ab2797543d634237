//! Running a plan: the one loop that owns the state.
//!
//! Tasks call AWS and report back; the loop turns each report into a transition, makes it durable,
//! and only then lets the next call go out.

mod lead;
mod node;
mod singly;
mod tasks;
mod wait;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::lead::Lead;
use self::node::Active;
use self::singly::Singly;
use self::tasks::{Report, Task};
use super::error::StepError;
use super::plan::{Plan, Step};
use super::poll::Reads;
use super::schedule::Schedule;
use super::stop::{Stop, StopLevel};
use crate::address::Address;
use crate::aws::Scope;
use crate::durations::Durations;
use crate::event::{Event, Observer, Stamped};
use crate::kind::Kind;
use crate::resource::Facts;
use crate::resources::kind;
use crate::state::{Illegal, State, StateError, Store, Transition};

/// What a run came to.
#[derive(Debug, Default)]
pub struct Summary {
    pub done: Vec<Address>,
    pub failed: Vec<StepError>,
    pub skipped: Vec<Address>,
    /// Steps that were begun and not ended because the run was stopped.
    pub stopped: Vec<Address>,
    /// How many steps were not begun because the run was stopped.
    pub unbegun: usize,
    pub took: Duration,
    /// The calls made while waiting.
    pub reads: Reads,
}

impl Summary {
    /// Whether the run was stopped before its end.
    pub fn is_stopped(&self) -> bool {
        !self.stopped.is_empty() || self.unbegun > 0
    }
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot record what happened")]
    State(#[from] StateError),
    #[error("a bug: {0}")]
    Illegal(#[from] Illegal),
    #[error("the plan was made for serial {planned}, the state is at serial {current}")]
    Stale { planned: u64, current: u64 },
    #[error("the plan belongs to another state (lineage `{planned}`, not `{current}`)")]
    Foreign { planned: String, current: String },
    #[error("a bug: the step of `{0}` is of a kind that does not exist")]
    UnknownKind(Address),
    #[error("the plan's steps cannot be put into an order: {0:?}")]
    Unordered(Vec<Address>),
}

/// Everything a run needs.
pub struct Engine<'a> {
    pub scope: Scope,
    pub state: &'a mut State,
    pub store: &'a mut dyn Store,
    pub observer: &'a mut dyn Observer,
    pub stop: Stop,
    /// Steps that may have a call in flight at once.
    pub parallelism: usize,
    pub durations: Durations,
}

impl Engine<'_> {
    /// Carries out `plan`. Failures of single steps are in the summary; an error means that nothing
    /// more could be recorded.
    pub async fn run(self, plan: &Plan) -> Result<Summary, RunError> {
        self.check(plan)?;
        let schedule = schedule(plan, &self.durations);
        let (notes, heard) = mpsc::unbounded_channel();
        let mut run = Run {
            began: self.scope.clock.elapsed(),
            engine: self,
            steps: &plan.steps,
            schedule,
            active: BTreeMap::new(),
            tasks: JoinSet::new(),
            polling: BTreeSet::new(),
            singly: Singly::default(),
            looked: BTreeMap::new(),
            lead: Lead::default(),
            launches: Vec::new(),
            dirty: Dirty::No,
            summary: Summary::default(),
            notes,
            heard,
        };
        run.refresh(plan)?;
        run.announce(plan);
        run.until_done().await?;
        Ok(run.close())
    }

    /// A plan is good for exactly one version of one state.
    fn check(&self, plan: &Plan) -> Result<(), RunError> {
        if plan.lineage != self.state.lineage {
            let (planned, current) = (plan.lineage.clone(), self.state.lineage.clone());
            return Err(RunError::Foreign { planned, current });
        }
        if plan.serial != self.state.serial {
            return Err(RunError::Stale { planned: plan.serial, current: self.state.serial });
        }
        match plan.steps.iter().find(|step| kind(step.address.kind()).is_none()) {
            Some(step) => Err(RunError::UnknownKind(step.address.clone())),
            None => plan.check(),
        }
    }
}

fn schedule(plan: &Plan, durations: &Durations) -> Schedule {
    let needs: Vec<BTreeSet<usize>> = plan.steps.iter().map(|step| step.needs.clone()).collect();
    let seconds = plan.steps.iter().map(|step| usual(step, durations));
    let seconds: Vec<u64> = seconds.collect();
    Schedule::new(&needs, &seconds)
}

/// How long a step usually takes, in seconds.
fn usual(step: &Step, durations: &Durations) -> u64 {
    kind(step.address.kind()).map_or(0, |kind| durations.usual(kind, step.action))
}

#[derive(PartialEq)]
enum Dirty {
    No,
    Yes,
}

/// A run in progress.
struct Run<'a, 'p> {
    engine: Engine<'a>,
    steps: &'p [Step],
    schedule: Schedule,
    active: BTreeMap<usize, Active>,
    tasks: JoinSet<Report>,
    /// Kinds with a list in flight.
    polling: BTreeSet<&'static str>,
    singly: Singly,
    /// When each kind was last listed.
    looked: BTreeMap<&'static str, Duration>,
    lead: Lead,
    /// Calls that may go out once the state is durable.
    launches: Vec<Task>,
    dirty: Dirty,
    summary: Summary,
    began: Duration,
    /// Tasks say here why they try again.
    notes: mpsc::UnboundedSender<(usize, String)>,
    heard: mpsc::UnboundedReceiver<(usize, String)>,
}

impl Run<'_, '_> {
    async fn until_done(&mut self) -> Result<(), RunError> {
        loop {
            self.start_ready()?;
            self.commit()?;
            if self.active.is_empty() {
                return Ok(());
            }
            self.next_event().await?;
            if self.engine.stop.level() == StopLevel::Now {
                return Ok(());
            }
        }
    }

    /// Waits for whatever comes first: a report, a poll that is due, a retry's note, a stop.
    async fn next_event(&mut self) -> Result<(), RunError> {
        let pause = self.until_next_poll();
        let clock = self.engine.scope.clock;
        tokio::select! {
            biased;
            level = self.engine.stop.changed() => {
                if level == StopLevel::Drain {
                    self.drain();
                }
            }
            Some(report) = self.tasks.join_next() => {
                self.take_report(report)?;
                // Group commit: what has also arrived shares the next write.
                while let Some(report) = self.tasks.try_join_next() {
                    self.take_report(report)?;
                }
            }
            Some((step, reason)) = self.heard.recv() => {
                self.active.entry(step).and_modify(Active::retries);
                let address = self.steps[step].address.clone();
                self.emit(Event::StepRetrying { address, reason });
            }
            () = clock.sleep(pause.unwrap_or(Duration::MAX / 4)), if pause.is_some() => {
                self.launch_due_polls();
            }
        }
        Ok(())
    }

    fn take_report(
        &mut self,
        report: Result<Report, tokio::task::JoinError>,
    ) -> Result<(), RunError> {
        match report {
            Ok(report) => self.handle(report),
            // Aborted polls of a drained run; a panic in a task would be a bug and resurfaces here.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Ok(()),
        }
    }

    fn start_ready(&mut self) -> Result<(), RunError> {
        while self.engine.stop.level() == StopLevel::Run && self.calling() < self.engine.parallelism
        {
            let Some(step) = self.schedule.take() else { break };
            let Step { address, action, .. } = &self.steps[step];
            let (address, action) = (address.clone(), *action);
            let typical_seconds = usual(&self.steps[step], &self.engine.durations);
            self.emit(Event::StepStarted { address, action, typical_seconds });
            self.active.insert(step, Active::new(self.now()));
            self.begin(step)?;
        }
        Ok(())
    }

    /// Steps with a call in flight. Who only waits for AWS, or until it may try again, keeps nobody
    /// else from starting.
    fn calling(&self) -> usize {
        self.active.values().filter(|active| active.is_calling()).count()
    }

    /// Makes everything so far durable, then lets the waiting calls go out.
    fn commit(&mut self) -> Result<(), RunError> {
        if self.dirty == Dirty::Yes {
            self.engine.store.save(self.engine.state)?;
            self.dirty = Dirty::No;
        }
        for task in std::mem::take(&mut self.launches) {
            let scope = self.scope_of(task.steps());
            let (stop, notes) = (self.engine.stop.clone(), self.notes.clone());
            self.tasks.spawn(task.perform(scope, stop, notes));
        }
        Ok(())
    }

    /// The scope with the live facts that these steps may look at.
    fn scope_of(&self, steps: &[usize]) -> Scope {
        let needed = steps.iter().flat_map(|&step| {
            let step = &self.steps[step];
            step.upstream.iter().chain([&step.address])
        });
        let live = needed.filter_map(|address| {
            let live = self.engine.state.records.get(address)?.live.clone()?;
            Some((address.clone(), live))
        });
        self.engine.scope.with_facts(Facts::new(live.collect()))
    }

    fn transition(&mut self, step: usize, transition: Transition) -> Result<(), RunError> {
        let kind = self.kind_of(step)?;
        let transition = transition.map_values(|values| kind.recorded(values));
        self.engine.state.apply(&self.steps[step].address, transition)?;
        self.dirty = Dirty::Yes;
        Ok(())
    }

    /// Live values that changed without anything to do are recorded first.
    fn refresh(&mut self, plan: &Plan) -> Result<(), RunError> {
        for (address, live) in &plan.seen {
            if self.engine.state.records.contains_key(address) {
                self.engine.state.apply(address, Transition::Seen { live: live.clone() })?;
                self.dirty = Dirty::Yes;
            }
        }
        Ok(())
    }

    /// The first stop: waits are dropped (their records stand), calls in flight are finished.
    fn drain(&mut self) {
        let waiting: Vec<usize> =
            self.active.iter().filter(|(_, one)| one.is_waiting()).map(|(step, _)| *step).collect();
        self.emit(Event::Stopping { in_flight: self.active.len() - waiting.len() });
        for step in waiting {
            self.stop_step(step);
        }
    }

    fn stop_step(&mut self, step: usize) {
        self.active.remove(&step);
        self.summary.stopped.push(self.steps[step].address.clone());
    }

    fn finish_step(&mut self, step: usize) {
        let Some(active) = self.active.remove(&step) else { return };
        let Step { address, action, .. } = &self.steps[step];
        let seconds = self.now().saturating_sub(active.began).as_secs();
        self.emit(Event::StepDone { address: address.clone(), action: *action, seconds });
        self.summary.done.push(self.steps[step].address.clone());
        self.schedule.done(step);
    }

    fn fail_step(&mut self, step: usize, error: StepError) {
        self.active.remove(&step);
        let StepError { address, action, why, left_behind, hint } = error.clone();
        let because = address.clone();
        self.emit(Event::StepFailed { address, action, error: why, left_behind, hint });
        self.summary.failed.push(error);
        for behind in self.schedule.behind(step) {
            let address = self.steps[behind].address.clone();
            if !self.summary.skipped.contains(&address) {
                self.summary.skipped.push(address.clone());
                self.emit(Event::StepSkipped { address, because: because.clone() });
            }
        }
    }

    fn announce(&mut self, plan: &Plan) {
        let path = self.schedule.critical_path();
        self.emit(Event::RunStarted {
            stack: plan.stack.clone(),
            steps: plan.steps.len(),
            expected_seconds: self.schedule.expected(),
            critical_path: path.iter().map(|&step| self.steps[step].address.clone()).collect(),
        });
    }

    fn close(mut self) -> Summary {
        self.summary.took = self.now().saturating_sub(self.began);
        for step in std::mem::take(&mut self.active).into_keys() {
            self.summary.stopped.push(self.steps[step].address.clone());
        }
        let Summary { done, failed, skipped, stopped, took, .. } = &self.summary;
        let ended = done.len() + failed.len() + skipped.len() + stopped.len();
        // A replacement is two steps of one address, and both may be skipped as one.
        let stopping = self.engine.stop.level() != StopLevel::Run;
        let unbegun = if stopping { self.steps.len().saturating_sub(ended) } else { 0 };
        self.emit(Event::RunFinished {
            done: done.len(),
            failed: failed.len(),
            skipped: skipped.len(),
            seconds: took.as_secs(),
            calls: self.engine.scope.aws.trace.count(),
        });
        Summary { unbegun, ..self.summary }
    }

    fn emit(&mut self, event: Event) {
        let elapsed = self.now().saturating_sub(self.began).as_secs_f64();
        let at = self.engine.scope.clock.stamp();
        self.engine.observer.observe(&Stamped { at, elapsed, event });
    }

    fn now(&self) -> Duration {
        self.engine.scope.clock.elapsed()
    }

    fn kind_of(&self, step: usize) -> Result<&'static dyn Kind, RunError> {
        let address = &self.steps[step].address;
        kind(address.kind()).ok_or_else(|| RunError::UnknownKind(address.clone()))
    }
}
