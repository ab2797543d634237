//! Carrying out a plan: observer by terminal, state by file, exit code by outcome.

use std::io::IsTerminal;

use super::args::{Format, Global, Go};
use super::forecast::reached;
use super::session::Session;
use super::{habits, report};
use crate::cost::forecast::Forecast;
use crate::durations::Durations;
use crate::engine::{Engine, Plan, Summary};
use crate::error::{Exit, Problem, Result};
use crate::event::{Event, Observer, Stamped};
use crate::timeline::Recorder;
use crate::view::{self, Lines, Live, NdJson};

/// Runs `plan`, says how it went, and writes the report with what became of its `bill`.
pub async fn carry_out(
    session: &mut Session,
    global: &Global,
    plan: &Plan,
    go: &Go,
    bill: &Forecast,
) -> Result<Exit> {
    let durations = habits::load(global, session.sandbox);
    let mut watch = Watch {
        shown: observer(global, session.scope.clock.scale()),
        recorder: Recorder::of(plan),
        learned: durations.clone(),
    };
    let began = session.scope.clock.elapsed();
    let engine = Engine {
        scope: session.scope.clone(),
        state: &mut session.state,
        store: &mut session.store,
        observer: &mut watch,
        stop: session.stop.clone(),
        parallelism: usize::from(go.parallelism),
        durations,
    };
    let summary = engine.run(plan).await?;
    let Watch { shown, recorder, learned } = watch;
    drop(shown);
    habits::save(global, session.sandbox, &learned);
    if global.format == Format::Human {
        view::err(&view::summary(&summary, session.scope.aws.trace.count()));
    }
    let timeline = recorder.finish(report::calls(&session.scope, began));
    let bill = reached(global, session, bill)?;
    report::write(session, global, go, &timeline, &bill).await?;
    Ok(exit(&summary))
}

/// Shows what happens, remembers it for the report, and learns how long things take.
struct Watch {
    shown: Box<dyn Observer>,
    recorder: Recorder,
    learned: Durations,
}

impl Observer for Watch {
    fn observe(&mut self, event: &Stamped) {
        self.recorder.observe(event);
        if let Event::StepDone { address, action, seconds } = &event.event {
            self.learned.learn(address.kind(), *action, *seconds);
        }
        self.shown.observe(event);
    }
}

fn exit(summary: &Summary) -> Exit {
    if !summary.failed.is_empty() {
        Exit::User
    } else if summary.is_stopped() {
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
