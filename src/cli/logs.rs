//! `edxaws logs`: what a service's pods write, all of them together.

use futures_util::io::AsyncBufReadExt;
use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;

use super::args::{Global, LogsArgs};
use super::site::{Site, pod_name};
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::failure;
use crate::view;

pub async fn run(global: &Global, args: &LogsArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let pods: Vec<String> = site.pods(&args.service).await?.iter().filter_map(pod_name).collect();
    if pods.is_empty() {
        return Err(Problem::user(format!("`{}` has no pods", args.service))
            .hint("`edxaws status` says what it waits for"));
    }
    let api: Api<Pod> = Api::namespaced(site.api.client(), &site.name);
    let params = LogParams {
        follow: args.follow,
        previous: args.previous,
        tail_lines: Some(args.tail),
        since_seconds: args.since,
        ..LogParams::default()
    };
    let mut streams = Vec::new();
    for pod in &pods {
        let stream = api.log_stream(pod, &params).await;
        let stream =
            stream.map_err(|error| failure(&format!("log Pod {}/{pod}", site.name), error))?;
        // One pod's lines need no name.
        let name = if pods.len() > 1 { format!("{pod}  ") } else { String::new() };
        streams.push(stream.lines().map_ok(move |line| format!("{name}{line}\n")).boxed());
    }
    let mut lines = futures_util::stream::select_all(streams);
    while let Some(line) = lines.next().await {
        view::out(&line.map_err(|error| {
            Problem::user("the log broke off").because(error.to_string()).hint("run it again")
        })?)?;
    }
    Ok(Exit::Done)
}
