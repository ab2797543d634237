//! One SDK client per service, all from one configuration: retries off, calls paced and traced.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

use edxaws_localstack::LocalAws;

use super::{Pace, Trace, Web};
use crate::kubernetes::{Clusters, Door};

/// Where calls go.
#[derive(Debug, Clone)]
pub enum Endpoint {
    /// The user's account, or whatever `AWS_ENDPOINT_URL` names.
    Aws,
    /// The in-process local AWS: no socket, no credentials.
    Local(SharedHttpClient),
}

/// Loads the user's credentials and region the way every AWS tool does.
pub async fn connect(endpoint: &Endpoint, region: &str) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .app_name_opt()
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .operation_attempt_timeout(Duration::from_secs(40))
                .build(),
        )
        // The SDK retries timeouts on every operation: a lost answer to CreateVpc would make two.
        .retry_config(RetryConfig::disabled());
    match endpoint {
        Endpoint::Aws => loader.load().await,
        Endpoint::Local(client) => {
            let credentials =
                Credentials::new("AKIASANDBOXSANDBOX00", "sandbox", None, None, "sandbox");
            loader.http_client(client.clone()).credentials_provider(credentials).load().await
        }
    }
}

trait AppName {
    fn app_name_opt(self) -> Self;
}

impl AppName for aws_config::ConfigLoader {
    /// Names this program in the User-Agent, so CloudTrail shows who called.
    fn app_name_opt(self) -> Self {
        match aws_config::AppName::new("edxaws") {
            Ok(name) => self.app_name(name),
            Err(_) => self,
        }
    }
}

/// The same configuration, in which every call waits for its turn.
fn paced(config: &SdkConfig, pace: &Pace) -> SdkConfig {
    let cache = config.identity_cache().map(|cache| pace.before(cache));
    let mut config = config.to_builder();
    config.set_identity_cache(cache);
    config.build()
}

macro_rules! clients {
    ($($field:ident: $sdk:ident),* $(,)?) => {
        /// The clients; built from one configuration, cheap to clone.
        #[derive(Debug, Clone)]
        pub struct Clients {
            $(pub $field: $sdk::Client,)*
            pub trace: Trace,
            pub pace: Pace,
            pub kubernetes: Clusters,
            pub web: Web,
        }

        impl Clients {
            pub fn new(config: &SdkConfig) -> Self {
                let (trace, pace) = (Trace::default(), Pace::default());
                let config = &paced(config, &pace);
                let clients = Self { $($field: $sdk::Client::from_conf(
                    $sdk::config::Builder::from(config).interceptor(trace.clone()).build()),)*
                    trace,
                    pace,
                    kubernetes: Clusters::new(Door::Network, config),
                    web: Web::of(config) };
                clients.specialized(config)
            }
        }
    };
}

clients! {
    acm: aws_sdk_acm,
    acm_us_east_1: aws_sdk_acm,
    autoscaling: aws_sdk_autoscaling,
    backup: aws_sdk_backup,
    budgets: aws_sdk_budgets,
    cloudfront: aws_sdk_cloudfront,
    cloudwatch: aws_sdk_cloudwatch,
    docdb: aws_sdk_docdb,
    ec2: aws_sdk_ec2,
    ecr: aws_sdk_ecr,
    eks: aws_sdk_eks,
    elasticache: aws_sdk_elasticache,
    elbv2: aws_sdk_elasticloadbalancingv2,
    iam: aws_sdk_iam,
    logs: aws_sdk_cloudwatchlogs,
    pricing: aws_sdk_pricing,
    rds: aws_sdk_rds,
    route53: aws_sdk_route53,
    s3: aws_sdk_s3,
    secrets: aws_sdk_secretsmanager,
    ses: aws_sdk_sesv2,
    sns: aws_sdk_sns,
    sts: aws_sdk_sts,
    quotas: aws_sdk_servicequotas,
    tagging: aws_sdk_resourcegroupstagging,
}

impl Clients {
    /// The same clients, with the clusters and the web of a local AWS in this process.
    pub fn in_process(self, local: &LocalAws) -> Self {
        let kubernetes = self.kubernetes.through(Door::Local(local.clone()));
        Self { kubernetes, web: Web::Local(local.clone()), ..self }
    }

    /// The clients that need more than the common configuration.
    fn specialized(self, config: &SdkConfig) -> Self {
        // CloudFront reads certificates from us-east-1 only, wherever the stack lives.
        let certificates = aws_sdk_acm::config::Builder::from(config)
            .region(Region::new("us-east-1"))
            .interceptor(self.trace.clone())
            .build();
        // The price list answers in three regions only, for all.
        let pricing = aws_sdk_pricing::config::Builder::from(config)
            .region(Region::new("us-east-1"))
            .interceptor(self.trace.clone())
            .build();
        // Local endpoints have no DNS name per bucket.
        let local =
            config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let buckets = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(local)
            .interceptor(self.trace.clone())
            .build();
        Self {
            acm_us_east_1: aws_sdk_acm::Client::from_conf(certificates),
            pricing: aws_sdk_pricing::Client::from_conf(pricing),
            s3: aws_sdk_s3::Client::from_conf(buckets),
            ..self
        }
    }
}
