//! Which waits the end of the run hangs on, and what they may count on for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Run;
use super::node::{Active, Stage};
use crate::durations::Range;
use crate::engine::plan::Action;
use crate::engine::poll::{SHORTEST, Share};

/// Ends so near to the last one may yet become it.
const NEAR: Duration = Duration::from_secs(30);

/// How much more of the savings a wait counts on than is due to it: most end long before the latest
/// end, and what they leave is nobody's.
const EARLY: f64 = 2.5;
/// How finely those look that the end hangs on.
const FINE: f64 = 180.0;

/// The others: of the longest of them a few seconds more are nothing to anybody.
const OTHERS: Share = Share { part: 0.6, finest: 35.0, shortest: 1.4 };

/// The end that the run is heading for.
#[derive(Debug, Default)]
pub(super) struct Lead {
    end: Duration,
    /// The waits that lead there. Of those that the same step waits for, the last one: it cannot begin
    /// before that ends, however finely one looks at the others.
    waits: BTreeSet<usize>,
}

impl Run<'_, '_> {
    /// Books what all waits have saved by now.
    pub(super) fn reckon_savings(&mut self) {
        let now = self.now();
        for active in self.active.values_mut() {
            if let Stage::Waiting { since, looks, .. } = &mut active.stage {
                self.summary.reads.accrue(looks, now.saturating_sub(*since));
            }
        }
    }

    /// Reckons anew when the run is likely to end: everything that has not begun is behind a step
    /// that has.
    pub(super) fn reckon_end(&mut self) {
        let ends = self.active.iter().map(|(&step, active)| self.likely_end(step, active));
        self.lead.end = ends.max().unwrap_or_default();
        let waits = self.leading();
        let before = std::mem::replace(&mut self.lead.waits, waits);
        let new: Vec<usize> = self.lead.waits.difference(&before).copied().collect();
        new.into_iter().for_each(|step| self.look_soon(step));
    }

    fn leading(&self) -> BTreeSet<usize> {
        let mut last: BTreeMap<Option<usize>, (Duration, usize)> = BTreeMap::new();
        for (&step, active) in self.active.iter().filter(|(_, active)| active.is_waiting()) {
            let end = self.likely_end(step, active);
            if end + NEAR < self.lead.end {
                continue;
            }
            let known = last.entry(self.longest_way(step)).or_insert((end, step));
            if end > known.0 {
                *known = (end, step);
            }
        }
        last.into_values().map(|(_, step)| step).collect()
    }

    /// While others led nobody looked closely: it may have ended since.
    fn look_soon(&mut self, step: usize) {
        let now = self.now();
        let Some(Stage::Waiting { wait, since, .. }) = self.active.get(&step).map(|one| one.stage)
        else {
            return;
        };
        let likely =
            |(least, _, _)| now.saturating_sub(since) >= Duration::from_secs(u64::from(least));
        if !self.range(step, wait).is_some_and(likely) {
            return;
        }
        if let Some(Stage::Waiting { next, .. }) =
            self.active.get_mut(&step).map(|one| &mut one.stage)
        {
            *next = now.min(*next);
        }
    }

    /// What a wait may make of all savings: one that leads shares them with those that lead with it and
    /// with those that follow on its way, each as uncertain as it is.
    pub(super) fn share(&self, step: usize) -> Share {
        let waits = &self.lead.waits;
        if !waits.contains(&step) {
            return OTHERS;
        }
        let own = self.uncertain(step);
        let way = std::iter::successors(Some(step), |&step| self.longest_way(step));
        let all: f64 = way.map(|step| self.uncertain(step)).sum();
        let part = EARLY * own / all.max(1.0) / waits.len().max(1) as f64;
        Share { part, finest: FINE, shortest: SHORTEST }
    }

    /// The least is lost over all waits of a way when each has looks by the square root of the time in
    /// which it is likely to end.
    fn uncertain(&self, step: usize) -> f64 {
        self.usual(step)
            .map_or(0.0, |(least, usual, _)| f64::from(usual.saturating_sub(least)).sqrt())
    }

    fn usual(&self, step: usize) -> Option<Range> {
        let kind = self.kind_of(step).ok()?;
        match self.steps[step].action {
            Action::Create => Some(self.engine.durations.create(kind)),
            Action::Delete => Some(self.engine.durations.delete(kind)),
            Action::Update | Action::Await => None,
        }
    }

    /// The next step on the longest way from this one to the end.
    fn longest_way(&self, step: usize) -> Option<usize> {
        self.schedule.next(step).max_by_key(|&next| self.schedule.remaining(next))
    }

    /// When everything behind this step is likely to be done; whoever is late ends now.
    fn likely_end(&self, step: usize, active: &Active) -> Duration {
        let seconds = |step: usize| Duration::from_secs(self.schedule.remaining(step));
        let next = self.longest_way(step).map(seconds).unwrap_or_default();
        (active.began + seconds(step)).max(self.now() + next)
    }
}
