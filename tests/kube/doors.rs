//! What an API server asks others for: whose token it was shown (EKS's authenticator), and what a
//! container wrote (a kubelet, over TLS).

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edxaws_localstack::kubernetes::Trouble;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::kubelet::Troubles;

/// The tokens that were shown, and those of them that are too old by now.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Mutex<(BTreeSet<String>, BTreeSet<String>)>>);

impl Tokens {
    /// From now on no token is good that was shown before.
    pub fn expire(&self) {
        let mut tokens = self.0.lock().unwrap();
        let shown = std::mem::take(&mut tokens.0);
        tokens.1.extend(shown);
    }

    /// How many were shown and are good.
    pub fn good(&self) -> usize {
        self.0.lock().unwrap().0.len()
    }

    /// Who shows it: whoever signed an identity request that names a cluster.
    fn who(&self, token: &str) -> Option<String> {
        let url = URL_SAFE_NO_PAD.decode(token.strip_prefix("k8s-aws-v1.")?).ok()?;
        let url = String::from_utf8(url).ok()?;
        let signed = url.contains("GetCallerIdentity") && url.contains("x-k8s-aws-id");
        let (_, key) = url.split_once("X-Amz-Credential=")?;
        let mut tokens = self.0.lock().unwrap();
        if !signed || tokens.1.contains(token) {
            return None;
        }
        tokens.0.insert(token.to_owned());
        Some(key.split(['%', '/']).next()?.to_owned())
    }

    fn review(&self, asked: &Value) -> Value {
        let who = asked.pointer("/spec/token").and_then(Value::as_str);
        let status = match who.and_then(|token| self.who(token)) {
            Some(user) => json!({"authenticated": true,
                "user": {"username": user, "uid": user, "groups": ["system:masters"]}}),
            None => json!({"authenticated": false}),
        };
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status})
    }
}

pub async fn authenticator(listener: TcpListener, tokens: Tokens) {
    while let Ok((stream, _)) = listener.accept().await {
        let tokens = tokens.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let tokens = tokens.clone();
            async move {
                let body = request.into_body().collect().await?.to_bytes();
                let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
                let mut answer = Response::new(tokens.review(&asked).to_string());
                let kind = http::HeaderValue::from_static("application/json");
                answer.headers_mut().insert("content-type", kind);
                Ok::<_, hyper::Error>(answer)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

/// Containers that fail have written something: what the trouble says.
pub async fn logs(listener: TcpListener, troubles: Troubles) {
    let acceptor = TlsAcceptor::from(Arc::new(certificate()));
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, troubles) = (acceptor.clone(), troubles.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let text = written(request.uri().path(), &troubles);
            async move { Ok::<_, hyper::Error>(Response::new(text)) }
        });
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            // A client that hangs up is its own business.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

/// `/containerLogs/NAMESPACE/POD/CONTAINER`
fn written(path: &str, troubles: &Troubles) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let (space, pod) = (parts.get(2).unwrap_or(&""), parts.get(3).unwrap_or(&""));
    match troubles.lock().unwrap().trouble(space, pod).map(|one| &one.trouble) {
        Some(Trouble::CrashLoop { log } | Trouble::JobFails { log }) => log.join("\n") + "\n",
        _ => String::new(),
    }
}

fn certificate() -> ServerConfig {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// A loopback port that was free a moment ago.
pub async fn door() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}
