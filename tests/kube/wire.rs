//! Plain requests to an API server, for those who play a part of the cluster.

use kube::client::ClientBuilder;
use kube::{Client, Config};
use serde_json::Value;

#[derive(Clone)]
pub struct Wire(Client);

impl Wire {
    /// With the token that every server of `server.sh` accepts, trusting its certificate alone.
    pub fn new(url: &str, authority: Vec<Vec<u8>>) -> Self {
        let mut config = Config::new(url.parse().unwrap());
        config.auth_info.token = Some("edxaws".to_owned().into());
        config.root_cert = Some(authority);
        config.default_retry = false;
        Self(ClientBuilder::try_from(config).unwrap().build())
    }

    pub async fn get(&self, path: &str) -> kube::Result<Value> {
        self.send("GET", path, "application/json", Vec::new()).await
    }

    /// The objects of a list; none from a server that does not answer now.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let list = self.get(path).await.unwrap_or_default();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    pub async fn post(&self, path: &str, body: &Value) -> kube::Result<Value> {
        self.send("POST", path, "application/json", body.to_string().into_bytes()).await
    }

    pub async fn merge(&self, path: &str, body: &Value) -> kube::Result<Value> {
        let body = body.to_string().into_bytes();
        self.send("PATCH", path, "application/merge-patch+json", body).await
    }

    pub async fn delete(&self, path: &str, body: &Value) -> kube::Result<Value> {
        self.send("DELETE", path, "application/json", body.to_string().into_bytes()).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> kube::Result<Value> {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .body(body)
            .unwrap();
        self.0.request(request).await
    }
}
