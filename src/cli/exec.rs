//! `edxaws exec`: a command in a running container of a service.

use std::io::IsTerminal;

use tokio::sync::mpsc::{Receiver, channel};

use super::args::{ExecArgs, Global};
use super::site::{NO_CONTAINERS, Site};
use super::terminal;
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::{Container, Ended, Streams, exec};
use crate::view;

pub async fn run(global: &Global, args: &ExecArgs) -> Result<Exit> {
    if args.tty && !std::io::stdin().is_terminal() {
        return Err(Problem::user("`--tty` needs a terminal, and stdin is none")
            .hint("leave it out; `--stdin` alone passes what is piped in"));
    }
    let site = Site::open(global, &args.site).await?;
    let input = match (args.tty, args.stdin) {
        (true, _) => Input::Terminal,
        (false, true) => Input::Stdin,
        (false, false) => Input::None,
    };
    in_pod(&site, &args.service, &args.command, input).await
}

/// What the command reads.
pub enum Input {
    None,
    /// This program's own stdin.
    Stdin,
    /// The terminal this program runs in, whole.
    Terminal,
    /// A text that must not be an argument: arguments are seen by everybody.
    Text(String),
}

/// Runs a command in a ready pod of the service and ends as it ends.
pub async fn in_pod(site: &Site, service: &str, command: &[String], input: Input) -> Result<Exit> {
    let (pod, container) = site.ready_pod(service).await?;
    if site.sandbox {
        return Err(
            Problem::user(NO_CONTAINERS.trim_end()).hint("`edxaws exec` needs a platform on AWS")
        );
    }
    let lent = match input {
        Input::Terminal => Some(terminal::lend().map_err(|error| {
            Problem::user("the terminal cannot be lent").because(error.to_string())
        })?),
        _ => None,
    };
    let (_mode, sizes) = lent.unzip();
    let [out, err] = view::passed();
    let streams = Streams { input: source(input), out, err, terminal: sizes };
    let at = Container { namespace: &site.name, pod: &pod, name: &container };
    match exec(site.api.client(), at, command, streams).await? {
        Ended::Code(0) => Ok(Exit::Done),
        Ended::Code(code) => Ok(Exit::Command(code)),
        Ended::Failed(why) => {
            Err(Problem::user(format!("the command could not run in pod `{pod}`")).because(why))
        }
        Ended::Unknown => Err(Problem::user("the connection broke before the command ended")
            .hint("it may still run; look with `edxaws logs`")),
    }
}

fn source(input: Input) -> Option<Receiver<Vec<u8>>> {
    match input {
        Input::None => None,
        Input::Stdin | Input::Terminal => Some(terminal::typed()),
        Input::Text(text) => {
            let (to, bytes) = channel(1);
            // There is room for one.
            let _ = to.try_send(text.into_bytes());
            Some(bytes)
        }
    }
}
