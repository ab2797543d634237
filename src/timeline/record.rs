//! Watching a run and putting it on a time axis.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Bar, CallAt, Nature, Outcome, Retry, Timeline, Wait};
use crate::address::Address;
use crate::engine::{Action, Plan};
use crate::event::{Event, Stamped};

/// Collects what happens in a run of one plan.
#[derive(Debug)]
pub struct Recorder {
    timeline: Timeline,
    index: BTreeMap<(Address, Action), usize>,
}

impl Recorder {
    pub fn of(plan: &Plan) -> Self {
        let bars = plan.steps.iter().map(|step| Bar {
            address: step.address.clone(),
            action: step.action,
            start: 0.0,
            end: 0.0,
            outcome: Outcome::NotBegun,
            needs: step.needs.clone(),
            critical: false,
            slack: 0.0,
            waits: Vec::new(),
            retries: Vec::new(),
        });
        let index = plan.steps.iter().enumerate();
        let index = index.map(|(at, step)| ((step.address.clone(), step.action), at)).collect();
        let timeline = Timeline {
            stack: plan.stack.clone(),
            verb: plan.verb,
            nature: Nature::Recorded,
            began: None,
            seconds: 0.0,
            bound: 0.0,
            bars: bars.collect(),
            calls: Vec::new(),
        };
        Self { timeline, index }
    }

    pub fn observe(&mut self, stamped: &Stamped) {
        let Stamped { at, elapsed, event } = stamped;
        self.timeline.began.get_or_insert_with(|| begin(*at, *elapsed));
        self.timeline.seconds = self.timeline.seconds.max(*elapsed);
        match event {
            Event::StepStarted { address, action, .. } => {
                if let Some(bar) = self.bar(address, *action) {
                    (bar.start, bar.end, bar.outcome) = (*elapsed, *elapsed, Outcome::Stopped);
                }
            }
            Event::StepWaiting { address, reason } => {
                if let Some(bar) = self.running(address) {
                    close(bar, *elapsed);
                    let (start, end, reason) = (*elapsed, *elapsed, reason.clone());
                    bar.waits.push(Wait { start, end, reason });
                }
            }
            Event::StepRetrying { address, reason } => {
                if let Some(bar) = self.running(address) {
                    bar.retries.push(Retry { at: *elapsed, reason: reason.clone() });
                }
            }
            Event::StepDone { address, action, .. } => {
                self.end(address, *action, *elapsed, Outcome::Done);
            }
            Event::StepFailed { address, action, error, .. } => {
                self.end(address, *action, *elapsed, Outcome::Failed(error.clone()));
            }
            Event::RunStarted { .. }
            | Event::StepSkipped { .. }
            | Event::Stopping { .. }
            | Event::RunFinished { .. } => {}
        }
    }

    /// The run as it was; `calls` are counted from its beginning.
    pub fn finish(mut self, calls: Vec<CallAt>) -> Timeline {
        let end = self.timeline.seconds;
        for bar in &mut self.timeline.bars {
            match bar.outcome {
                Outcome::Stopped => (bar.end, ()) = (end, close(bar, end)),
                Outcome::NotBegun => (bar.start, bar.end) = (end, end),
                _ => {}
            }
        }
        self.timeline.calls = calls;
        self.timeline.reckoned()
    }

    fn end(&mut self, address: &Address, action: Action, at: f64, outcome: Outcome) {
        if let Some(bar) = self.bar(address, action) {
            close(bar, at);
            (bar.end, bar.outcome) = (at, outcome);
        }
    }

    fn bar(&mut self, address: &Address, action: Action) -> Option<&mut Bar> {
        let at = *self.index.get(&(address.clone(), action))?;
        self.timeline.bars.get_mut(at)
    }

    /// An address may be deleted and created in one run: the step that runs is meant.
    fn running(&mut self, address: &Address) -> Option<&mut Bar> {
        let runs = |bar: &&mut Bar| bar.address == *address && bar.outcome == Outcome::Stopped;
        self.timeline.bars.iter_mut().find(runs)
    }
}

fn begin(at: Timestamp, elapsed: f64) -> Timestamp {
    let ago = jiff::SignedDuration::from_secs_f64(elapsed);
    at.checked_sub(ago).unwrap_or(at)
}

/// Ends the wait that is open.
fn close(bar: &mut Bar, at: f64) {
    if let Some(wait) = bar.waits.last_mut()
        && wait.end <= wait.start
    {
        wait.end = at;
    }
}
