//! Which waits the end of the run hangs on.

use std::time::Duration;

use super::Run;
use super::node::Active;

/// Ends so near to the last one may yet become it.
const NEAR: Duration = Duration::from_secs(30);

/// The end that the run is heading for.
#[derive(Debug, Default)]
pub(super) struct Lead {
    end: Duration,
    /// How many waits lead there.
    waits: u32,
}

impl Run<'_, '_> {
    /// Reckons anew when the run is likely to end: everything that has not begun is behind a step
    /// that has.
    pub(super) fn reckon_end(&mut self) {
        let ends = self.active.iter().map(|(&step, active)| self.likely_end(step, active));
        self.lead.end = ends.max().unwrap_or_default();
        let waiting = self.active.iter().filter(|(_, active)| active.is_waiting());
        let leading = waiting.filter(|&(&step, active)| self.heads_for_it(step, active));
        self.lead.waits = u32::try_from(leading.count()).unwrap_or(u32::MAX);
    }

    /// How many waits, this one among them, the end of the run hangs on; none when it does not hang
    /// on this one.
    pub(super) fn leading(&self, step: usize) -> Option<u32> {
        let active = self.active.get(&step)?;
        self.heads_for_it(step, active).then_some(self.lead.waits.max(1))
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
