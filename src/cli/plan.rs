//! `edxaws plan`: what would happen, and why.

use super::args::{Format, Global, Narrow, PlanArgs};
use super::forecast::{forecast, gate};
use super::habits;
use super::narrow::choice;
use super::session::Session;
use crate::aws::Depth;
use crate::cost::forecast::{Data, Forecast};
use crate::engine::{Plan, Verb, plan_destroy, plan_up};
use crate::error::{Exit, Problem, Result};
use crate::state::write_private;
use crate::timeline::Timeline;
use crate::view::{self, Manifests};

pub async fn run(global: &Global, args: PlanArgs) -> Result<Exit> {
    let verb = if args.destroy { Verb::Destroy } else { Verb::Up };
    let session = match verb {
        Verb::Up => Session::whole(global).await?,
        Verb::Destroy => Session::whole_if_possible(global).await?,
    };
    let choice = choice(&args.narrow, &session, verb)?;
    let depth = if args.by_tags { Depth::Tags } else { depth(&args.narrow) };
    let survey = session.survey(depth, &choice.excludes).await?;
    let plan = if args.destroy {
        plan_destroy(&session.state, &survey, &choice)?
    } else {
        plan_up(&session.graph, &session.state, &survey, &choice)?
    };
    let bill = forecast(global, &session, &plan, data(&args.narrow))?;
    show(global, &plan, &bill, Manifests::whole_if(args.manifests))?;
    if !args.destroy {
        gate(&session, &bill, args.most)?;
    }
    if args.timeline && global.format == Format::Human {
        let durations = habits::load(global, session.sandbox);
        view::out(&view::chart(&Timeline::predicted(&plan, &durations)))?;
    }
    if let Some(path) = &args.out {
        let json = serde_json::to_vec_pretty(&plan)
            .map_err(|error| Problem::user("cannot write the plan").because(error.to_string()))?;
        write_private(path, &json).map_err(|error| Problem::io(path, &error))?;
        view::err(&format!("saved: `edxaws up {}` carries it out\n", path.display()));
    }
    Ok(match args.detailed_exitcode && !plan.is_empty() {
        true => Exit::Changes,
        false => Exit::Done,
    })
}

/// The plan on stdout: text for people, one JSON document for programs.
pub fn show(global: &Global, plan: &Plan, bill: &Forecast, manifests: Manifests) -> Result<()> {
    match global.format {
        Format::Human => {
            view::out(&view::plan(plan, manifests))?;
            view::out(&view::bill(bill, plan.verb))
        }
        Format::Json => {
            let mut json = serde_json::to_value(plan).map_err(|error| {
                Problem::user("cannot show the plan").because(error.to_string())
            })?;
            json["cost"] = bill.json();
            view::document(json)
        }
    }
}

/// Whether a destroy with these options leaves data behind.
pub fn data(narrow: &Narrow) -> Data {
    if narrow.delete_data { Data::Deleted } else { Data::Kept }
}

/// What `up` would do now.
pub async fn make(session: &Session, narrow: &Narrow) -> Result<Plan> {
    let choice = choice(narrow, session, Verb::Up)?;
    let survey = session.survey(depth(narrow), &choice.excludes).await?;
    Ok(plan_up(&session.graph, &session.state, &survey, &choice)?)
}

fn depth(narrow: &Narrow) -> Depth {
    if narrow.thorough { Depth::Thorough } else { Depth::Quick }
}
