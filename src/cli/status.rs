//! `edxaws status`: desired, recorded and live side by side.

use serde_json::json;

use super::args::{Format, Global, StatusArgs};
use super::session::Session;
use crate::aws::Depth;
use crate::engine::{Choice, plan_up};
use crate::error::{Exit, Result};
use crate::view;

pub async fn run(global: &Global, args: StatusArgs) -> Result<Exit> {
    let session = Session::open(global).await?;
    let survey = session.survey(Depth::Thorough, &[]).await?;
    let plan = plan_up(&session.graph, &session.state, &survey, &Choice::default())?;
    match global.format {
        Format::Human => view::out(&view::status(&session.state, &plan, &survey))?,
        Format::Json => {
            let live: serde_json::Map<_, _> = survey
                .sightings
                .iter()
                .map(|(address, sighting)| (address.to_string(), sighting.live.clone()))
                .collect();
            let strays: Vec<_> = survey
                .strays
                .iter()
                .map(|stray| json!({"kind": stray.kind, "live": stray.live}))
                .collect();
            let document =
                json!({"recorded": session.state, "live": live, "strays": strays, "plan": plan});
            view::out(&format!("{document}\n"))?;
        }
    }
    Ok(match args.detailed_exitcode && !plan.is_empty() {
        true => Exit::Changes,
        false => Exit::Done,
    })
}
