//! The local AWS as the SDK's HTTP client: no socket, so virtual time works.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::render::Reply;
use crate::transport::LocalAws;

/// An HTTP client for the SDK that answers from `local`.
pub fn sdk_client(local: &LocalAws) -> SharedHttpClient {
    SharedHttpClient::new(InProcess(local.clone()))
}

/// One connection to `local`, for an HTTP client that chooses anew for each call.
pub fn connector(local: &LocalAws) -> SharedHttpConnector {
    SharedHttpConnector::new(InProcess(local.clone()))
}

#[derive(Debug, Clone)]
struct InProcess(LocalAws);

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let local = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = read(request)?;
            let reply = local.handle(request).await;
            write(reply.map_err(|reset| ConnectorError::io(Box::new(reset)))?)
        })
    }
}

fn read(request: HttpRequest) -> Result<http::Request<Bytes>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let bytes = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
    Ok(http::Request::from_parts(parts, bytes))
}

fn write(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let Reply { status, content_type, headers, body } = reply;
    let mut response =
        http::Response::builder().status(status).header("content-type", content_type);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let response = response
        .body(SdkBody::from(body))
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
