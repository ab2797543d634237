//! `edxaws state`: look into the state, forget, rename, rebuild.

use super::args::{Format, Global, StateCommand};
use super::destroy::{Strays, sweep};
use super::run::confirm;
use super::session::Session;
use crate::address::Address;
use crate::error::{Exit, Problem, Result};
use crate::state::{FileStore, State, StateError, Store};
use crate::view::{self, Table};

pub async fn run(global: &Global, command: StateCommand) -> Result<Exit> {
    match command {
        StateCommand::Rescue => return rescue(global).await,
        StateCommand::History => return history(&Session::open(global).await?.store),
        _ => {}
    }
    let mut session = Session::open(global).await?;
    match command {
        StateCommand::List => list(global, &session.state)?,
        StateCommand::Show { address } => show(&session.state, &address)?,
        StateCommand::Rm { address, yes } => remove(&mut session, &address, yes)?,
        StateCommand::Mv { from, to } => rename(&mut session, &from, &to)?,
        StateCommand::Rescue | StateCommand::History => {}
    }
    Ok(Exit::Done)
}

fn list(global: &Global, state: &State) -> Result<()> {
    if global.format == Format::Json {
        let json = serde_json::to_string(&state.records).unwrap_or_default();
        return view::out(&format!("{json}\n"));
    }
    let mut table = Table::new(["ADDRESS", "PHASE", "SINCE"]);
    for (address, record) in &state.records {
        let phase = format!("{:?}", record.phase).to_lowercase();
        table.row([address.to_string(), phase, record.since.strftime("%F %T").to_string()]);
    }
    view::out(&table.render())
}

fn show(state: &State, address: &Address) -> Result<()> {
    let record = state.records.get(address).ok_or_else(|| unknown(state, address))?;
    let json = serde_json::to_string_pretty(record).unwrap_or_default();
    view::out(&format!("{json}\n"))
}

fn unknown(state: &State, address: &Address) -> Problem {
    let nearest = state
        .records
        .keys()
        .min_by_key(|known| strsim::damerau_levenshtein(known.as_str(), address.as_str()));
    let problem = Problem::user(format!("the state has no `{address}`"));
    match nearest {
        Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
        None => problem.hint("the state is empty"),
    }
}

fn remove(session: &mut Session, address: &Address, yes: bool) -> Result<()> {
    let _lock = session.lock("state rm")?;
    session.reload()?;
    if !session.state.records.contains_key(address) {
        return Err(unknown(&session.state, address));
    }
    let stands_on = |record: &crate::state::Record| record.needs.contains(address);
    let users: Vec<String> = session
        .state
        .records
        .iter()
        .filter(|(_, record)| stands_on(record))
        .map(|(user, _)| format!("`{user}`"))
        .collect();
    if !users.is_empty() {
        return Err(Problem::user(format!("`{address}` is needed by {}", users.join(", ")))
            .hint("remove those first"));
    }
    if !yes {
        let question = format!("`{address}` stays in AWS and will no longer be managed.");
        confirm(&question, "yes")?;
    }
    session.state.records.remove(address);
    session.store.save(&mut session.state)?;
    Ok(())
}

fn rename(session: &mut Session, from: &Address, to: &Address) -> Result<()> {
    let _lock = session.lock("state mv")?;
    session.reload()?;
    if from.kind() != to.kind() {
        let (a, b) = (from.kind(), to.kind());
        return Err(Problem::user(format!("a `{a}` cannot become a `{b}`")));
    }
    if session.state.records.contains_key(to) {
        return Err(Problem::user(format!("the state already has `{to}`")));
    }
    let record = session.state.records.remove(from).ok_or_else(|| unknown(&session.state, from))?;
    session.state.records.insert(to.clone(), record);
    for record in session.state.records.values_mut() {
        if record.needs.remove(from) {
            record.needs.insert(to.clone());
        }
    }
    session.store.save(&mut session.state)?;
    Ok(())
}

/// A damaged file is put aside, never overwritten; the new state comes from the tags.
async fn rescue(global: &Global) -> Result<Exit> {
    let mut session = match Session::whole_if_possible(global).await {
        Ok(session) => session,
        Err(_) => {
            set_aside(global).await?;
            Session::whole_if_possible(global).await?
        }
    };
    let _lock = session.lock("state rescue")?;
    session.reload()?;
    let adopted = sweep(&mut session, Strays::No).await?;
    let total = session.state.records.len();
    view::err(&format!("{adopted} resources taken into the state, which now has {total}\n"));
    Ok(Exit::Done)
}

async fn set_aside(global: &Global) -> Result<()> {
    let path = Session::state_file(global)?;
    match FileStore::new(path.clone()).load() {
        Err(StateError::Damaged { .. }) => {
            let aside = path.with_extension(format!("damaged-{}.json", std::process::id()));
            std::fs::rename(&path, &aside).map_err(|error| Problem::io(&path, &error))?;
            view::err(&format!("the damaged state is kept as `{}`\n", aside.display()));
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(_) => Ok(()),
    }
}

fn history(store: &FileStore) -> Result<Exit> {
    let mut table = Table::new(["SERIAL", "RECORDS", "FILE"]);
    for (serial, path) in store.history() {
        let records = match store.load_version(&path) {
            Ok(state) => state.records.len().to_string(),
            Err(_) => "damaged".to_owned(),
        };
        table.row([serial.to_string(), records, path.display().to_string()]);
    }
    view::out(&table.render())?;
    Ok(Exit::Done)
}
