//! `edxaws doctor`: every preflight finding together, each with a hint.

use super::args::{Format, Global};
use super::session::Session;
use crate::doctor::{Finding, Grade, Patient, examine};
use crate::error::{Exit, Result};
use crate::view;

pub async fn run(global: &Global) -> Result<Exit> {
    let session = Session::whole(global).await?;
    let patient = Patient {
        scope: &session.scope,
        settings: &session.profile.settings,
        place: &session.place,
        graph: &session.graph,
        state: &session.state,
        caller: &session.place.caller,
    };
    let findings = examine(&patient).await;
    match global.format {
        Format::Json => {
            let json = serde_json::to_string(&findings).unwrap_or_default();
            view::out(&format!("{json}\n"))?;
        }
        Format::Human => view::out(&text(&findings))?,
    }
    let bad = findings.iter().any(|finding| finding.grade == Grade::Bad);
    Ok(if bad { Exit::User } else { Exit::Done })
}

fn text(findings: &[Finding]) -> String {
    let mark = |grade| match grade {
        Grade::Fine => "ok     ",
        Grade::Unsure => "unsure ",
        Grade::Bad => "BAD    ",
    };
    let line = |finding: &Finding| {
        let Finding { check, grade, message, hint } = finding;
        let hint = hint.as_ref().map(|hint| format!("                     hint: {hint}\n"));
        format!("{} {check:<12} {message}\n{}", mark(*grade), hint.unwrap_or_default())
    };
    findings.iter().map(line).collect()
}
