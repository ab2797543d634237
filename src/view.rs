//! Everything a person or a pipe sees. Only this module prints.

mod live;
mod outcome;
mod plan;
mod progress;
mod status;
mod text;

pub use live::Live;
pub use outcome::{problem, summary};
pub use plan::plan;
pub use progress::{Lines, NdJson};
pub use status::status;
pub use text::{Table, duration};

use std::io::{ErrorKind, Write};

use crate::error::{Exit, Problem, Result};

/// Writes data to stdout. A reader that has gone (`| head`) is no failure.
pub fn out(text: &str) -> Result<()> {
    write(&mut anstream::stdout().lock(), text)
}

/// Writes a message to stderr.
pub fn err(text: &str) {
    // When stderr is gone there is nobody left to tell.
    let _ = write(&mut anstream::stderr().lock(), text);
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
