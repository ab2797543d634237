//! A plan for people: what, why, attribute by attribute.

use std::fmt::Write;

use super::manifests::{Manifests, lines};
use super::text::{BOLD, DIM, GREEN, RED, YELLOW, count, paint};
use crate::engine::{Action, Plan, Step, Verb, Why};

/// The plan as text.
pub fn plan(plan: &Plan, manifests: Manifests) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        write_step(&mut text, plan, step, manifests);
    }
    for kept in &plan.retained {
        let _ = writeln!(text, "  {} {}: {}", paint(DIM, "·"), kept.address, kept.why);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&closing(plan));
    for refusal in &plan.refusals {
        let _ = writeln!(
            text,
            "\n{} `{}`: {}\n  {} {}",
            paint(RED, "refused:"),
            refusal.address,
            refusal.why,
            paint(BOLD, "hint:"),
            refusal.hint
        );
    }
    text
}

fn write_step(text: &mut String, plan: &Plan, step: &Step, manifests: Manifests) {
    let Some((mark, why)) = heading(plan, step) else { return };
    let _ = writeln!(text, "  {mark} {} {}", step.address, paint(DIM, &format!("({why})")));
    for reason in &step.reasons {
        let _ = writeln!(text, "      {reason}");
    }
    if manifests == Manifests::Whole && step.action == Action::Create {
        for line in lines(&step.desired) {
            let _ = writeln!(text, "      {line}");
        }
    }
}

/// The mark of a step; a replacement's delete is told with its create.
fn heading(plan: &Plan, step: &Step) -> Option<(String, String)> {
    let replaces = |action| {
        plan.steps.iter().any(|other| other.address == step.address && other.action == action)
    };
    let why = step.why.to_string();
    Some(match step.action {
        Action::Delete if replaces(Action::Create) => return None,
        Action::Create if replaces(Action::Delete) => (paint(RED, "-/+"), why),
        Action::Create => (paint(GREEN, "+"), why),
        Action::Update => (paint(YELLOW, "~"), why),
        Action::Await => (paint(YELLOW, "…"), why),
        Action::Delete => (paint(RED, "-"), why),
    })
}

fn closing(plan: &Plan) -> String {
    let counts = plan.counts();
    let unchanged = plan.unchanged.len();
    if plan.is_empty() {
        return match plan.verb {
            Verb::Up => {
                format!("no change: all {} are as desired\n", count(unchanged, "resource"))
            }
            Verb::Destroy if plan.retained.is_empty() => "nothing to destroy\n".to_owned(),
            Verb::Destroy => "nothing more to destroy\n".to_owned(),
        };
    }
    let parts = [
        (counts.create, "to create"),
        (counts.update, "to update"),
        (counts.replace, "to replace"),
        (counts.wait, "to wait for"),
        (counts.delete, "to delete"),
        (unchanged, "unchanged"),
        (plan.retained.len(), "kept"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let drift = plan.steps.iter().filter(|step| step.why == Why::Drifted).count();
    let drift = match drift {
        0 => String::new(),
        n => format!(" ({n} changed outside edxaws)"),
    };
    format!("{} {}{drift}\n", paint(BOLD, "plan:"), parts.join(", "))
}
