//! `edxaws status`: desired, recorded and live side by side.

use serde_json::json;

use super::args::{Format, Global, StatusArgs};
use super::book::{InUse, today};
use super::session::Session;
use crate::aws::Depth;
use crate::cost::drift::{self, Odd, Scene};
use crate::cost::{Prices, Terms, Usage};
use crate::engine::{Choice, Plan, Survey, plan_up};
use crate::error::{Exit, Result};
use crate::view;

pub async fn run(global: &Global, args: StatusArgs) -> Result<Exit> {
    let session = Session::whole(global).await?;
    let survey = session.survey(Depth::Thorough, &[]).await?;
    let plan = plan_up(&session.graph, &session.state, &survey, &Choice::default())?;
    let odd = args.cost.then(|| odd(global, &session, &survey, &plan)).transpose()?;
    match global.format {
        Format::Human => {
            view::out(&view::status(&session.state, &plan, &survey))?;
            if let Some((odd, prices)) = &odd {
                view::out(&view::odd(odd, prices))?;
            }
        }
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
            let mut document =
                json!({"recorded": session.state, "live": live, "strays": strays, "plan": plan});
            if let Some((odd, _)) = &odd {
                document["cost"] = drift::json(odd);
            }
            view::document(document)?;
        }
    }
    Ok(match args.detailed_exitcode && !plan.is_empty() {
        true => Exit::Changes,
        false => Exit::Done,
    })
}

/// What costs other than recorded, and by which prices.
fn odd(
    global: &Global,
    session: &Session,
    survey: &Survey,
    plan: &Plan,
) -> Result<(Vec<Odd>, Prices)> {
    let used = InUse::find(global)?;
    let usage = Usage::of(&session.profile.settings.usage);
    let region = session.scope.stack.region.as_str();
    let terms = Terms { book: &used.book, region, usage: &usage, today: today() };
    let sandbox = if global.sandbox { " --sandbox" } else { "" };
    let options = format!("--profile {}{sandbox}", global.profile);
    let (state, graph) = (&session.state, &session.graph);
    let scene = Scene { state, graph, survey, plan, options: &options };
    Ok((drift::odd(&scene, &terms), Prices::of(&used.book, today())))
}
