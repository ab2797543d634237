//! What decided how long a run took, for a terminal; and a plan's expected course as bars.

use super::text::{BOLD, DIM, Table, duration, paint};
use crate::timeline::{Bar, Explanation, Timeline};

/// The critical path, what each link of it is worth, and what comes next.
pub fn explanation(explanation: &Explanation) -> String {
    let Explanation { seconds, bound, path, near } = explanation;
    let mut table = Table::new(["CRITICAL PATH", "AT", "TOOK", "WORTH"]);
    for link in path.iter().filter(|link| link.seconds >= 0.5) {
        table.row([
            link.address.to_string(),
            duration(link.start as u64),
            duration(link.seconds as u64),
            duration(link.worth as u64),
        ]);
    }
    let mut text = format!(
        "\n{}\n{}",
        paint(
            BOLD,
            &format!(
                "took {}, the longest chain is {}",
                duration(*seconds as u64),
                duration(*bound as u64)
            )
        ),
        table.render()
    );
    text.push_str(&paint(DIM, "WORTH: how much earlier the end would come if it took no time\n"));
    if !near.is_empty() {
        let near =
            near.iter().map(|one| format!("{} ({})", one.address, duration(one.slack as u64)));
        let near = near.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("next in line, with time to spare: {near}\n"));
    }
    text
}

/// Columns of the chart.
const COLUMNS: usize = 60;
/// Steps shorter than this are left out: they are many and decide nothing.
const LEAST: f64 = 5.0;

/// The expected course of a plan: one line for each step that takes time.
pub fn chart(timeline: &Timeline) -> String {
    let mut bars: Vec<&Bar> =
        timeline.bars.iter().filter(|bar| bar.seconds() >= LEAST || bar.critical).collect();
    bars.sort_by(|a, b| a.start.total_cmp(&b.start).then_with(|| b.end.total_cmp(&a.end)));
    let width = bars.iter().map(|bar| bar.address.as_str().len()).max().unwrap_or(0);
    let scale = COLUMNS as f64 / timeline.seconds.max(1.0);
    let line = |bar: &&Bar| {
        let before = (bar.start * scale) as usize;
        let long = ((bar.seconds() * scale).round() as usize).clamp(1, COLUMNS);
        let (mark, star) = if bar.critical { ("█", "*") } else { ("▒", " ") };
        let chart = format!("{}{}", " ".repeat(before.min(COLUMNS)), mark.repeat(long));
        format!("{star} {:width$}  {chart} {}\n", bar.address, duration(bar.seconds() as u64))
    };
    let left_out = timeline.bars.len() - bars.len();
    let chart: String = bars.iter().map(line).collect();
    let note = format!(
        "* decides the end, after about {}; {left_out} steps of less than {LEAST} s are left out\n",
        duration(timeline.seconds as u64)
    );
    format!("\n{chart}{}", paint(DIM, &note))
}
