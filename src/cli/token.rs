//! `edxaws token`: what kubectl's exec plug-in calls; an STS request, presigned, is the token.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use serde_json::json;

use super::args::TokenArgs;
use crate::aws::{Endpoint, connect};
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::sign_token;
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
    let token = sign_token(&args.cluster, &args.region, &credentials.into(), now)
        .map_err(|error| Problem::user("cannot sign a token").because(error.to_string()))?;
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
