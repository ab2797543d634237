//! Completion scripts and the generated command reference.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Args;
use crate::error::{Exit, Result};
use crate::view;

pub fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "edxaws", &mut script);
    view::out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub fn markdown() -> Result<Exit> {
    view::out(&reference())?;
    Ok(Exit::Done)
}

/// `docs/cli.md`: every verb's help as it is typed.
pub fn reference() -> String {
    let mut text = String::from(
        "# Command reference\n\nGenerated from the command line by `edxaws reference`; a test \
         fails when it is old.\n",
    );
    let mut command = Args::command().term_width(90);
    command.build();
    section(&mut text, &mut command, "edxaws");
    text
}

fn section(text: &mut String, command: &mut clap::Command, path: &str) {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## `{path}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    let names: Vec<String> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        if let Some(sub) = command.find_subcommand_mut(&name) {
            section(text, sub, &format!("{path} {name}"));
        }
    }
}
