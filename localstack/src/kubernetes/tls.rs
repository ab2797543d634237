//! The certificate authority of a world's clusters, and the server's certificate under it.
//!
//! Everything follows from a secret of the world, so that worlds repeat exactly and the secret is
//! all that has to be kept. One port serves all clusters, told apart by the path.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::serve::KubeBody;
use crate::transport::LocalAws;
use crate::world::World;

/// What goes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The world's secret, made when it is first needed; no random number is spent on it.
fn secret(world: &mut World) -> String {
    let seed = world.seed;
    let made = || {
        let digest = Sha256::digest(format!("edxaws local kubernetes {seed}"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    if world.kubernetes.secret.is_none() {
        world.generation += 1;
    }
    world.kubernetes.secret.get_or_insert_with(made).clone()
}

fn key(secret: &str, purpose: &str) -> Result<KeyPair, rcgen::Error> {
    let seed = Sha256::digest(format!("{secret}/{purpose}"));
    let der = PrivatePkcs8KeyDer::from([ED25519.as_slice(), seed.as_slice()].concat());
    KeyPair::try_from(&der)
}

fn authority_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "kubernetes");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

/// Base64 of the authority's PEM, as EKS answers it.
pub fn authority(world: &mut World) -> Option<String> {
    let secret = secret(world);
    let certificate =
        authority_params().ok()?.self_signed(&key(&secret, "authority").ok()?).ok()?;
    Some(STANDARD.encode(certificate.pem()))
}

/// Serves the clusters' API over TLS until the future is dropped.
pub async fn serve(local: LocalAws, listener: TcpListener) -> io::Result<()> {
    let config = local.world(server)?.map_err(io::Error::other)?;
    let acceptor = TlsAcceptor::from(config);
    loop {
        let (stream, peer) = listener.accept().await?;
        if !peer.ip().is_loopback() {
            continue;
        }
        let (local, acceptor) = (local.clone(), acceptor.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request| answer(local.clone(), request));
            // A client that hangs up is its own business.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(local: LocalAws, request: Request<Incoming>) -> io::Result<Response<KubeBody>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    // A lost answer closes the connection, as the network would.
    local.kubernetes(Request::from_parts(parts, body)).await.map_err(io::Error::other)
}

/// TLS for `127.0.0.1` and `localhost` under the authority.
fn server(
    world: &mut World,
) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error + Send + Sync>> {
    let secret = secret(world);
    let (authority, own) = (key(&secret, "authority")?, key(&secret, "server")?);
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    let issuer = Issuer::new(authority_params()?, authority);
    let certificate = params.signed_by(&own, &issuer)?;
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
