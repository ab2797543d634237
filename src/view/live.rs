//! The live view: what runs, for how long, what it waits for, the time left; finished lines scroll
//! up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::progress::ended;
use super::text::{DIM, duration, paint};
use crate::address::Address;
use crate::event::{Event, Observer, Stamped};

/// How many running steps are shown at once.
const SHOWN: usize = 12;

/// A view on a terminal.
pub struct Live {
    bars: MultiProgress,
    total: ProgressBar,
    running: BTreeMap<Address, ProgressBar>,
    critical: Vec<Address>,
    expected: u64,
    /// AWS seconds per second: a sandbox runs faster than real.
    scale: f64,
    began: Instant,
}

impl Live {
    pub fn new(scale: f64) -> Self {
        Self::on(ProgressDrawTarget::stderr_with_hz(12), scale)
    }

    /// On another terminal than this process's.
    #[allow(clippy::disallowed_methods, reason = "a view may look at the wall clock")]
    pub fn on(target: ProgressDrawTarget, scale: f64) -> Self {
        let bars = MultiProgress::with_draw_target(target);
        let total = bars.add(ProgressBar::new(0));
        total.set_style(style("{bar:28.green/dim} {pos}/{len} steps  {msg}"));
        total.enable_steady_tick(Duration::from_millis(200));
        let (running, critical) = (BTreeMap::new(), Vec::new());
        Self { bars, total, running, critical, expected: 0, scale, began: Instant::now() }
    }

    fn started(&mut self, address: &Address, typical: u64) {
        if self.running.len() >= SHOWN || typical < 2 {
            return;
        }
        let bar = self.bars.insert_before(&self.total, ProgressBar::new_spinner());
        let mark = if self.critical.contains(address) { "★" } else { " " };
        bar.set_style(style(&format!("  {{spinner:.cyan}} {mark} {{prefix}}  {{wide_msg:.dim}}")));
        bar.set_prefix(format!("{address:<34}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        self.running.insert(address.clone(), bar);
    }

    fn ended(&mut self, address: &Address, event: &Event) {
        if let Some(bar) = self.running.remove(address) {
            bar.finish_and_clear();
        }
        self.total.inc(1);
        if let Some(line) = ended(event) {
            // A terminal that has gone away changes nothing about the run.
            let _ = self.bars.println(format!("  {line}"));
        }
    }

    fn say(&self, address: &Address, reason: &str) {
        if let Some(bar) = self.running.get(address) {
            bar.set_message(reason.to_owned());
        }
    }

    fn left(&self) -> String {
        let spent = self.began.elapsed().mul_f64(self.scale).as_secs();
        let left = match self.expected.saturating_sub(spent) {
            0 => "longer than usual".to_owned(),
            left => format!("about {} left", duration(left)),
        };
        format!("{}  {}", duration(spent), paint(DIM, &left))
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for Live {
    fn observe(&mut self, stamped: &Stamped) {
        match &stamped.event {
            Event::RunStarted { steps, expected_seconds, critical_path, .. } => {
                self.expected = *expected_seconds;
                self.critical.clone_from(critical_path);
                self.total.set_length(*steps as u64);
            }
            Event::StepStarted { address, typical_seconds, .. } => {
                self.started(address, *typical_seconds);
            }
            Event::StepWaiting { address, reason } | Event::StepRetrying { address, reason } => {
                self.say(address, reason);
            }
            event @ (Event::StepDone { address, .. }
            | Event::StepFailed { address, .. }
            | Event::StepSkipped { address, .. }) => self.ended(address, event),
            Event::Stopping { in_flight } => {
                let text = format!("  stopping: {in_flight} calls in flight are finished");
                let _ = self.bars.println(text);
            }
            Event::RunFinished { .. } => self.total.finish_and_clear(),
        }
        self.total.set_message(self.left());
    }
}
