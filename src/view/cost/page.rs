//! An estimate as one HTML page that needs nothing else: no script, no font, no address.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::alike::{Alike, alike};
use super::chart::chart;
use super::money::{at_least, dollars, number, range, small};
use super::{is_shown, quantity};
use crate::cost::advice::Saving;
use crate::cost::{Estimate, Line, Report, Total};

const CSS: &str = include_str!("page.css");

/// The whole document; one section for each report.
pub fn page(reports: &[Report]) -> String {
    let titles: Vec<&str> = reports.iter().map(|report| report.title.as_str()).collect();
    let title = format!("Cost of {}", titles.join(", "));
    let body: String = reports.iter().map(section).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{CSS}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escaped(&title)
    )
}

/// Text as it stands in HTML, in elements and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn section(report: &Report) -> String {
    let total = report.estimate.total();
    let mut html = format!(
        "<section>\n<h1>{}</h1>\n<p class=\"soft\">{}, a month of 730 hours, USD before tax</p>\n\
         <p class=\"total\">{}</p>\n",
        escaped(&report.title),
        escaped(&report.estimate.region),
        at_least(&total, dollars(total.usd.expected))
    );
    html.push_str(&below_total(report, &total));
    html.push_str(&chart(&report.estimate));
    html.push_str(&savings(&report.savings));
    html.push_str(&table(&report.estimate));
    html.push_str(&closing(report));
    html.push_str("</section>\n");
    html
}

fn below_total(report: &Report, total: &Total) -> String {
    let mut html = String::new();
    if !total.usd.is_exact() {
        let _ = writeln!(html, "<p>{}, as the node groups scale</p>", range(total.usd));
    }
    if total.missing > 0 {
        let _ = writeln!(
            html,
            "<p class=\"warn\">{} lines have no price in the book and are not counted</p>",
            total.missing
        );
    }
    if let (Some(each), Some(learners)) = (report.by_learner(), report.learners) {
        let (each, learners) = (small(each.expected), number(learners.into()));
        let _ = writeln!(html, "<p>{each} for each of {learners} active learners</p>");
    }
    html
}

fn savings(savings: &[Saving]) -> String {
    if savings.is_empty() {
        return String::new();
    }
    let mut html = "<h2>Cheaper</h2>\n<ul>\n".to_owned();
    for saving in savings {
        let (usd, when) = match saving.since {
            None => (-saving.usd, String::new()),
            Some(date) => (saving.usd, format!("avoided after {date}: ")),
        };
        let _ = writeln!(
            html,
            "<li><span class=\"gift\">{}</span> {when}{}</li>",
            dollars(usd),
            escaped(&saving.what)
        );
    }
    html.push_str("</ul>\n");
    html
}

fn table(estimate: &Estimate) -> String {
    let mut html = "<h2>Components</h2>\n<div class=\"scroll\">\n<table>\n<caption>Every component \
                    by part; * depends on use as assumed</caption>\n<thead><tr><th \
                    scope=\"col\">Component</th><th scope=\"col\" class=\"n\">Quantity</th><th \
                    scope=\"col\">Unit</th><th scope=\"col\" class=\"n\">Monthly</th></tr></thead>\n\
                    <tbody>\n"
        .to_owned();
    for (part, resources) in estimate.parts() {
        let sum: Total = resources.iter().flat_map(|one| &one.lines).collect();
        html.push_str(&heading("part", part, &sum));
        for resource in alike(&resources) {
            html.push_str(&rows(&resource));
        }
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}

fn rows(resource: &Alike) -> String {
    let mut html = heading("one", &resource.name, &resource.lines.iter().collect());
    html.extend(resource.lines.iter().filter(|line| is_shown(line)).map(row));
    html
}

fn heading(class: &str, what: &str, sum: &Total) -> String {
    format!(
        "<tr class=\"{class}\"><th scope=\"row\" colspan=\"3\">{}</th><td class=\"n\">{}</td></tr>\n",
        escaped(what),
        at_least(sum, dollars(sum.usd.expected))
    )
}

fn row(line: &Line) -> String {
    let mark = if line.is_usage() { " *" } else { "" };
    let usd = match (line.monthly(), line.unit_usd()) {
        (Some(usd), _) => dollars(usd.expected),
        (None, Some(each)) => format!("depends on usage: ${} each", each.expected.normalize()),
        (None, None) => "no price in the book".to_owned(),
    };
    format!(
        "<tr class=\"line\"><th scope=\"row\">{}{mark}</th><td class=\"n\">{}</td><td>{}</td><td \
         class=\"n\">{usd}</td></tr>\n",
        escaped(&line.name),
        line.amount.quantity.map_or_else(String::new, quantity),
        escaped(line.unit)
    )
}

fn closing(report: &Report) -> String {
    let mut html = String::new();
    if let Some(stays) = &report.stays {
        let total = stays.total();
        if total.usd.expected > Decimal::ZERO || !total.is_whole() {
            let usd = at_least(&total, dollars(total.usd.expected));
            let _ = writeln!(html, "<p>Still billed after <code>edxaws destroy</code>: {usd}</p>");
        }
    }
    for note in &report.estimate.notes {
        let _ = writeln!(html, "<p class=\"soft\">{}</p>", escaped(note));
    }
    let prices = &report.prices;
    let _ = writeln!(html, "<p class=\"soft\">Prices of {}</p>", prices.date);
    if prices.are_stale() {
        let _ = writeln!(
            html,
            "<p class=\"warn\">The prices are {} days old; <code>edxaws prices refresh</code> reads \
             newer ones</p>",
            prices.age_days
        );
    }
    html
}
