//! Carrying out a plan: observer by terminal, state by file, exit code by outcome.

use std::io::IsTerminal;

use super::args::{Format, Global};
use super::session::Session;
use crate::engine::{Engine, Plan, Summary};
use crate::error::{Exit, Problem, Result};
use crate::event::Observer;
use crate::view::{self, Lines, Live, NdJson};

/// Runs `plan` and says how it went.
pub async fn carry_out(
    session: &mut Session,
    global: &Global,
    plan: &Plan,
    parallelism: u16,
) -> Result<Exit> {
    let mut observer = observer(global, session.scope.clock.scale());
    let engine = Engine {
        scope: session.scope.clone(),
        state: &mut session.state,
        store: &mut session.store,
        observer: &mut *observer,
        stop: session.stop.clone(),
        parallelism: usize::from(parallelism),
    };
    let summary = engine.run(plan).await?;
    drop(observer);
    if global.format == Format::Human {
        view::err(&view::summary(&summary, session.scope.aws.trace.count()));
    }
    Ok(exit(&summary))
}

fn exit(summary: &Summary) -> Exit {
    if !summary.failed.is_empty() {
        Exit::User
    } else if !summary.stopped.is_empty() {
        Exit::Stopped
    } else {
        Exit::Done
    }
}

fn observer(global: &Global, scale: f64) -> Box<dyn Observer> {
    match global.format {
        Format::Json => Box::new(NdJson),
        Format::Human if std::io::stderr().is_terminal() => Box::new(Live::new(scale)),
        Format::Human => Box::new(Lines),
    }
}

/// A plan with refusals is shown and not carried out.
pub fn refuse(plan: &Plan) -> Result<()> {
    match plan.refusals.len() {
        0 => Ok(()),
        1 => Err(Problem::user("the plan is refused for the reason above")),
        n => Err(Problem::user(format!("the plan is refused for the {n} reasons above"))),
    }
}

/// Asks for `word` on the terminal. Without a terminal nobody can answer: `--yes` is needed.
pub fn confirm(question: &str, word: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Problem::user("there is no terminal to ask on")
            .hint("look at the plan, then run it again with `--yes`"));
    }
    view::err(&format!("{question} Type `{word}` to go on: "));
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Problem::user("cannot read the answer").because(error.to_string()))?;
    if answer.trim() == word {
        Ok(())
    } else {
        Err(Problem::user("not confirmed: nothing was touched"))
    }
}
