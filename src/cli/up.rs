//! `edxaws up`: plan, show, ask, carry out.

use std::path::Path;

use super::args::{Format, Global, UpArgs};
use super::forecast::{forecast, gate};
use super::run::{carry_out, confirm, refuse};
use super::session::Session;
use super::{outputs, plan};
use crate::aws::DataPolicy;
use crate::engine::Plan;
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::Conflicts;
use crate::view::{self, Manifests};

const SANDBOX: &str = "the sandbox: a strict local AWS, sixty times as fast. It is no proof about \
                       the real one, no container runs in it, and it costs nothing.\n";

pub async fn run(global: &Global, args: UpArgs) -> Result<Exit> {
    let mut session = Session::whole(global).await?;
    if sandboxed(global, &session) && global.format == Format::Human {
        view::err(SANDBOX);
    }
    if args.force_conflicts {
        session.scope = session.scope.with_conflicts(Conflicts::TakeOver);
    }
    let manifests = Manifests::whole_if(args.manifests);
    if args.dry_run {
        let plan = plan::make(&session, &args.narrow).await?;
        let bill = forecast(global, &session, &plan, plan::data(&args.narrow))?;
        plan::show(global, &plan, &bill, manifests)?;
        gate(&session, &bill, args.most)?;
        return Ok(Exit::Done);
    }
    let _lock = session.lock("up")?;
    session.reload()?;
    let planned = match &args.plan {
        Some(path) => saved(path)?,
        None => plan::make(&session, &args.narrow).await?,
    };
    if args.narrow.delete_data {
        session.data_policy(DataPolicy::Delete);
    }
    let bill = forecast(global, &session, &planned, plan::data(&args.narrow))?;
    plan::show(global, &planned, &bill, manifests)?;
    refuse(&planned)?;
    if planned.is_empty() && planned.seen.is_empty() {
        return Ok(Exit::Done);
    }
    gate(&session, &bill, args.most)?;
    if !args.go.yes && !planned.is_empty() && !sandboxed(global, &session) {
        confirm("This changes the account above.", "yes")?;
    }
    let exit = carry_out(&mut session, global, &planned, &args.go, &bill).await?;
    if exit == Exit::Done && global.format == Format::Human {
        view::err(&next_steps(&session, global));
    }
    Ok(exit)
}

/// On the sandbox nothing can be lost and nothing costs: a newcomer's first command just runs.
fn sandboxed(global: &Global, session: &Session) -> bool {
    global.sandbox || session.profile.settings.target == crate::profile::Target::Sandbox
}

fn saved(path: &Path) -> Result<Plan> {
    let bytes = std::fs::read(path).map_err(|error| Problem::io(path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::user(format!("`{}` is not a plan", path.display()))
            .because(error.to_string())
            .hint("make one with `edxaws plan --out FILE`")
    })
}

fn next_steps(session: &Session, global: &Global) -> String {
    let mut text = outputs::table(session);
    let profile = &global.profile;
    let sandbox = if global.sandbox { " --sandbox" } else { "" };
    for (command, what) in [
        ("status", "see desired, recorded and live"),
        ("plan", "see what a changed profile would do"),
        ("destroy", "take it all away again"),
    ] {
        let command = format!("edxaws {command} --profile {profile}{sandbox}");
        text.push_str(&format!("  {command:<44} {what}\n"));
    }
    text
}
