//! Help as wide as the terminal: what people with 80 and with 120 columns read.

use clap::{Command, CommandFactory};

const WIDTHS: [usize; 2] = [80, 120];

/// Help of a command and of all below it.
fn pages(command: &mut Command, path: &str, width: usize, text: &mut String) {
    let path = format!("{path} {}", command.get_name()).trim().to_owned();
    let page = command.clone().term_width(width).render_help().to_string();
    text.push_str(&format!("$ {path} --help\n{page}\n"));
    let below: Vec<String> = command.get_subcommands().map(|one| one.get_name().into()).collect();
    for name in below.iter().filter(|name| *name != "help") {
        pages(command.find_subcommand_mut(name).unwrap(), &path, width, text);
    }
}

#[test]
fn help_fits_the_terminal() {
    for width in WIDTHS {
        let mut text = String::new();
        pages(&mut edxaws::cli::Args::command(), "", width, &mut text);
        for line in text.lines().filter(|line| !line.starts_with('$')) {
            // A usage line is not broken by clap.
            let fits = line.chars().count() <= width || line.starts_with("Usage: ");
            assert!(fits, "more than {width} columns: {line}");
        }
        insta::assert_snapshot!(format!("help_{width}"), text);
    }
}
