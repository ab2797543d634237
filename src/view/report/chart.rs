//! The Gantt chart, as inline SVG: one row a step, the critical path outlined, calls below.

use super::escape;
use crate::engine::Action;
use crate::timeline::{Bar, Outcome, Timeline};
use crate::view::text::duration;

const LABELS: f64 = 300.0;
const WIDTH: f64 = 1100.0;
const ROW: f64 = 16.0;
const HEAD: f64 = 24.0;
const CALLS: f64 = 60.0;

pub fn gantt(timeline: &Timeline) -> String {
    let mut bars: Vec<&Bar> = timeline.bars.iter().collect();
    bars.sort_by(|a, b| a.start.total_cmp(&b.start).then_with(|| a.end.total_cmp(&b.end)));
    let axis = Axis { seconds: timeline.seconds.max(1.0) };
    let bottom = HEAD + ROW * bars.len() as f64;
    let height = bottom + if timeline.calls.is_empty() { 8.0 } else { CALLS };
    let rows: String = bars.iter().enumerate().map(|(at, bar)| row(&axis, at, bar)).collect();
    format!(
        "<div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         aria-label=\"Gantt chart of {} steps over {}\">\n{}{rows}{}</svg></div>\n{LEGEND}",
        bars.len(),
        duration(timeline.seconds as u64),
        axis.grid(bottom),
        calls(&axis, timeline, bottom),
    )
}

const LEGEND: &str = "<p class=\"legend\"><span class=\"create\">create</span> \
    <span class=\"update\">update</span> <span class=\"delete\">delete</span> \
    <span class=\"failed\">failed</span> <span class=\"critical\">on the critical path</span> \
    <span class=\"waits\">waiting</span></p>";

struct Axis {
    seconds: f64,
}

impl Axis {
    fn x(&self, seconds: f64) -> f64 {
        LABELS + (WIDTH - LABELS - 10.0) * seconds / self.seconds
    }

    /// Lines at round moments, not more than a dozen.
    fn grid(&self, bottom: f64) -> String {
        let steps = [1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0];
        let step = steps.into_iter().find(|step| self.seconds / step <= 12.0).unwrap_or(14_400.0);
        let count = (self.seconds / step) as usize;
        let line = |at: usize| {
            let seconds = step * at as f64;
            let x = self.x(seconds);
            format!(
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{HEAD}\" y2=\"{bottom:.0}\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"14\">{}</text>\n",
                duration(seconds as u64)
            )
        };
        (0..=count).map(line).collect()
    }
}

fn row(axis: &Axis, at: usize, bar: &Bar) -> String {
    let y = HEAD + ROW * at as f64;
    let (x, end) = (axis.x(bar.start), axis.x(bar.end));
    let critical = if bar.critical { " critical" } else { "" };
    let waits: String = bar
        .waits
        .iter()
        .filter(|wait| wait.end > wait.start)
        .map(|wait| {
            let (x, width) = (axis.x(wait.start), axis.x(wait.end) - axis.x(wait.start));
            format!(
                "<rect class=\"waits\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"4\"/>",
                y + ROW - 6.0
            )
        })
        .collect();
    let retries: String = bar
        .retries
        .iter()
        .map(|retry| {
            let x = axis.x(retry.at);
            format!("<circle class=\"retry\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"2.5\"/>", y + ROW / 2.0)
        })
        .collect();
    format!(
        "<g><title>{}</title><text class=\"label\" x=\"{:.0}\" y=\"{:.1}\">{}</text>\
         <rect class=\"{}{critical}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" rx=\"2\"/>\
         {waits}{retries}</g>\n",
        escape(&told(bar)),
        LABELS - 8.0,
        y + ROW - 4.5,
        escape(bar.address.as_str()),
        class(bar),
        y + 2.0,
        (end - x).max(1.5),
        ROW - 4.0,
    )
}

fn class(bar: &Bar) -> &'static str {
    match (&bar.outcome, bar.action) {
        (Outcome::Failed(_), _) => "failed",
        (Outcome::NotBegun, _) => "none",
        (_, Action::Create) => "create",
        (_, Action::Update | Action::Await) => "update",
        (_, Action::Delete) => "delete",
    }
}

/// What a pointer on the row shows.
fn told(bar: &Bar) -> String {
    let action = format!("{:?}", bar.action).to_lowercase();
    let mut lines = vec![
        format!("{action} {}", bar.address),
        format!("from {} for {}", duration(bar.start as u64), duration(bar.seconds() as u64)),
    ];
    lines.push(match bar.critical {
        true => "on the critical path".to_owned(),
        false => format!("{} to spare", duration(bar.slack as u64)),
    });
    if let Outcome::Failed(why) = &bar.outcome {
        lines.push(format!("failed: {why}"));
    }
    lines.extend(bar.waits.iter().map(|wait| format!("waited: {}", wait.reason)));
    lines.join("\n")
}

/// Calls a slice of time, as a row of columns.
fn calls(axis: &Axis, timeline: &Timeline, bottom: f64) -> String {
    const SLICES: usize = 100;
    if timeline.calls.is_empty() {
        return String::new();
    }
    let mut slices = [0_usize; SLICES];
    for call in &timeline.calls {
        let at = (call.at / axis.seconds * SLICES as f64) as usize;
        slices[at.min(SLICES - 1)] += 1;
    }
    let most = slices.iter().copied().max().unwrap_or(1).max(1);
    let slice = axis.seconds / SLICES as f64;
    let columns: String = slices
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(at, count)| {
            let height = 36.0 * *count as f64 / most as f64;
            let (x, next) = (axis.x(at as f64 * slice), axis.x((at + 1) as f64 * slice));
            format!(
                "<rect class=\"calls\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
                 height=\"{height:.1}\"><title>{count} calls</title></rect>",
                bottom + 52.0 - height,
                next - x - 0.5,
            )
        })
        .collect();
    format!(
        "<text class=\"label\" x=\"{:.0}\" y=\"{:.0}\">API calls</text>{columns}\n",
        LABELS - 8.0,
        bottom + 48.0
    )
}
