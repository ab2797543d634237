//! What is left of a run: a page with its timeline, the same as JSON, and spans for a collector.

use std::path::PathBuf;
use std::time::Duration;

use super::args::{Format, Global, Go};
use super::session::Session;
use crate::aws::Scope;
use crate::cost::forecast::Forecast;
use crate::error::{Problem, Result};
use crate::state::write_private;
use crate::timeline::{CallAt, Timeline, explain};
use crate::{otel, view};

/// The calls of a run that began at `began` on the scope's clock.
pub fn calls(scope: &Scope, began: Duration) -> Vec<CallAt> {
    let timed = scope.aws.trace.timed().into_iter();
    let since = timed.map(|(at, call)| (scope.clock.at(at), call)).filter(|(at, _)| *at >= began);
    since
        .map(|(at, call)| CallAt {
            at: (at - began).as_secs_f64(),
            service: call.service,
            action: call.action,
        })
        .collect()
}

/// `<stack>.report.html` and `.json` beside the state, the collector's spans, the explanation.
pub async fn write(
    session: &Session,
    global: &Global,
    go: &Go,
    timeline: &Timeline,
    cost: &Forecast,
) -> Result<()> {
    let base = session.store.path().with_extension("");
    let (page, data) = (
        PathBuf::from(format!("{}.report.html", base.display())),
        PathBuf::from(format!("{}.report.json", base.display())),
    );
    let json = serde_json::to_value(timeline).and_then(|mut whole| {
        whole["cost"] = cost.json();
        serde_json::to_vec(&whole)
    });
    let json =
        json.map_err(|error| Problem::user("cannot write the report").because(error.to_string()))?;
    write_private(&data, &json).map_err(|error| Problem::io(&data, &error))?;
    write_private(&page, view::report(timeline, cost).as_bytes())
        .map_err(|error| Problem::io(&page, &error))?;
    if global.format == Format::Human {
        view::err(&format!("report: {}\n", page.display()));
    }
    if go.explain_time {
        view::err(&view::explanation(&explain(timeline)));
    }
    if let Some(endpoint) = &go.otel {
        // The run is over and recorded: a collector that is away changes nothing about it.
        match otel::send(endpoint, timeline).await {
            Ok(spans) => view::err(&format!("sent {spans} spans to {endpoint}\n")),
            Err(error) => view::err(&format!("no spans were sent to {endpoint}: {error}\n")),
        }
    }
    Ok(())
}
