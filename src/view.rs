//! Everything a person or a pipe sees. Only this module prints.

mod cost;
mod explain;
mod images;
mod live;
mod manifests;
mod outcome;
mod plan;
mod prices;
mod progress;
mod rendering;
mod report;
mod status;
mod text;

pub use cost::{at_least, bill, cost, dollars, odd, page as cost_page, side_by_side};
pub use explain::{chart, explanation};
pub use images::{change_of_text, images};
pub use live::Live;
pub use manifests::Manifests;
pub use outcome::{problem, summary};
pub use plan::plan;
pub use prices::{change_lines, price_changes, prices};
pub use progress::{Lines, NdJson, line as progress_line};
pub use rendering::{rendering, still_asking};
pub use report::report;
pub use status::status;
pub use text::{Table, duration};

use std::io::{ErrorKind, IsTerminal, Write};
use std::pin::Pin;

use serde_json::Value;
use tokio::io::AsyncWrite;

use crate::error::{Exit, Problem, Result};

/// Writes data to stdout. A reader that has gone (`| head`) is no failure.
pub fn out(text: &str) -> Result<()> {
    write(&mut anstream::stdout().lock(), text)
}

/// Writes a document for programs to stdout, with no value of a Secret in it.
pub fn document(mut json: Value) -> Result<()> {
    manifests::conceal(&mut json);
    out(&format!("{json}\n"))
}

/// Writes a message to stderr.
pub fn err(text: &str) {
    // When stderr is gone there is nobody left to tell.
    let _ = write(&mut anstream::stderr().lock(), text);
}

/// Whether a person sits at the terminal.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Where the output of a command goes that is run for the user, as it comes.
pub fn passed() -> [Pin<Box<dyn AsyncWrite + Send>>; 2] {
    [Box::pin(tokio::io::stdout()), Box::pin(tokio::io::stderr())]
}

fn write(to: &mut impl Write, text: &str) -> Result<()> {
    let written = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Problem {
            exit: Exit::Done,
            message: String::new(),
            causes: Vec::new(),
            hint: None,
        }),
        Err(error) => Err(Problem::user("cannot write the output").because(error.to_string())),
    }
}
