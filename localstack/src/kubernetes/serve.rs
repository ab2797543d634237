//! From an HTTP request to a Kubernetes answer: latency, the cluster, faults, who asks, streams.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::{Body, Frame};
use serde_json::Value;
use tokio::sync::mpsc;

use super::route::{Route, cluster};
use super::status::Refusal;
use super::verbs::{Asked, Reply, log, perform};
use super::watch::Watch;
use super::{auth, visit};
use crate::clock::WorldClock;
use crate::director::Course;
use crate::fault::Fault;
use crate::transport::{LocalAws, Reset};

/// The body of an answer; a watch's goes on.
pub type KubeBody = UnsyncBoxBody<Bytes, Reset>;

/// A round trip to the API server, in seconds.
const LATENCY: f64 = 0.02;

impl LocalAws {
    /// Answers one request to the Kubernetes API of an EKS cluster. The cluster is named by the
    /// host (`https://<ID>.gr7.<region>.eks.amazonaws.com`) or by a path (`/clusters/<ID>/…`).
    pub async fn kubernetes(&self, request: Request<Bytes>) -> Result<Response<KubeBody>, Reset> {
        self.clock.sleep(LATENCY).await;
        let header = |name: &str| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let Some((id, path)) = cluster(request.uri(), header("host").as_deref()) else {
            return Err(Reset);
        };
        let route = Route::new(request.method().clone(), path, request.uri().query());
        let action = route.action();
        // Late, stale and garbled answers are the AWS APIs' only; here they are as they are.
        let fault = match self.course("kubernetes", &action) {
            Course::Fault(fault) => Some(fault),
            Course::Late(_) => Some(Fault::HangBefore),
            _ => None,
        };
        if let Some(error) = fault.as_ref().and_then(Fault::as_error) {
            self.noted("kubernetes", &action, &error.code);
            return Ok(refused(&Refusal::new(error.status, &error.code, error.message)));
        }
        let hang = matches!(fault, Some(Fault::HangBefore | Fault::HangAfter));
        if matches!(fault, Some(Fault::NotSent | Fault::HangBefore)) {
            self.noted("kubernetes", &action, "fault");
            return lost(hang).await;
        }
        let raw = Raw {
            route,
            content_type: header("content-type").unwrap_or_default(),
            agent: header("user-agent").unwrap_or_default(),
            token: header("authorization"),
            body: request.into_body(),
        };
        let answer = self.answer_kubernetes(&id, raw)?;
        if fault.is_some() {
            self.noted("kubernetes", &action, "fault");
            return lost(hang).await;
        }
        let outcome = answer.as_ref().err().map_or("ok", |refusal| refusal.reason.as_str());
        self.noted("kubernetes", &action, outcome);
        Ok(answer.map_or_else(|refusal| refused(&refusal), |reply| self.response(&id, reply)))
    }

    /// The answer of a cluster; one that is not there cannot be reached.
    fn answer_kubernetes(&self, id: &str, raw: Raw) -> Result<Result<Reply, Refusal>, Reset> {
        let now = self.clock.now();
        let found = self.world(|world| {
            visit(world, id, now, |scene| {
                let token = raw.token.as_deref();
                let caller = auth::caller(scene.world, scene.cluster, token, now)?;
                let agent = raw.agent.split(['/', ' ']).next().unwrap_or_default().to_owned();
                let Raw { route, content_type, body, .. } = raw;
                perform(scene, &Asked { route, content_type, agent, body, caller })
            })
        });
        found.map_err(|_| Reset)?.ok_or(Reset)
    }

    fn response(&self, id: &str, reply: Reply) -> Response<KubeBody> {
        match reply {
            Reply::Json(code, value) => json(code, &value),
            Reply::Text(text) => plain(200, "text/plain", text.into()),
            Reply::Watch(watch) => streamed("application/json", |sender| {
                tokio::spawn(follow_changes(self.clone(), id.to_owned(), watch, sender));
            }),
            Reply::Follow(space, name) => streamed("text/plain", |sender| {
                let key = format!("pods/{space}/{name}");
                tokio::spawn(follow_log(self.clone(), id.to_owned(), key, sender));
            }),
        }
    }
}

struct Raw {
    route: Route,
    content_type: String,
    agent: String,
    token: Option<String>,
    body: Bytes,
}

async fn lost(hang: bool) -> Result<Response<KubeBody>, Reset> {
    if hang {
        return std::future::pending().await;
    }
    Err(Reset)
}

fn plain(code: u16, content_type: &str, body: Bytes) -> Response<KubeBody> {
    let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or_default();
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert(http::header::CONTENT_TYPE, value);
    }
    response
}

fn json(code: u16, value: &Value) -> Response<KubeBody> {
    plain(code, "application/json", value.to_string().into())
}

fn refused(refusal: &Refusal) -> Response<KubeBody> {
    if refusal.code == 404 && refusal.reason.is_empty() {
        return plain(404, "text/plain", format!("{}\n", refusal.message).into());
    }
    json(refusal.code, &refusal.body())
}

/// An answer that grows as long as somebody sends.
fn streamed(content_type: &str, start: impl FnOnce(Sender)) -> Response<KubeBody> {
    let (sender, receiver) = mpsc::channel(64);
    start(sender);
    let mut response = plain(200, content_type, Bytes::new());
    *response.body_mut() = Growing(receiver).boxed_unsync();
    response
}

type Sender = mpsc::Sender<Bytes>;

struct Growing(mpsc::Receiver<Bytes>);

impl Body for Growing {
    type Data = Bytes;
    type Error = Reset;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Reset>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// How often a stream looks: every second of the world's time, but not all the time of a machine
/// whose world runs fast.
fn pause(clock: &WorldClock) -> f64 {
    match clock {
        WorldClock::Wall { scale, .. } => (scale * 0.1).max(1.0),
        WorldClock::Tokio { .. } => 1.0,
    }
}

async fn follow_changes(local: LocalAws, id: String, watch: Watch, sender: Sender) {
    let end = local.clock.now() + watch.seconds;
    let mut seen: Option<u64> = None;
    let mut marked = local.clock.now();
    while !sender.is_closed() && local.clock.now() < end {
        let now = local.clock.now();
        let looked = local.world(|world| {
            visit(world, &id, now, |scene| {
                let cluster = &*scene.cluster;
                match seen {
                    None => {
                        let (lines, from) = watch.begin(cluster);
                        (Ok(lines), from)
                    }
                    Some(seen) => (watch.next(cluster, seen), cluster.revision),
                }
            })
        });
        let Ok(Some((lines, revision))) = looked else { return };
        let last = lines.is_err();
        let mut lines = lines.unwrap_or_else(|error| vec![error]);
        if watch.bookmarks && now - marked > 60.0 {
            marked = now;
            lines.push(watch.bookmark(revision));
        }
        for line in lines {
            if sender.send(format!("{line}\n").into()).await.is_err() {
                return;
            }
        }
        if last {
            return;
        }
        let begun = seen.replace(revision).is_none();
        if !begun || watch.from.is_none() {
            local.clock.sleep(pause(&local.clock)).await;
        }
    }
}

async fn follow_log(local: LocalAws, id: String, key: String, sender: Sender) {
    let mut said = 0;
    while !sender.is_closed() {
        let now = local.clock.now();
        let looked = local.world(|world| {
            visit(world, &id, now, |scene| {
                let pod = scene.cluster.get(&key).cloned()?;
                Some((log(scene, &pod), pod))
            })
            .flatten()
        });
        let Ok(Some((lines, pod))) = looked else { return };
        for line in lines.iter().skip(said) {
            if sender.send(format!("{line}\n").into()).await.is_err() {
                return;
            }
        }
        said = said.max(lines.len());
        if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
            return;
        }
        local.clock.sleep(pause(&local.clock)).await;
    }
}
