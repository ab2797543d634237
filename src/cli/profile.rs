//! `edxaws init`, `validate`, `profile show`: everything about profiles that needs no AWS.

use std::io::IsTerminal;

use super::args::{Global, InitArgs, ProfileCommand};
use crate::error::{Exit, Problem, Result};
use crate::profile::{self, Answers, Size};
use crate::view;

pub fn run(global: &Global, command: &ProfileCommand) -> Result<Exit> {
    match command {
        ProfileCommand::Show => {
            let profile = profile::load(&global.profile, &global.profiles)?;
            view::out(&profile::show(&profile))?;
        }
        ProfileCommand::Schema => view::out(&profile::schema())?,
    }
    Ok(Exit::Done)
}

pub fn validate(global: &Global) -> Result<Exit> {
    let profile = profile::load(&global.profile, &global.profiles)?;
    view::err(&format!("`{}` is fine\n", profile.source.display()));
    Ok(Exit::Done)
}

/// Asks what was not given, writes the file, never over an existing one.
pub fn init(global: &Global, args: &InitArgs) -> Result<Exit> {
    let path = global.profiles.join(format!("{}.toml", args.name));
    if path.exists() {
        return Err(Problem::user(format!("`{}` exists already", path.display()))
            .hint("choose another name, or edit that file"));
    }
    let ask = |given: &Option<String>, question: &str, default: &str| match given {
        Some(given) => Ok(given.clone()),
        None if args.yes || !std::io::stdin().is_terminal() => Ok(default.to_owned()),
        None => answer(question, default),
    };
    let size = ask(&args.size, "How big: dev, staging or prod?", "dev")?;
    let answers = Answers {
        stack: args.name.clone(),
        region: ask(&args.region, "Which AWS region?", "us-east-1")?,
        zone: ask(&args.zone, "Which DNS zone?", "edx.example.org")?,
        size: size.parse::<Size>().map_err(|error| Problem::user(error.to_string()))?,
        platform: ask(&args.platform, "Name of the first Open edX site?", "openedx")?,
        email: ask(&args.email, "Who is told about alarms and the budget?", "ops@example.org")?,
        public_access_cidrs: args.allow.clone(),
    };
    let text = profile::init(&answers);
    std::fs::create_dir_all(&global.profiles)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| Problem::io(&path, &error))?;
    profile::load(&args.name, &global.profiles)?;
    view::err(&format!(
        "wrote `{}`; look at it, then: edxaws plan --profile {}\n",
        path.display(),
        args.name
    ));
    Ok(Exit::Done)
}

fn answer(question: &str, default: &str) -> Result<String> {
    view::err(&format!("{question} [{default}] "));
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Problem::user("cannot read the answer").because(error.to_string()))?;
    let typed = line.trim();
    Ok(if typed.is_empty() { default.to_owned() } else { typed.to_owned() })
}
