//! Which waits the end of the run hangs on, and what they may count on for it.

use std::time::Duration;

use super::Run;
use super::node::Active;
use crate::engine::poll::Share;

/// Ends so near to the last one may yet become it.
const NEAR: Duration = Duration::from_secs(30);

/// What the waits that the end of the run hangs on count on together, of all savings. The rest is for
/// those that lead later: an add-on of a minute ends as much after its last look as a cluster does.
const LEADING: f64 = 0.8;
/// The same when nobody else waits: most end before they have spent it.
const ALONE: f64 = 1.5;
/// What each other wait counts on.
const FOLLOWING: f64 = 0.5;
/// How finely those look that the end hangs on.
const FINE: f64 = 180.0;
/// And the others: of the longest of them a few seconds more are nothing to anybody.
const COARSE: f64 = 45.0;

/// The end that the run is heading for.
#[derive(Debug, Default)]
pub(super) struct Lead {
    end: Duration,
    /// How many waits lead there.
    waits: u32,
    /// How many do not.
    others: u32,
}

impl Run<'_, '_> {
    /// Reckons anew when the run is likely to end: everything that has not begun is behind a step
    /// that has.
    pub(super) fn reckon_end(&mut self) {
        let ends = self.active.iter().map(|(&step, active)| self.likely_end(step, active));
        self.lead.end = ends.max().unwrap_or_default();
        let waiting = self.active.iter().filter(|(_, active)| active.is_waiting());
        let (mut waits, mut others) = (0, 0);
        for (&step, active) in waiting {
            *if self.heads_for_it(step, active) { &mut waits } else { &mut others } += 1;
        }
        (self.lead.waits, self.lead.others) = (waits, others);
    }

    /// What a wait may make of all savings.
    pub(super) fn share(&self, step: usize) -> Share {
        let Lead { waits, others, .. } = self.lead;
        let leads = |active: &Active| self.heads_for_it(step, active);
        if !self.active.get(&step).is_some_and(leads) {
            return Share { part: FOLLOWING, finest: COARSE };
        }
        let together = if others == 0 { ALONE } else { LEADING };
        Share { part: together / f64::from(waits.max(1)), finest: FINE }
    }

    fn heads_for_it(&self, step: usize, active: &Active) -> bool {
        self.likely_end(step, active) + NEAR >= self.lead.end
    }

    /// When everything behind this step is likely to be done; whoever is late ends now.
    fn likely_end(&self, step: usize, active: &Active) -> Duration {
        let seconds = |step: usize| Duration::from_secs(self.schedule.remaining(step));
        let next = self.schedule.next(step).map(seconds).max().unwrap_or_default();
        (active.began + seconds(step)).max(self.now() + next)
    }
}
