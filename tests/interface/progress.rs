//! Recorded runs, told again: as lines, as JSON, and live on a terminal of our own.

use std::io;
use std::sync::{Arc, Mutex};

use edxaws::event::{Event, Observer, Stamped};
use edxaws::view::{Live, progress_line};
use indicatif::{ProgressDrawTarget, TermLike};

use crate::plain;

/// A recorded run in which everything happens that can happen.
fn recorded() -> Vec<Stamped> {
    let text = include_str!("run.ndjson");
    let events: Vec<Stamped> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        // A new event has no place here until the recorded run has it.
        match event.event {
            Event::RunStarted { .. } | Event::StepStarted { .. } | Event::StepWaiting { .. } => {}
            Event::StepRetrying { .. } | Event::StepDone { .. } | Event::StepFailed { .. } => {}
            Event::StepSkipped { .. } | Event::Stopping { .. } | Event::RunFinished { .. } => {}
        }
    }
    let kinds: std::collections::HashSet<_> =
        events.iter().map(|event| std::mem::discriminant(&event.event)).collect();
    assert_eq!(kinds.len(), 9, "the recorded run lacks an event");
    events
}

#[test]
fn a_run_as_lines() {
    let lines: Vec<String> = recorded().iter().filter_map(progress_line).collect();
    insta::assert_snapshot!(plain(&lines.join("\n")));
}

#[test]
fn a_run_as_json_is_what_was_recorded() {
    let text = include_str!("run.ndjson");
    for (event, line) in recorded().iter().zip(text.lines()) {
        assert_eq!(serde_json::to_string(event).unwrap(), line);
    }
}

/// A terminal that remembers what was written to it.
#[derive(Debug, Clone)]
struct Paper {
    columns: u16,
    written: Arc<Mutex<String>>,
}

impl TermLike for Paper {
    fn width(&self) -> u16 {
        self.columns
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(line)?;
        self.write_str("\n")
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        self.written.lock().unwrap().push_str(text);
        Ok(())
    }
    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// How often the bars are drawn depends on time; what scrolls up does not.
#[test]
fn a_run_live() {
    for columns in [80, 120] {
        live_on(Paper { columns, written: Arc::default() });
    }
}

fn live_on(paper: Paper) {
    let mut live = Live::on(ProgressDrawTarget::term_like(Box::new(paper.clone())), 60.0);
    for event in recorded() {
        live.observe(&event);
    }
    drop(live);
    let written = plain(&paper.written.lock().unwrap());
    for event in recorded() {
        match &event.event {
            Event::StepDone { address, .. } | Event::StepSkipped { address, .. } => {
                assert!(written.contains(address.as_str()), "{address}:\n{written}");
            }
            Event::StepFailed { address, error, hint, .. } => {
                assert!(written.contains(address.as_str()), "{written}");
                // Lines are as wide as the terminal.
                let begins = |text: &str| written.contains(text.get(..30).unwrap_or(text));
                assert!(begins(error) && hint.as_deref().is_none_or(begins), "{written}");
            }
            Event::Stopping { .. } => assert!(written.contains("stopping: 2 calls in flight")),
            _ => {}
        }
    }
    assert!(written.contains("/5 steps"), "{written}");
    assert!(written.contains('★'), "the critical path is marked: {written}");
}
