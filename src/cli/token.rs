//! `edxaws token`: what kubectl's exec plug-in calls; an STS request, presigned, is the token.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::args::TokenArgs;
use crate::aws::{Endpoint, connect};
use crate::error::{Exit, Problem, Result};
use crate::view;

/// EKS accepts a token for 15 minutes after it was signed; kubectl asks again one minute early.
const VALID: Duration = Duration::from_secs(14 * 60);

pub async fn run(args: &TokenArgs) -> Result<Exit> {
    let config = connect(&Endpoint::Aws, &args.region).await;
    let provider = config.credentials_provider().ok_or_else(no_credentials)?;
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| no_credentials().because(error.to_string()))?;
    #[allow(clippy::disallowed_methods, reason = "a signature carries the wall clock's time")]
    let now = SystemTime::now();
    let token = sign_token(&args.cluster, &args.region, credentials.into(), now)?;
    let expires =
        jiff::Timestamp::try_from(now + VALID).map_err(|error| Problem::user(error.to_string()))?;
    let document = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {},
        "status": {
            "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "token": token,
        },
    });
    view::out(&format!("{document}\n"))?;
    Ok(Exit::Done)
}

fn no_credentials() -> Problem {
    Problem::user("no AWS credentials were found").hint("set `AWS_PROFILE`, or run `aws sso login`")
}

/// `k8s-aws-v1.` and the presigned GetCallerIdentity that names the cluster in a header.
pub fn sign_token(
    cluster: &str,
    region: &str,
    identity: aws_smithy_runtime_api::client::identity::Identity,
    now: SystemTime,
) -> Result<String> {
    let problem = |error: &dyn std::fmt::Display| {
        Problem::user("cannot sign a token").because(error.to_string())
    };
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| problem(&error))?;
    let url =
        format!("https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15");
    let headers = [("x-k8s-aws-id", cluster)];
    let request = SignableRequest::new("GET", &url, headers.into_iter(), SignableBody::Bytes(b""))
        .map_err(|error| problem(&error))?;
    let (instructions, _) =
        sign(request, &params.into()).map_err(|error| problem(&error))?.into_parts();
    let mut signed = url.clone();
    for (name, value) in instructions.params() {
        let value = percent(value);
        signed.push_str(&format!("&{name}={value}"));
    }
    Ok(format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(signed)))
}

/// RFC 3986, as SigV4 wants query values.
fn percent(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode =
        |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
