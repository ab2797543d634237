//! `edxaws exec`: a command in a running container of a service.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::AttachParams;
use tokio::io::AsyncWriteExt;

use super::args::{ExecArgs, Global};
use super::site::{NO_CONTAINERS, Site};
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::failure;
use crate::view;

pub async fn run(global: &Global, args: &ExecArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let input = if args.stdin { Input::Terminal } else { Input::None };
    in_pod(&site, &args.service, &args.command, input).await
}

/// What the command reads.
pub enum Input {
    None,
    /// This program's own stdin.
    Terminal,
    /// A text that must not be an argument: arguments are seen by everybody.
    Text(String),
}

/// Runs a command in a ready pod of the service and passes its output through.
pub async fn in_pod(site: &Site, service: &str, command: &[String], input: Input) -> Result<Exit> {
    let pod = site.ready_pod(service).await?;
    if site.sandbox {
        view::err(NO_CONTAINERS);
        return Ok(Exit::Done);
    }
    let pods: Api<Pod> = Api::namespaced(site.api.client(), &site.name);
    let params = AttachParams::default()
        .container(service)
        .stdin(!matches!(input, Input::None))
        .stdout(true)
        .stderr(true);
    let running = pods.exec(&pod, command, &params).await;
    let mut running =
        running.map_err(|error| failure(&format!("exec Pod {}/{pod}", site.name), error))?;
    let status = running.take_status();
    let (out, err, stdin) = (running.stdout(), running.stderr(), running.stdin());
    let feed = async {
        let Some(mut stdin) = stdin else { return };
        // A command that stops reading says so by its status.
        let _ = match input {
            Input::Text(text) => stdin.write_all(text.as_bytes()).await,
            _ => tokio::io::copy(&mut tokio::io::stdin(), &mut stdin).await.map(drop),
        };
        let _ = stdin.shutdown().await;
    };
    tokio::join!(view::pass_out(out), view::pass_err(err), feed);
    let ended = match status {
        Some(status) => status.await,
        None => None,
    };
    match ended {
        Some(status) if status.status.as_deref() == Some("Success") => Ok(Exit::Done),
        Some(status) => Err(Problem::user(format!("the command failed in pod `{pod}`"))
            .because(status.message.unwrap_or_default())),
        None => Err(Problem::user("the connection broke before the command ended")
            .hint("it may still run; look with `edxaws logs`")),
    }
}
