//! `edxaws outputs`: what a person needs to know after `up`.

use serde_json::{Map, Value};

use super::args::{Format, Global};
use super::session::Session;
use crate::error::{Exit, Result};
use crate::resources::kind;
use crate::view;

pub async fn run(global: &Global) -> Result<Exit> {
    let session = Session::open(global).await?;
    match global.format {
        Format::Human => view::out(&table(&session))?,
        Format::Json => {
            let all: Map<String, Value> = outputs(&session)
                .into_iter()
                .map(|(name, value)| (name, Value::String(value)))
                .collect();
            view::out(&format!("{}\n", Value::Object(all)))?;
        }
    }
    Ok(Exit::Done)
}

/// Every output of every recorded resource, as `address.name`.
fn outputs(session: &Session) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (address, record) in &session.state.records {
        let (Some(kind), Some(live)) = (kind(address.kind()), &record.live) else { continue };
        for (name, value) in kind.outputs(&record.desired, live) {
            all.push((format!("{address}.{name}"), value));
        }
    }
    all
}

/// The outputs as aligned lines.
pub fn table(session: &Session) -> String {
    let all = outputs(session);
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    all.iter().map(|(name, value)| format!("  {name:width$}  {value}\n")).collect()
}
