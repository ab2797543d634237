//! Where a user's own durations are kept: beside the states, one file for AWS and one for the
//! sandbox.

use std::path::PathBuf;

use super::args::Global;
use crate::durations::Durations;
use crate::state::write_private;

fn path(global: &Global, sandbox: bool) -> PathBuf {
    let place = if sandbox { "@sandbox" } else { "" };
    global.state.join(format!("durations{place}.json"))
}

/// What earlier runs took. A file that cannot be read costs a few polls, not a run.
pub fn load(global: &Global, sandbox: bool) -> Durations {
    let bytes = std::fs::read(path(global, sandbox)).ok();
    let known = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    known.unwrap_or_default()
}

pub fn save(global: &Global, sandbox: bool, durations: &Durations) {
    let written = serde_json::to_vec_pretty(durations)
        .map_err(std::io::Error::other)
        .and_then(|bytes| write_private(&path(global, sandbox), &bytes));
    if let Err(error) = written {
        tracing::debug!(%error, "the durations are not kept");
    }
}
