//! Progress without a terminal: one plain line an event, or one JSON object an event.

use super::text::{DIM, GREEN, RED, YELLOW, duration, paint};
use crate::engine::Action;
use crate::event::{Event, LeftBehind, Observer, Stamped};

/// One line an event, on stderr.
#[derive(Debug, Default)]
pub struct Lines;

impl Observer for Lines {
    fn observe(&mut self, event: &Stamped) {
        if let Some(line) = line(event) {
            super::err(&format!("{line}\n"));
        }
    }
}

/// One JSON object an event, on stdout.
#[derive(Debug, Default)]
pub struct NdJson;

impl Observer for NdJson {
    fn observe(&mut self, event: &Stamped) {
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that has gone must not stop a run half-way.
            let _ = super::out(&format!("{line}\n"));
        }
    }
}

/// An event as one line; `None` for what only a live view shows.
pub fn line(stamped: &Stamped) -> Option<String> {
    let at = paint(DIM, &format!("{:>6}", duration(stamped.elapsed as u64)));
    let text = match &stamped.event {
        Event::RunStarted { stack, steps, expected_seconds, .. } => {
            format!("{stack}: {steps} steps, about {}", duration(*expected_seconds))
        }
        Event::StepStarted { address, action, .. } => format!("{} {address}", doing(*action)),
        Event::StepWaiting { address, reason } => {
            format!("{} {address}: {reason}", paint(DIM, "waiting   "))
        }
        Event::StepRetrying { address, reason } => {
            format!("{} {address}: {reason}", paint(YELLOW, "retrying  "))
        }
        Event::StepDone { .. } | Event::StepFailed { .. } | Event::StepSkipped { .. } => {
            ended(&stamped.event)?
        }
        Event::Stopping { in_flight } => {
            format!("stopping: {in_flight} calls in flight are finished and recorded")
        }
        Event::RunFinished { .. } => return None,
    };
    Some(format!("{at}  {text}"))
}

/// How a step ended.
pub(super) fn ended(event: &Event) -> Option<String> {
    Some(match event {
        Event::StepDone { address, action, seconds } => {
            let took = paint(DIM, &duration(*seconds));
            format!("{} {address} {took}", paint(GREEN, &format!("{:<10}", done(*action))))
        }
        Event::StepFailed { address, error, left_behind, hint, .. } => {
            let left = match left_behind {
                LeftBehind::Nothing => "nothing was made",
                LeftBehind::Recorded => "it is recorded; the next run goes on from there",
                LeftBehind::Claimed => "it may exist; its claim is recorded, the next run looks",
            };
            let hint = hint.as_ref().map(|hint| format!("\n          hint: {hint}"));
            format!(
                "{} {address}: {error} ({left}){}",
                paint(RED, "failed    "),
                hint.unwrap_or_default()
            )
        }
        Event::StepSkipped { address, because } => {
            format!("{} {address}: `{because}` failed", paint(DIM, "skipped   "))
        }
        _ => return None,
    })
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating  ",
        Action::Update => "updating  ",
        Action::Await => "awaiting  ",
        Action::Delete => "deleting  ",
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Await => "ready",
        Action::Delete => "deleted",
    }
}
