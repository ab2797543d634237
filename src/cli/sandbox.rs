//! `edxaws sandbox`: serve the local AWS, look at it, reset it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use super::args::{Format, Global, SandboxCommand};
use super::session::{local_aws, scale_from_environment, world_path};
use crate::error::{Exit, Problem, Result};
use crate::view;

pub async fn run(global: &Global, command: &SandboxCommand) -> Result<Exit> {
    match command {
        SandboxCommand::Serve { port } => serve(global, *port).await,
        SandboxCommand::Status => status(global),
        SandboxCommand::Reset => reset(global),
    }
}

async fn serve(global: &Global, port: u16) -> Result<Exit> {
    let local = local_aws(global, scale_from_environment().unwrap_or(60.0))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        Problem::user(format!("cannot listen on 127.0.0.1:{port}"))
            .because(error.to_string())
            .hint("choose another port with `--port`")
    })?;
    let address = listener.local_addr().map_err(|error| Problem::user(error.to_string()))?;
    view::err(
        "the local AWS: strict about order and waiting, but no proof about the real one; no \
         container runs and nothing costs\n",
    );
    view::out(&format!("http://{address}\n"))?;
    view::err(&format!(
        "try: AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox aws --endpoint-url \
         http://{address} --region us-east-1 ec2 describe-vpcs\n"
    ));
    tokio::select! {
        ended = edxaws_localstack::serve(local, listener) => {
            ended.map_err(|error| Problem::user("the server ended").because(error.to_string()))?;
        }
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(Exit::Done)
}

fn status(global: &Global) -> Result<Exit> {
    let local = local_aws(global, scale_from_environment().unwrap_or(60.0))?;
    let path = world_path(global);
    let counts = local
        .world(|world| {
            let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
            for thing in world.things.values() {
                let owner = format!("{:?}", thing.owner).to_lowercase();
                *counts.entry((thing.kind.clone(), owner)).or_default() += 1;
            }
            counts
        })
        .map_err(|error| Problem::io(&path, &error))?;
    if global.format == Format::Json {
        let all: Vec<_> = counts
            .iter()
            .map(|((kind, owner), n)| serde_json::json!({"kind": kind, "owner": owner, "count": n}))
            .collect();
        view::out(&format!("{}\n", serde_json::Value::Array(all)))?;
        return Ok(Exit::Done);
    }
    let mut table = view::Table::new(["COUNT", "KIND", "OWNER"]);
    for ((kind, owner), count) in counts {
        table.row([count.to_string(), kind, owner]);
    }
    view::out(&table.render())?;
    Ok(Exit::Done)
}

/// Removes the world and the states that speak of it.
fn reset(global: &Global) -> Result<Exit> {
    let entries = std::fs::read_dir(&global.state).into_iter().flatten().flatten();
    let ours = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("sandbox.world.") || name.contains("@sandbox.")
    });
    for path in ours {
        std::fs::remove_file(&path).map_err(|error| Problem::io(&path, &error))?;
    }
    view::err("the sandbox is empty\n");
    Ok(Exit::Done)
}
