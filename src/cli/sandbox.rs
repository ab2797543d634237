//! `edxaws sandbox`: serve the local AWS, look at it, reset it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use aws_credential_types::Credentials;
use tokio::net::TcpListener;

use super::args::{Format, Global, SandboxCommand};
use super::session::{local_aws, scale_from_environment, world_path};
use crate::aws::{Endpoint, Failure, connect};
use crate::error::{Exit, Problem, Result};
use crate::view;

/// Both halves of the sandbox's access key.
const KEY: &str = "sandbox";

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
         http://{address} --region us-east-1 ec2 describe-vpcs\n\
         and for kubectl: edxaws kubeconfig --profile sandbox\n"
    ));
    let (served, url) = (served_path(global), format!("http://{address}"));
    std::fs::create_dir_all(&global.state).map_err(|error| Problem::io(&global.state, &error))?;
    std::fs::write(&served, &url).map_err(|error| Problem::io(&served, &error))?;
    let ended = tokio::select! {
        ended = edxaws_localstack::serve(local, listener) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    // Another one may be served by now.
    if std::fs::read_to_string(&served).is_ok_and(|latest| latest == url) {
        let _ = std::fs::remove_file(&served);
    }
    ended.map_err(|error| Problem::user("the server ended").because(error.to_string()))?;
    Ok(Exit::Done)
}

/// Holds the address while the sandbox is served.
fn served_path(global: &Global) -> PathBuf {
    global.state.join("sandbox.served")
}

/// Where the served sandbox's cluster answers, and its certificate authority.
pub async fn cluster(global: &Global, region: &str, name: &str) -> Result<(String, String)> {
    let unserved = || {
        Problem::user("the sandbox's cluster answers others only while it is served")
            .hint("run `edxaws sandbox serve` in another terminal, then this again")
    };
    let url = std::fs::read_to_string(served_path(global)).map_err(|_| unserved())?;
    let config = connect(&Endpoint::Aws, region).await;
    let config = aws_sdk_eks::config::Builder::from(&config)
        .endpoint_url(url)
        .credentials_provider(Credentials::new(KEY, KEY, None, None, "sandbox"))
        .build();
    let asked = aws_sdk_eks::Client::from_conf(config).describe_cluster().name(name).send().await;
    let answer = asked.map_err(|error| unserved().because(Failure::from(error).to_string()))?;
    let cluster = answer.cluster().ok_or_else(unserved)?;
    let authority = cluster.certificate_authority().and_then(|one| one.data());
    let (endpoint, authority) = cluster.endpoint().zip(authority).ok_or_else(unserved)?;
    Ok((endpoint.to_owned(), authority.to_owned()))
}

/// What the sandbox takes for its one user.
pub fn credentials() -> Vec<(&'static str, String)> {
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name, KEY.to_owned())).to_vec()
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
