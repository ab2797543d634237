//! The local AWS over HTTP on the loopback interface, for the AWS CLI and other clients.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
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
    match parts.uri.path() {
        "/_edxaws/faults" => {
            return Ok(add_fault(&local, &body).unwrap_or_else(|never| match never {}));
        }
        "/_edxaws/trace" => return trace(&local, &parts.method).map_err(std::io::Error::other),
        _ => {}
    }
    let reply = local.handle(http::Request::from_parts(parts, body)).await;
    // A lost answer closes the connection, as the network would.
    response(reply.map_err(std::io::Error::other)?).map_err(std::io::Error::other)
}

fn add_fault(local: &LocalAws, body: &[u8]) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (status, text) = match serde_json::from_slice::<FaultRule>(body) {
        Ok(rule) => {
            local.faults.add(rule);
            (200, String::new())
        }
        Err(error) => (400, error.to_string()),
    };
    let mut response = http::Response::new(Full::from(text));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    Ok(response)
}

/// What was called since the last `DELETE`.
fn trace(
    local: &LocalAws,
    method: &http::Method,
) -> Result<http::Response<Full<Bytes>>, serde_json::Error> {
    if method == http::Method::DELETE {
        local.clear_trace();
    }
    let calls = serde_json::to_vec(&local.trace())?;
    Ok(http::Response::new(Full::from(calls)))
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
