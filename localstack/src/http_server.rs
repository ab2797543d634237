//! The local AWS over HTTP on the loopback interface, for the AWS CLI and other clients.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::fault::FaultRule;
use crate::render::Reply;
use crate::transport::LocalAws;

/// Serves until the future is dropped; the clusters' Kubernetes API on the next port (or, when that
/// is taken, any), which DescribeCluster then names.
pub async fn serve(local: LocalAws, listener: TcpListener) -> std::io::Result<()> {
    let next = listener.local_addr()?.port().wrapping_add(1);
    let kubernetes = match TcpListener::bind((Ipv4Addr::LOCALHOST, next)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let local = local.with_kubernetes_at(kubernetes.local_addr()?.port());
    tokio::select! {
        ended = serve_aws(local.clone(), listener) => ended,
        ended = crate::kubernetes::serve(local, kubernetes) => ended,
    }
}

async fn serve_aws(local: LocalAws, listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        if !loopback(peer) {
            continue;
        }
        let local = local.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(local.clone(), request));
            // A client that hangs up is its own business.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn loopback(peer: SocketAddr) -> bool {
    peer.ip().is_loopback()
}

async fn answer(
    local: LocalAws,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    if let Some(asked) = parts.uri.path().strip_prefix("/_edxaws/") {
        let (status, text) = own(&local, &parts.method, asked, &body).await;
        let mut response = http::Response::new(Full::from(text));
        *response.status_mut() = status;
        return Ok(response);
    }
    let reply = local.handle(http::Request::from_parts(parts, body)).await;
    // A lost answer closes the connection, as the network would.
    response(reply.map_err(std::io::Error::other)?).map_err(std::io::Error::other)
}

/// What AWS does not have: faults on request, the trace of calls, what a browser would see.
async fn own(
    local: &LocalAws,
    method: &http::Method,
    asked: &str,
    body: &[u8],
) -> (StatusCode, String) {
    match asked.split_once('/').unwrap_or((asked, "")) {
        ("faults", "") => add_fault(local, body),
        ("trace", "") => trace(local, method),
        ("web", page) => {
            let (host, path) = page.split_once('/').unwrap_or((page, ""));
            let status = local.web(host, &format!("/{path}")).await;
            (StatusCode::from_u16(status).unwrap_or_default(), String::new())
        }
        _ => (StatusCode::NOT_FOUND, "`faults`, `trace` and `web` are all there is".to_owned()),
    }
}

fn add_fault(local: &LocalAws, body: &[u8]) -> (StatusCode, String) {
    match serde_json::from_slice::<FaultRule>(body) {
        Ok(rule) => {
            local.faults.add(rule);
            (StatusCode::OK, String::new())
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()),
    }
}

/// What was called since the last `DELETE`.
fn trace(local: &LocalAws, method: &http::Method) -> (StatusCode, String) {
    if method == http::Method::DELETE {
        local.clear_trace();
    }
    match serde_json::to_string(&local.trace()) {
        Ok(calls) => (StatusCode::OK, calls),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn response(reply: Reply) -> Result<http::Response<Full<Bytes>>, http::Error> {
    let Reply { status, content_type, headers, body } = reply;
    let mut response =
        http::Response::builder().status(status).header("content-type", content_type);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::from(body))
}
