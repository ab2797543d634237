//! The token EKS accepts: a presigned STS request that names the cluster.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `k8s-aws-v1.` and the presigned GetCallerIdentity that names the cluster in a header.
pub fn sign_token(
    cluster: &str,
    region: &str,
    identity: &Identity,
    now: SystemTime,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(region)
        .name("sts")
        .time(now)
        .settings(settings)
        .build()?;
    let mut signed =
        format!("https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15");
    let headers = [("x-k8s-aws-id", cluster)];
    let body = SignableBody::Bytes(b"");
    let request = SignableRequest::new("GET", &signed, headers.into_iter(), body)?;
    let (instructions, _) = sign(request, &params.into())?.into_parts();
    for (name, value) in instructions.params() {
        signed = format!("{signed}&{name}={}", percent(value));
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
