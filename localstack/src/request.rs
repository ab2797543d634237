//! One request, whatever protocol it came in: service, region, action, parameters as JSON.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::error::AwsError;
use crate::protocol::{self, Protocol};
use crate::services::{self, Service};

/// A request as an operation sees it.
#[derive(Debug, Clone)]
pub struct Request {
    pub service: &'static Service,
    pub region: String,
    pub action: String,
    /// Query parameters, labels of the path and the body, in AWS's spelling.
    pub params: Value,
    pub access_key: String,
    pub method: String,
    pub path: String,
    pub query: Map<String, Value>,
    pub headers: Map<String, Value>,
    pub body: Bytes,
}

/// Reads an HTTP request.
pub fn parse(request: &http::Request<Bytes>) -> Result<Request, AwsError> {
    let scope = credential_scope(request)?;
    let service = services::by_signing_name(&scope.service, request)
        .ok_or_else(|| AwsError::unimplemented(format!("the service `{}`", scope.service)))?;
    let query: Map<String, Value> = request
        .uri()
        .query()
        .map(|text| form_urlencoded::parse(text.as_bytes()))
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect();
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), Value::from(value.to_str().unwrap_or_default()))
        })
        .collect();
    let mut parsed = Request {
        service,
        region: scope.region,
        action: String::new(),
        params: Value::Null,
        access_key: scope.access_key,
        method: request.method().as_str().to_owned(),
        path: path(request, service),
        query,
        headers,
        body: request.body().clone(),
    };
    (parsed.action, parsed.params) = match service.protocol {
        Protocol::Ec2Query | Protocol::Query => protocol::query_request(&parsed)?,
        Protocol::Json => protocol::json_request(&parsed)?,
        Protocol::Cbor => protocol::cbor_request(&parsed)?,
        Protocol::RestJson => protocol::rest_json_request(&parsed)?,
        Protocol::RestXml => protocol::rest_xml_request(&parsed)?,
    };
    Ok(parsed)
}

/// S3 clients may name the bucket in the host (`media.s3.eu-west-1.amazonaws.com/key`): it becomes
/// the first part of the path.
fn path(request: &http::Request<Bytes>, service: &Service) -> String {
    let path = request.uri().path();
    let header = || request.headers().get("host")?.to_str().ok()?.split(':').next();
    let host = request.uri().host().or_else(header).unwrap_or_default();
    let bucket = host.split_once(".s3.").map(|(bucket, _)| bucket);
    match bucket.or_else(|| host.strip_suffix(".localhost")) {
        Some(bucket) if service.name == "s3" => format!("/{bucket}{path}"),
        _ => path.to_owned(),
    }
}

struct CredentialScope {
    access_key: String,
    region: String,
    service: String,
}

/// `Credential=KEY/20260101/us-east-1/ec2/aws4_request`, from the header or a presigned query.
fn credential_scope(request: &http::Request<Bytes>) -> Result<CredentialScope, AwsError> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let from_header = header
        .and_then(|text| text.split("Credential=").nth(1))
        .and_then(|rest| rest.split([',', ' ']).next())
        .map(str::to_owned);
    let from_query = || {
        form_urlencoded::parse(request.uri().query()?.as_bytes())
            .find(|(key, _)| key == "X-Amz-Credential")
            .map(|(_, value)| value.into_owned())
    };
    let text = from_header.or_else(from_query).ok_or_else(|| {
        AwsError::new(403, "MissingAuthenticationToken", "Request is missing a signature")
    })?;
    let mut parts = text.split('/').map(str::to_owned);
    let (Some(access_key), Some(_), Some(region), Some(service)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(AwsError::new(403, "IncompleteSignature", "Credential scope is incomplete"));
    };
    Ok(CredentialScope { access_key, region, service })
}
