//! An estimate for people: a table by part, totals, drivers, savings, what stays.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::text::{BOLD, DIM, GREEN, YELLOW, count, paint};
use crate::cost::advice::Saving;
use crate::cost::book::STALE_DAYS;
use crate::cost::{Basis, Estimate, Line, Priced, Prices, Report, Span, Total};

mod alike;
mod beside;
mod bill;
mod chart;
mod money;
mod odd;
mod page;

pub use beside::side_by_side;
pub use bill::bill;
pub use money::{at_least, dollars};
pub use odd::odd;
pub use page::page;

use alike::{Alike, alike};
use money::{number, range};

/// The whole report.
pub fn cost(report: &Report) -> String {
    let mut text = format!(
        "{} in {}, a month of 730 hours, USD before tax\n\n",
        paint(BOLD, &report.title),
        report.estimate.region
    );
    text.push_str(&table(&report.estimate));
    text.push_str(&totals(report));
    text.push_str(&drivers(&report.estimate));
    text.push_str(&savings(&report.savings));
    text.push_str(&stays(report));
    text.push_str(&closing(report));
    text
}

/// One row: what, how much, of what, for how much.
struct Row {
    cells: [String; 4],
    heading: Option<usize>,
}

fn table(estimate: &Estimate) -> String {
    let mut rows = vec![Row {
        cells: ["COMPONENT", "QUANTITY", "UNIT", "MONTHLY"].map(str::to_owned),
        heading: None,
    }];
    for (part, resources) in estimate.parts() {
        let sum: Total = resources.iter().flat_map(|one| &one.lines).collect();
        rows.push(heading(part, &sum, 0));
        for resource in alike(&resources) {
            resource_rows(&mut rows, &resource);
        }
    }
    render(&rows)
}

fn heading(what: &str, sum: &Total, depth: usize) -> Row {
    let usd = at_least(sum, dollars(sum.usd.expected));
    let cells = [what.to_owned(), String::new(), String::new(), usd];
    Row { cells, heading: Some(depth) }
}

fn resource_rows(rows: &mut Vec<Row>, resource: &Alike) {
    let shown: Vec<&Line> = resource.lines.iter().filter(|line| is_shown(line)).collect();
    if shown.is_empty() {
        return;
    }
    rows.push(heading(&format!("  {}", resource.name), &resource.lines.iter().collect(), 1));
    rows.extend(shown.into_iter().map(|line| Row { cells: cells(line), heading: None }));
}

/// What comes to nothing is left out, unless nobody knows.
fn is_shown(line: &Line) -> bool {
    line.amount.quantity.is_none_or(|quantity| quantity != Span::ZERO)
}

fn cells(line: &Line) -> [String; 4] {
    let mark = if line.is_usage() { " *" } else { "" };
    let quantity = line.amount.quantity.map_or_else(String::new, quantity);
    let usd = match (line.monthly(), line.unit_usd()) {
        (Some(usd), _) => dollars(usd.expected),
        (None, Some(each)) => {
            format!("depends on usage: ${} each", each.expected.normalize())
        }
        (None, None) => "no price in the book".to_owned(),
    };
    [format!("    {}{mark}", line.name), quantity, line.unit.to_owned(), usd]
}

fn quantity(span: Span) -> String {
    match span.is_exact() {
        true => number(span.expected),
        false => {
            format!("{} ({}–{})", number(span.expected), number(span.least), number(span.most))
        }
    }
}

/// Text to the left, numbers to the right, headings painted after they are measured.
fn render(rows: &[Row]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row.cells[column].chars().count()).max().unwrap_or(0);
    let [name, amount, unit, usd] = [0, 1, 2, 3].map(width);
    let line = |row: &Row| {
        let [a, b, c, d] = &row.cells;
        let text = format!("{a:<name$}  {b:>amount$}  {c:<unit$}  {d:>usd$}\n");
        match row.heading {
            Some(0) => paint(BOLD, &text),
            Some(_) => text,
            None => paint(DIM, &text),
        }
    };
    rows.iter().map(line).collect()
}

fn totals(report: &Report) -> String {
    let total = report.estimate.total();
    let mut text = format!(
        "\n{} {}\n",
        paint(BOLD, "total a month:"),
        paint(BOLD, &at_least(&total, dollars(total.usd.expected)))
    );
    if !total.usd.is_exact() {
        let _ = writeln!(text, "  from {} as the node groups scale", range(total.usd));
    }
    if total.missing > 0 {
        let lines = count(total.missing, "line");
        let what = format!("  at least: {lines} without a price in the book, not counted\n");
        text.push_str(&paint(YELLOW, &what));
    }
    if total.unstated > 0 {
        let _ = writeln!(text, "  {} on usage, not counted", depends(total.unstated));
    }
    if let (Some(each), Some(learners)) = (report.by_learner(), report.learners) {
        let _ = writeln!(
            text,
            "  per active learner, of {}: {} ({})",
            number(learners.into()),
            at_least(&total, money::small(each.expected)),
            format_args!("{} to {}", money::small(each.least), money::small(each.most))
        );
    }
    text
}

fn depends(lines: usize) -> String {
    let verb = if lines == 1 { "depends" } else { "depend" };
    format!("{} {verb}", count(lines, "line"))
}

fn drivers(estimate: &Estimate) -> String {
    let drivers = estimate.drivers(3);
    if drivers.is_empty() {
        return String::new();
    }
    let whole = estimate.total().usd.expected;
    let mut text = format!("\n{}\n", paint(BOLD, "biggest:"));
    for (resource, line, usd) in drivers {
        let share = (usd.expected * Decimal::ONE_HUNDRED).checked_div(whole).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {:>12}  {:>3} %  {}: {}",
            dollars(usd.expected),
            share.round(),
            resource.name,
            line.name
        );
    }
    text
}

fn savings(savings: &[Saving]) -> String {
    if savings.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint(BOLD, "cheaper:"));
    for saving in savings {
        let (usd, when) = match saving.since {
            None => (-saving.usd, String::new()),
            Some(date) => (saving.usd, format!("avoided after {date}: ")),
        };
        let usd = paint(GREEN, &format!("{:>12}", dollars(usd)));
        let _ = writeln!(text, "  {usd}  {when}{}", saving.what);
    }
    text
}

fn stays(report: &Report) -> String {
    let Some(stays) = &report.stays else { return String::new() };
    let total = stays.total();
    let billed: Vec<&Priced> = stays
        .resources
        .iter()
        .filter(|one| one.lines.iter().any(is_shown) && one.kind != "allowance")
        .collect();
    if billed.is_empty() {
        return "\nnothing is billed any more after `edxaws destroy`\n".to_owned();
    }
    let names: Vec<&str> = billed.iter().map(|one| one.name.as_str()).collect();
    format!(
        "\n{} {} a month, for {}; `--delete-data` ends that, too\n",
        paint(BOLD, "still billed after `edxaws destroy`:"),
        at_least(&total, dollars(total.usd.expected)),
        names.join(", ")
    )
}

fn closing(report: &Report) -> String {
    let mut text = String::from("\n");
    let estimate = &report.estimate;
    let assumed = |line: &Line| matches!(line.amount.basis, Basis::Usage(Some(_)));
    if estimate.lines().any(|(_, line)| assumed(line)) {
        let size = report.usage.map(|size| format!(" `{}`", word(size))).unwrap_or_default();
        let _ = writeln!(text, "* assumed: usage of size{size}; set numbers under `[usage]`");
    }
    if estimate.lines().any(|(_, line)| matches!(line.rate, crate::cost::Rate::Spot { .. })) {
        text.push_str(
            "spot: reckoned at half of on demand; the band reaches from 35 % to all of it, AWS \
             sets no price ahead\n",
        );
    }
    for note in &estimate.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str(&prices(&report.prices));
    text
}

fn word(size: crate::profile::UsageSize) -> String {
    format!("{size:?}").to_lowercase()
}

/// Which prices, and whether they are too old to trust.
pub fn prices(prices: &Prices) -> String {
    let mut text = format!("prices of {}\n", prices.date);
    if prices.are_stale() {
        text.push_str(&paint(
            YELLOW,
            &format!(
                "the prices are {} days old, more than {STALE_DAYS}: `edxaws prices refresh` reads \
                 newer ones\n",
                prices.age_days
            ),
        ));
    }
    text
}
