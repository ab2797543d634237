//! `edxaws user create`: an account on the site, with its password from stdin.

use std::io::IsTerminal;

use super::args::{Global, UserCommand, UserCreateArgs};
use super::exec::{Input, in_pod};
use super::site::Site;
use super::terminal;
use crate::error::{Exit, Problem, Result};
use crate::view;

/// Makes the user and sets the password it reads: an argument would be seen by everybody.
const SCRIPT: &str = r#"set -e
./manage.py lms manage_user "$@"
./manage.py lms shell -c '
import os, sys
from django.contrib.auth import get_user_model
user = get_user_model().objects.get(username=os.environ["EDXAWS_USER"])
user.set_password(sys.stdin.readline().rstrip("\n"))
user.save()
'"#;

pub async fn run(global: &Global, command: &UserCommand) -> Result<Exit> {
    let UserCommand::Create(args) = command;
    check(args)?;
    tokio::select! {
        exit = create(global, args) => exit,
        // Not by dying: the terminal would go on showing nothing.
        _ = tokio::signal::ctrl_c() => {
            view::err("\n");
            Ok(Exit::Stopped)
        }
    }
}

async fn create(global: &Global, args: &UserCreateArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let password = password().await?;
    let exit =
        in_pod(&site, "lms", &command_line(args), Input::Text(format!("{password}\n"))).await?;
    if exit == Exit::Done {
        view::err(&format!(
            "user `{}` can sign in at https://{}/\n",
            args.name, site.settings.lms_host
        ));
    }
    Ok(exit)
}

fn check(args: &UserCreateArgs) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if args.name.is_empty() || !args.name.chars().all(plain) {
        return Err(Problem::user(format!("`{}` is not a user name", args.name))
            .hint("letters, digits, `_`, `-` and `.`"));
    }
    match args.email.split_once('@') {
        Some((who, host)) if !who.is_empty() && host.contains('.') => Ok(()),
        _ => Err(Problem::user(format!("`{}` is not an e-mail address", args.email))
            .hint("for example `ada@example.org`")),
    }
}

fn command_line(args: &UserCreateArgs) -> Vec<String> {
    let user = format!("EDXAWS_USER={}", args.name);
    let mut line = vec![
        "env".to_owned(),
        user,
        "sh".to_owned(),
        "-c".to_owned(),
        SCRIPT.to_owned(),
        "sh".to_owned(),
    ];
    line.extend(args.staff.then(|| "--staff".to_owned()));
    line.extend(args.superuser.then(|| "--superuser".to_owned()));
    line.extend([args.name.clone(), args.email.clone()]);
    line
}

async fn password() -> Result<String> {
    if std::io::stdin().is_terminal() {
        view::err("Password (it is not shown): ");
    }
    match terminal::unseen_line().await {
        Ok(password) if !password.is_empty() => Ok(password),
        _ => Err(Problem::user("no password was given on stdin")
            .hint("pipe it: `pass show edx/ada | edxaws user create ada ada@example.org`")),
    }
}
