//! How a command ended: the summary of a run, or a problem with its causes and hint.

use std::fmt::Write;

use super::text::{BOLD, GREEN, RED, count, duration, paint};
use crate::engine::Summary;
use crate::error::Problem;

/// The closing lines of a run.
pub fn summary(summary: &Summary, calls: usize) -> String {
    let took = duration(summary.took.as_secs());
    if summary.failed.is_empty() && !summary.is_stopped() {
        let done = count(summary.done.len(), "step");
        return format!("{} {done} in {took}, {calls} API calls\n", paint(GREEN, "done:"));
    }
    let mut text = String::new();
    if summary.is_stopped() {
        let _ = writeln!(
            text,
            "{} after {took}: {} done, {} begun and recorded, {} not begun; run the \
             command again to go on",
            paint(BOLD, "stopped"),
            summary.done.len(),
            summary.stopped.len(),
            summary.unbegun
        );
    }
    for error in &summary.failed {
        let _ = writeln!(text, "{} {error}", paint(RED, "error:"));
        if let Some(hint) = &error.hint {
            let _ = writeln!(text, "  {} {hint}", paint(BOLD, "hint:"));
        }
    }
    if !summary.failed.is_empty() {
        let _ = writeln!(
            text,
            "{} failed, {} done, {} skipped; everything that exists is recorded",
            summary.failed.len(),
            summary.done.len(),
            summary.skipped.len()
        );
    }
    text
}

/// Message, numbered causes, hint.
pub fn problem(problem: &Problem) -> String {
    let mut text = format!("{} {}\n", paint(RED, "error:"), problem.message);
    for (number, cause) in problem.causes.iter().enumerate() {
        let _ = writeln!(text, "  {}: {cause}", number + 1);
    }
    if let Some(hint) = &problem.hint {
        let _ = writeln!(text, "  {} {hint}", paint(BOLD, "hint:"));
    }
    text
}
