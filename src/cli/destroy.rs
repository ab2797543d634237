//! `edxaws destroy`: plan, ask for the stack's name, remove, and say what is left.

use std::collections::BTreeSet;

use super::args::{DestroyArgs, Global};
use super::audit::{Trail, audit};
use super::forecast::forecast;
use super::narrow::choice;
use super::plan;
use super::run::{carry_out, confirm, refuse};
use super::session::Session;
use crate::address::Address;
use crate::aws::{DataPolicy, Depth};
use crate::engine::{Choice, Plan, Verb, adopt, adopt_strays, plan_destroy};
use crate::error::{Exit, Result};
use crate::state::Store;
use crate::view::{self, Manifests};

pub async fn run(global: &Global, args: DestroyArgs) -> Result<Exit> {
    let mut session = Session::whole_if_possible(global).await?;
    let _lock = session.lock("destroy")?;
    session.reload()?;
    if args.sweep {
        sweep(&mut session, Strays::Too).await?;
    }
    let choice = choice(&args.narrow, &session, Verb::Destroy)?;
    if args.narrow.delete_data {
        session.data_policy(DataPolicy::Delete);
    }
    let survey = session.survey(Depth::Thorough, &choice.excludes).await?;
    let planned = plan_destroy(&session.state, &survey, &choice)?;
    let bill = forecast(global, &session, &planned, plan::data(&args.narrow))?;
    plan::show(global, &planned, &bill, Manifests::Changes)?;
    refuse(&planned)?;
    let (trail, mut exit) = (Trail::of(&session.state), Exit::Done);
    if !planned.is_empty() {
        if !args.go.yes {
            let stack = session.scope.stack.clone();
            let (what, name) = match &args.narrow.platform {
                Some(platform) => (format!("platform `{platform}` of stack"), platform),
                None => ("stack".to_owned(), &stack.name),
            };
            let question = format!(
                "This removes {what} `{}` from account {} in {}.",
                stack.name, stack.account, stack.region
            );
            confirm(&question, name)?;
        }
        exit = carry_out(&mut session, global, &planned, &args.go, &bill).await?;
    }
    if let (Some(platform), Exit::Done) = (&args.narrow.platform, exit)
        && session.profile.settings.platforms.contains_key(platform)
    {
        view::err(&format!(
            "`[platforms.{platform}]` is still in the profile: the next `edxaws up` makes it again\n"
        ));
    }
    if exit != Exit::Stopped {
        let spared = spared(&session, &planned, &choice);
        let trail = trail.filter(|_| choice.targets.is_empty());
        audit(global, &session, &planned, trail, &spared).await?;
    }
    Ok(exit)
}

/// What this destroy is not about: when it is about a part, everything outside of its plan.
fn spared(session: &Session, planned: &Plan, choice: &Choice) -> Vec<Address> {
    if choice.targets.is_empty() {
        return choice.excludes.clone();
    }
    let planned: BTreeSet<&Address> = planned.steps.iter().map(|step| &step.address).collect();
    let desired = session.graph.nodes().map(|node| &node.address);
    let all = desired.chain(session.state.records.keys());
    all.filter(|address| !planned.contains(address)).cloned().collect()
}

/// Whether objects without an address of their own are taken in, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strays {
    No,
    Too,
}

/// Takes what carries our tags and has no record into the state, until nothing new turns up: some
/// lists need what others found.
pub async fn sweep(session: &mut Session, strays: Strays) -> Result<usize> {
    let mut adopted = 0;
    loop {
        let survey = session.survey(Depth::Thorough, &[]).await?;
        let scope = session.scope.clone();
        let (at, fresh) = (scope.clock.stamp(), || scope.token());
        let mut found = adopt(&session.graph, &mut session.state, &survey, fresh, at)?;
        if strays == Strays::Too {
            found.extend(adopt_strays(&session.graph, &mut session.state, &survey, at)?);
        }
        if found.is_empty() {
            return Ok(adopted);
        }
        adopted += found.len();
        session.store.save(&mut session.state)?;
        for address in found {
            view::err(&format!("took `{address}` into the state\n"));
        }
    }
}
