//! One HTTPS request to a host behind a load balancer, before the world's resolvers know the host.

use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use edxaws_localstack::LocalAws;
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use super::Clock;

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    pub host: &'a str,
    pub path: &'a str,
    /// DNS name of the load balancer, which is connected to.
    pub balancer: &'a str,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    Status(u16),
    /// No answer, and why.
    Nothing(String),
}

impl Answered {
    /// A page, or the way to one.
    pub fn well(&self) -> bool {
        matches!(self, Self::Status(200..=399))
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "it answers {status}"),
            Self::Nothing(why) => write!(f, "no answer: {why}"),
        }
    }
}

/// Where the web is.
#[derive(Debug, Clone)]
pub enum Web {
    Network,
    /// The local AWS in this process.
    Local(LocalAws),
    /// A local AWS over plain HTTP: no load balancer listens, so it is asked what one would answer.
    Served(String),
}

const PATIENCE: Duration = Duration::from_secs(10);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Web {
    /// The network, unless the configuration names a local endpoint.
    pub fn of(config: &SdkConfig) -> Self {
        config.endpoint_url().map_or(Self::Network, |endpoint| Self::Served(endpoint.to_owned()))
    }

    /// Asks once. Whatever goes wrong is an answer, too: a site that comes up passes many of them.
    pub async fn ask(&self, probe: Probe<'_>, clock: Clock) -> Answered {
        let request = async {
            match self {
                Self::Network => over_tls(probe).await,
                Self::Local(local) => Ok(local.web(probe.host, probe.path).await),
                Self::Served(endpoint) => from_server(endpoint, probe).await,
            }
        };
        tokio::select! {
            answer = request => match answer {
                Ok(status) => Answered::Status(status),
                Err(error) => Answered::Nothing(chain(&*error)),
            },
            () = clock.sleep(PATIENCE) => {
                Answered::Nothing(format!("nothing within {} s", PATIENCE.as_secs()))
            }
        }
    }
}

/// The connection goes to the load balancer; the certificate must be the host's.
async fn over_tls(probe: Probe<'_>) -> Result<u16, BoxError> {
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_only()
        .with_server_name_resolver(FixedServerNameResolver::new(probe.host.to_owned().try_into()?))
        .enable_http1()
        .build();
    let url = format!("https://{}{}", probe.balancer, probe.path);
    let request = http::Request::get(url).header("host", probe.host).body(String::new())?;
    let answer = Client::builder(TokioExecutor::new()).build(connector).request(request).await?;
    Ok(answer.status().as_u16())
}

async fn from_server(endpoint: &str, probe: Probe<'_>) -> Result<u16, BoxError> {
    let Probe { host, path, .. } = probe;
    let url = format!("{}/_edxaws/web/{host}{path}", endpoint.trim_end_matches('/'));
    let request = http::Request::get(url).body(String::new())?;
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    Ok(client.request(request).await?.status().as_u16())
}

/// An error and what is behind it, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line = format!("{line}: {cause}");
        next = cause.source();
    }
    line
}
