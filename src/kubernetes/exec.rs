//! A command in a container that runs: its streams, and how it ended.

use std::pin::{Pin, pin};

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{AttachParams, TerminalSize};
use kube::{Api, Client};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

use super::failure::failure;
use crate::aws::Failure;

/// Where a command runs.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    pub namespace: &'a str,
    pub pod: &'a str,
    pub name: &'a str,
}

type Sink = Pin<Box<dyn AsyncWrite + Send>>;

/// What a command reads and where it writes.
pub struct Streams {
    /// None for a command that reads nothing. The end of it is the end of the command's input.
    pub input: Option<Receiver<Vec<u8>>>,
    pub out: Sink,
    pub err: Sink,
    /// Columns and rows of the terminal that it is to have, now and later.
    pub terminal: Option<Receiver<(u16, u16)>>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Code(u8),
    /// It could not be run, or something killed it.
    Failed(String),
    /// Nobody said: it may still run.
    Unknown,
}

/// Runs a command, passes its streams, and waits for its end.
pub async fn exec(
    client: Client,
    at: Container<'_>,
    command: &[String],
    streams: Streams,
) -> Result<Ended, Failure> {
    let Streams { input, out, err, terminal } = streams;
    let pods: Api<Pod> = Api::namespaced(client, at.namespace);
    let params = AttachParams::default()
        .container(at.name)
        .stdin(input.is_some())
        .stdout(true)
        // A terminal has one stream for both.
        .stderr(terminal.is_none())
        .tty(terminal.is_some());
    let running = pods.exec(at.pod, command, &params).await;
    let action = || format!("exec Pod {}/{}", at.namespace, at.pod);
    let mut running = running.map_err(|error| failure(&action(), error))?;
    let status = running.take_status();
    let (stdout, stderr, stdin) = (running.stdout(), running.stderr(), running.stdin());
    let mut sizes = running.terminal_size();
    let relay = async {
        tokio::join!(pass(stdout, out), pass(stderr, err));
    };
    let end = async {
        let Some(status) = status else { return Ended::Unknown };
        ended(status.await)
    };
    let resize = async {
        let (Some(mut terminal), Some(to)) = (terminal, sizes.as_mut()) else { return };
        while let Some((width, height)) = terminal.recv().await {
            // One that is lost is followed by the next.
            let _ = to.try_send(TerminalSize { height, width });
        }
    };
    // What a person might still type does not keep a command alive that has ended.
    let talk = async {
        tokio::join!(feed(input, stdin), resize);
        std::future::pending().await
    };
    tokio::select! {
        ended = whole(relay, end) => Ok(ended),
        () = talk => Ok(Ended::Unknown),
    }
}

/// The end of a command, and all that it wrote. The streams of a connection that broke have no end;
/// its status has one.
async fn whole(relay: impl Future<Output = ()>, end: impl Future<Output = Ended>) -> Ended {
    let (mut relay, mut end) = (pin!(relay), pin!(end));
    tokio::select! {
        biased;
        () = &mut relay => end.await,
        ended = &mut end => {
            if ended != Ended::Unknown {
                relay.await;
            }
            ended
        }
    }
}

async fn pass(from: Option<impl AsyncRead + Unpin>, mut to: Sink) {
    let Some(mut from) = from else { return };
    // Either end may hang up; how the command ended is told by its status.
    if let Err(error) = tokio::io::copy(&mut from, &mut to).await {
        tracing::debug!(%error, "the output broke off");
    }
    let _ = to.flush().await;
}

async fn feed(input: Option<Receiver<Vec<u8>>>, to: Option<impl AsyncWrite + Unpin>) {
    let (Some(mut input), Some(mut to)) = (input, to) else { return };
    while let Some(bytes) = input.recv().await {
        // A command that stops reading says so by its status.
        if to.write_all(&bytes).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

fn ended(status: Option<Status>) -> Ended {
    let Some(status) = status else { return Ended::Unknown };
    if status.status.as_deref() == Some("Success") {
        return Ended::Code(0);
    }
    let causes = status.details.into_iter().filter_map(|details| details.causes).flatten();
    let mut codes = causes.filter(|cause| cause.reason.as_deref() == Some("ExitCode"));
    let code = codes.next().and_then(|cause| cause.message?.parse().ok());
    match code {
        Some(code) => Ended::Code(code),
        None => Ended::Failed(status.message.unwrap_or_default()),
    }
}
