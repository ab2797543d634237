//! How a cluster is reached: EKS over TLS under its own CA with a fresh token, or the local one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edxaws_localstack::LocalAws;
use http_body_util::BodyExt;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Client, Config};
use tower::ServiceBuilder;

use super::token::sign_token;
use crate::aws::{Clock, Failure, Outcome};

/// EKS accepts a token for 15 minutes after it was signed.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// What stands between this program and a cluster.
#[derive(Debug, Clone)]
pub enum Door {
    /// The network: the endpoint EKS names, its CA, nothing else.
    Network,
    /// The local AWS in this process.
    Local(LocalAws),
}

/// The clients of all clusters; clones share them.
#[derive(Clone)]
pub struct Clusters {
    pub door: Door,
    config: SdkConfig,
    open: Arc<Mutex<BTreeMap<String, (Client, Duration)>>>,
}

impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clusters").field("door", &self.door).finish_non_exhaustive()
    }
}

/// What of a cluster a client needs.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub name: &'a str,
    pub endpoint: &'a str,
    /// Base64 of the PEM, as EKS answers it.
    pub certificate_authority: &'a str,
}

impl Clusters {
    pub fn new(door: Door, config: &SdkConfig) -> Self {
        Self { door, config: config.clone(), open: Arc::default() }
    }

    /// The same credentials, another way in.
    pub fn through(&self, door: Door) -> Self {
        Self::new(door, &self.config)
    }

    /// A client whose token is good for some minutes: ask again for every call.
    pub async fn client(&self, target: Target<'_>, clock: Clock) -> Result<Client, Failure> {
        let now = clock.elapsed();
        if let Some(client) = self.opened(target.endpoint, now) {
            return Ok(client);
        }
        let client = self.connect(target, clock).await.map_err(|error| unreachable(&*error))?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(target.endpoint.to_owned(), (client.clone(), now));
        Ok(client)
    }

    /// The next call signs a new token: the last one was refused.
    pub fn forget(&self, endpoint: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(endpoint);
    }

    fn opened(&self, endpoint: &str, now: Duration) -> Option<Client> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (client, since) = open.get(endpoint)?;
        (now.saturating_sub(*since) < FRESH).then(|| client.clone())
    }

    async fn connect(&self, target: Target<'_>, clock: Clock) -> Result<Client, BoxError> {
        let mut config = Config::new(target.endpoint.parse()?);
        config.auth_info.token = Some(self.token(target.name, clock).await?.into());
        // The engine owns the retries: the default ones end after a thousand seconds.
        config.default_retry = false;
        config.root_cert = Some(certificates(target.certificate_authority)?);
        config.connect_timeout = Some(Duration::from_secs(10));
        match &self.door {
            Door::Network => Ok(ClientBuilder::try_from(config)?.build()),
            Door::Local(local) => Ok(in_process(local.clone(), &config)?),
        }
    }

    async fn token(&self, cluster: &str, clock: Clock) -> Result<String, BoxError> {
        let provider = self.config.credentials_provider().ok_or("no AWS credentials were found")?;
        let credentials = provider.provide_credentials().await?;
        let region = self.config.region().map_or("us-east-1", |region| region.as_ref());
        sign_token(cluster, region, &credentials.into(), SystemTime::from(clock.stamp()))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn unreachable(error: &(dyn std::error::Error + Send + Sync)) -> Failure {
    Failure {
        code: Failure::UNREACHABLE.to_owned(),
        outcome: Outcome::NotSent,
        ..Failure::unexpected("kubernetes", "connect", error.to_string())
    }
}

/// The DER of every certificate in a base64 PEM.
fn certificates(authority: &str) -> Result<Vec<Vec<u8>>, BoxError> {
    let pem = String::from_utf8(STANDARD.decode(authority)?)?;
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let decode = |block: &str| {
        let body = block.split("-----END").next().unwrap_or_default();
        let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD.decode(body).map_err(BoxError::from)
    };
    blocks.map(decode).collect()
}

/// The same stack of layers as over the network, with the local API instead of a socket.
fn in_process(local: LocalAws, config: &Config) -> Result<Client, BoxError> {
    let api = tower::service_fn(move |request: http::Request<Body>| {
        let local = local.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let answer = local.kubernetes(http::Request::from_parts(parts, body)).await;
            answer.map_err(BoxError::from)
        }
    });
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .map_err(BoxError::from)
        .service(api);
    Ok(Client::new(service, "default"))
}
