//! The few requests that lead to a digest.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};

use super::challenge::Challenge;
use super::error::{Cause, RegistryError};
use super::image::{Image, is_loopback};
use crate::aws::{Clock, Hidden, chain};

/// An index of images for several machines comes before the image for one.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json";
const DIGEST: &str = "docker-content-digest";
/// The specification lets registries refuse longer ones.
const LONGEST: usize = 4 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks registries as nobody in particular.
#[derive(Debug, Clone)]
pub struct Registries {
    client: Client<HttpsConnector<HttpConnector>, String>,
    clock: Clock,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Registries {
    /// With the certificates that this machine trusts.
    pub fn new(clock: Clock) -> std::io::Result<Self> {
        let connector =
            HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new()).build(connector.build());
        Ok(Self { client, clock })
    }

    /// What the tag stands for today.
    pub async fn digest(&self, image: &Image) -> Result<String, RegistryError> {
        self.find(image).await.map_err(|cause| RegistryError::new(&image.to_string(), cause))
    }

    async fn find(&self, image: &Image) -> Result<String, Cause> {
        let registry = || image.registry.clone();
        if image.is_private_ecr() {
            return Err(Cause::Private { registry: registry() });
        }
        let url = image.manifest();
        let mut answer = self.get(&url, None).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            let token = self.token(image, &answer).await?;
            answer = self.get(&url, Some(&token)).await?;
        }
        match answer.status {
            StatusCode::OK => verified(image, &answer),
            StatusCode::NOT_FOUND => Err(Cause::Missing { registry: registry() }),
            // What does not exist is forbidden to strangers, as what is private is.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Cause::Missing { registry: registry() })
            }
            StatusCode::TOO_MANY_REQUESTS => Err(Cause::Busy { registry: registry() }),
            other => Err(Cause::Refused { host: registry(), status: other.as_u16() }),
        }
    }

    /// A token for somebody without a name.
    async fn token(&self, image: &Image, refused: &Answer) -> Result<Hidden<String>, Cause> {
        let headers = refused.headers.get_all("www-authenticate").iter();
        let challenge = headers.filter_map(|header| Challenge::parse(header.to_str().ok()?)).next();
        let private = || Cause::Private { registry: image.registry.clone() };
        let url = challenge.ok_or_else(private)?.token_for(&image.repository);
        let host = host(&url);
        let none = |why: &str| Cause::NoToken { host: host.clone(), why: why.to_owned() };
        let in_the_clear = url.starts_with("http://") && image.is_loopback() && is_loopback(&host);
        if !url.starts_with("https://") && !in_the_clear {
            return Err(none("it is not asked over plain HTTP"));
        }
        let answer = self.get(&url, None).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(private()),
            other => return Err(Cause::Refused { host, status: other.as_u16() }),
        }
        let given: serde_json::Value =
            serde_json::from_slice(&answer.body).map_err(|_| none("its answer is no JSON"))?;
        let token = given.get("token").or_else(|| given.get("access_token"));
        let token = token.and_then(|token| token.as_str()).ok_or_else(|| none("it sends none"))?;
        Ok(Hidden::new(token.to_owned()))
    }

    async fn get(&self, url: &str, token: Option<&Hidden<String>>) -> Result<Answer, Cause> {
        let lost = |why: String| Cause::Unreachable { host: host(url), why };
        let mut request = http::Request::get(url).header("accept", MANIFESTS);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        let request = request.body(String::new()).map_err(|error| lost(error.to_string()))?;
        let whole = async {
            let answer = self.client.request(request).await.map_err(|error| lost(chain(&error)))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = Limited::new(answer.into_body(), LONGEST).collect().await;
            let body = body.map_err(|error| lost(chain(&*error)))?.to_bytes().to_vec();
            Ok(Answer { status, headers, body })
        };
        tokio::select! {
            answer = whole => answer,
            () = self.clock.sleep(PATIENCE) => {
                Err(lost(format!("nothing within {} s", PATIENCE.as_secs())))
            }
        }
    }
}

/// A digest names bytes, so what the registry says is checked against those it sent.
fn verified(image: &Image, answer: &Answer) -> Result<String, Cause> {
    let hash = Sha256::digest(&answer.body);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let sent = format!("sha256:{hash}");
    match answer.headers.get(DIGEST).map(|said| said.to_str().unwrap_or_default()) {
        Some(said) if said != sent => {
            let (registry, said) = (image.registry.clone(), said.to_owned());
            Err(Cause::Mismatch { registry, said, sent })
        }
        _ => Ok(sent),
    }
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}
