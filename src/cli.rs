//! The command line: clap types, one file per verb, one place that turns results into exit codes.

mod args;
mod audit;
mod book;
mod cost;
mod course;
mod destroy;
mod doctor;
mod exec;
mod forecast;
mod graph;
mod habits;
mod images;
mod jobs;
mod kubeconfig;
mod logs;
mod narrow;
mod open;
mod outputs;
mod plan;
mod policy;
mod prices;
mod profile;
mod reference;
mod report;
mod rollout;
mod run;
mod sandbox;
mod session;
mod site;
mod state;
mod status;
mod terminal;
mod token;
mod tutor;
mod up;
mod user;

use std::process::ExitCode;

use clap::Parser;

pub use args::{Args, Command, Format, Global};
pub use reference::reference;

use crate::error::{Exit, Result};
use crate::view;

/// Parses the command line, runs the verb, and says how it ended.
pub fn main() -> ExitCode {
    let args = Args::parse();
    log(&args.global);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(async { dispatch(args.settled()?).await }),
        Err(error) => Err(crate::error::Problem::user("cannot start").because(error.to_string())),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(problem) => {
            if problem.exit != Exit::Done {
                view::err(&view::problem(&problem));
            }
            problem.exit.into()
        }
    }
}

async fn dispatch(args: Args) -> Result<Exit> {
    let Args { global, command } = args;
    match command {
        Command::Plan(args) => plan::run(&global, args).await,
        Command::Up(args) => up::run(&global, args).await,
        Command::Status(args) => status::run(&global, args).await,
        Command::Destroy(args) => destroy::run(&global, args).await,
        Command::Cost(args) => cost::run(&global, &args),
        Command::Outputs => outputs::run(&global).await,
        Command::Graph(args) => graph::run(&global, &args).await,
        Command::Tutor(args) => tutor::run(&global, &args).await,
        Command::Kubeconfig(args) => kubeconfig::run(&global, &args).await,
        Command::Open(args) => open::run(&global, &args).await,
        Command::Logs(args) => logs::run(&global, &args).await,
        Command::Exec(args) => exec::run(&global, &args).await,
        Command::Jobs(args) => jobs::run(&global, &args).await,
        Command::User(command) => user::run(&global, &command).await,
        Command::Course(command) => course::run(&global, &command).await,
        Command::Restart(args) => rollout::restart(&global, &args).await,
        Command::Scale(args) => rollout::scale(&global, &args).await,
        Command::Token(args) => token::run(&args).await,
        Command::Doctor => doctor::run(&global).await,
        Command::State(command) => state::run(&global, command).await,
        Command::Policy => policy::run(&global).await,
        Command::Images(args) => images::run(&global, &args).await,
        Command::Prices(command) => prices::run(&global, &command).await,
        Command::Init(args) => profile::init(&global, &args),
        Command::Validate => profile::validate(&global),
        Command::Profile(command) => profile::run(&global, &command),
        Command::Sandbox(command) => sandbox::run(&global, &command).await,
        Command::Completions { shell } => reference::completions(shell),
        Command::Reference => reference::markdown(),
    }
}

/// The debug log, which is not the interface: `-v` to stderr, `EDXAWS_LOG` for filters.
fn log(global: &Global) {
    let level = match global.verbose {
        0 => "error",
        1 => "edxaws=debug",
        _ => "edxaws=trace,aws_smithy_runtime=debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("EDXAWS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
