//! A run as one self-contained page: a Gantt chart of its steps, what they waited for, the calls, and
//! what it did to the bill.

mod bill;
mod chart;

use std::collections::BTreeMap;

use super::text::duration;
use crate::cost::forecast::Forecast;
use crate::timeline::{Bar, Explanation, Nature, Outcome, Timeline, explain};

const STYLE: &str = include_str!("report/style.css");

/// The page. It loads nothing and runs no script.
pub fn report(timeline: &Timeline, cost: &Forecast) -> String {
    let title = title(timeline);
    let parts = [
        facts(timeline, cost),
        section("Timeline", &chart::gantt(timeline)),
        section("Cost", &bill::bill(cost)),
        section("What decided the end", &decided(&explain(timeline))),
        section("Waits and retries", &troubles(timeline)),
        section("API calls", &calls(timeline)),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{}\n</main>\n</body>\n</html>\n",
        parts.join("\n")
    )
}

fn title(timeline: &Timeline) -> String {
    let verb = format!("{:?}", timeline.verb).to_lowercase();
    let nature = match timeline.nature {
        Nature::Predicted => " (predicted)",
        Nature::Recorded => "",
    };
    escape(&format!("edxaws {verb} {}{nature}", timeline.stack))
}

fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<h2>{title}</h2>\n{body}") }
}

fn facts(timeline: &Timeline, cost: &Forecast) -> String {
    let count =
        |fits: fn(&Outcome) -> bool| timeline.bars.iter().filter(|bar| fits(&bar.outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let stopped = count(|outcome| matches!(outcome, Outcome::Stopped));
    let ratio = timeline.seconds / timeline.bound.max(1.0);
    let mut facts = vec![
        ("took", duration(timeline.seconds as u64)),
        (
            "longest chain",
            format!("{} (took {ratio:.2} times that)", duration(timeline.bound as u64)),
        ),
        ("steps", timeline.bars.len().to_string()),
        ("failed", failed.to_string()),
        ("stopped", stopped.to_string()),
        ("API calls", timeline.calls.len().to_string()),
        ("a month", bill::in_short(cost)),
    ];
    if let Some(began) = timeline.began {
        facts.insert(0, ("began", began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()));
    }
    let cells = facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)));
    format!("<dl class=\"facts\">{}</dl>", cells.collect::<String>())
}

fn decided(explanation: &Explanation) -> String {
    let rows = explanation.path.iter().filter(|link| link.seconds >= 0.5).map(|link| {
        [
            code(link.address.as_str()),
            duration(link.start as u64),
            duration(link.seconds as u64),
            duration(link.worth as u64),
        ]
    });
    let head = ["Step", "Began at", "Took", "The end would come earlier by, if it took no time"];
    let near = explanation.near.iter().map(|near| {
        format!("{} ({} to spare)", code(near.address.as_str()), duration(near.slack as u64))
    });
    let near = near.collect::<Vec<_>>().join(", ");
    let near = if near.is_empty() { near } else { format!("<p>Next in line: {near}.</p>") };
    format!("{}{near}", table(&head, rows))
}

fn troubles(timeline: &Timeline) -> String {
    let line = |bar: &Bar, at: f64, took: Option<f64>, what: &str| {
        [
            code(bar.address.as_str()),
            duration(at as u64),
            took.map_or_else(String::new, |took| duration(took as u64)),
            escape(what),
        ]
    };
    let rows = timeline.bars.iter().flat_map(|bar| {
        let waits = bar.waits.iter().filter(|wait| wait.end - wait.start >= 1.0);
        let waits = waits.map(|w| line(bar, w.start, Some(w.end - w.start), &w.reason));
        let retries =
            bar.retries.iter().map(|r| line(bar, r.at, None, &format!("again: {}", r.reason)));
        let failed = match &bar.outcome {
            Outcome::Failed(why) => Some(line(bar, bar.end, None, &format!("failed: {why}"))),
            _ => None,
        };
        waits.chain(retries).chain(failed).collect::<Vec<_>>()
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        String::new()
    } else {
        table(&["Step", "At", "Lasted", "Why"], rows.into_iter())
    }
}

fn calls(timeline: &Timeline) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for call in &timeline.calls {
        *counts.entry((&call.service, &call.action)).or_default() += 1;
    }
    if counts.is_empty() {
        return String::new();
    }
    let rows = counts
        .iter()
        .map(|((service, action), count)| [escape(service), escape(action), count.to_string()]);
    table(&["Service", "Call", "Times"], rows)
}

fn table<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let head: String = head.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>")).collect();
    let rows: String = rows
        .map(|row| {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!(
        "<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>"
    )
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
