//! A cluster in the local AWS with nodes, and clients of its Kubernetes API.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edxaws_localstack::{LocalAws, Thing};
use http_body_util::BodyExt;
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use serde_json::{Value, json};

/// The name of the cluster.
pub const CLUSTER: &str = "edx";

pub struct Lab {
    pub local: LocalAws,
    pub endpoint: String,
}

/// A token as `sign_token` makes it; the local AWS does not check signatures.
pub fn token(key: &str, date: &str) -> String {
    let url = format!(
        "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
         &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20260101%2Fus-east-1%2Fsts%2F\
         aws4_request&X-Amz-Date={date}&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id\
         &X-Amz-Signature=00"
    );
    format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url))
}

impl Lab {
    /// With two nodes, the add-ons for volumes and metrics, and a default class.
    pub async fn new() -> Self {
        Self::on(LocalAws::in_memory(5)).await
    }

    pub async fn on(local: LocalAws) -> Self {
        network(&local);
        let endpoint = cluster(&local).await;
        Self { local, endpoint }
    }

    pub async fn wait(&self, seconds: f64) {
        self.local.clock.sleep(seconds).await;
    }

    /// One request, answered with its code and JSON.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.send(method, path, body, "application/json", &token("AKIA", "20260101T000000Z")).await
    }

    pub async fn apply(&self, manager: &str, object: Value) -> (u16, Value) {
        let path = format!("{}?fieldManager={manager}", path_of(&object));
        let kind = "application/apply-patch+yaml";
        self.send("PATCH", &path, object, kind, &token("AKIA", "20260101T000000Z")).await
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Value,
        content_type: &str,
        token: &str,
    ) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", content_type)
            .header("user-agent", "lab/1")
            .body(body.into())
            .unwrap();
        let answer = self.local.kubernetes(request).await.expect("an answer");
        let code = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        (code, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// What is at a path now.
    pub async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null).await.1
    }

    /// kube-rs on the API in process.
    pub fn client(&self) -> Client {
        let mut config = Config::new(self.endpoint.parse().unwrap());
        config.auth_info.token = Some(token("AKIA", "20260101T000000Z").into());
        config.default_retry = false;
        let local = self.local.clone();
        let service = tower::service_fn(move |request: http::Request<Body>| {
            let local = local.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let answer = local.kubernetes(http::Request::from_parts(parts, body)).await;
                answer.map_err(Box::<dyn std::error::Error + Send + Sync>::from)
            }
        });
        use kube::client::ConfigExt;
        let stack = tower::ServiceBuilder::new()
            .layer(config.base_uri_layer())
            .option_layer(config.auth_layer().unwrap())
            .map_err(Box::<dyn std::error::Error + Send + Sync>::from)
            .service(service);
        Client::new(stack, "default")
    }
}

/// kube-rs over the network, trusting nothing but `authority`.
pub fn remote(endpoint: &str, authority: &str) -> Client {
    let pem = base64::engine::general_purpose::STANDARD.decode(authority).unwrap();
    let pem = String::from_utf8(pem).unwrap();
    let body: String =
        pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let mut config = Config::new(endpoint.parse().unwrap());
    config.auth_info.token = Some(token("AKIA", "20260101T000000Z").into());
    config.root_cert = Some(vec![base64::engine::general_purpose::STANDARD.decode(body).unwrap()]);
    ClientBuilder::try_from(config).unwrap().build()
}

/// Where an object lives.
pub fn path_of(object: &Value) -> String {
    let version = object["apiVersion"].as_str().unwrap();
    let kind = object["kind"].as_str().unwrap().to_lowercase();
    let plural = match kind.as_str() {
        "ingress" | "storageclass" | "ingressclass" => format!("{kind}es"),
        _ => format!("{kind}s"),
    };
    let root = if version == "v1" { "/api/v1".to_owned() } else { format!("/apis/{version}") };
    let place =
        object["metadata"]["namespace"].as_str().map(|space| format!("/namespaces/{space}"));
    let name = object["metadata"]["name"].as_str().unwrap();
    format!("{root}{}/{plural}/{name}", place.unwrap_or_default())
}

/// A VPC with a way out and two public subnets, as things, without the calls.
fn network(local: &LocalAws) {
    let thing = |kind: &str, id: &str| Thing::new(kind, id);
    let things = vec![
        thing("vpc", "vpc-1").with("vpcId", "vpc-1").with("cidrBlock", "10.0.0.0/16"),
        thing("internet_gateway", "igw-1").with("$vpc", "vpc-1").uses("vpc-1"),
        thing("route_table", "rtb-1").with("$main", "yes").with("vpcId", "vpc-1").child_of("vpc-1").with(
            "$routes",
            json!([{"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "state": "active",
                "origin": "CreateRoute"}]),
        ),
        subnet("subnet-a", "us-east-1a", "10.0.0.0/20"),
        subnet("subnet-b", "us-east-1b", "10.0.16.0/20"),
        role("cluster", "eks"),
        role("node", "ec2"),
    ];
    let now = local.clock.now();
    local
        .world(|world| {
            for mut thing in things {
                thing.region = "us-east-1".to_owned();
                thing.created = now - 1_000.0;
                thing.ready = now - 900.0;
                world.things.insert(thing.id.clone(), thing);
            }
        })
        .unwrap();
}

fn subnet(id: &str, zone: &str, cidr: &str) -> Thing {
    Thing::new("subnet", id)
        .with("subnetId", id)
        .with("vpcId", "vpc-1")
        .with("availabilityZone", zone)
        .with("cidrBlock", cidr)
        .uses("vpc-1")
}

fn role(name: &str, service: &str) -> Thing {
    let arn = format!("arn:aws:iam::123456789012:role/{name}");
    Thing::new("role", &arn)
        .with("RoleName", name)
        .with("Arn", arn.clone())
        .with("$trust", format!("{service}.amazonaws.com"))
}

/// One call to EKS as the SDK would send it.
pub async fn eks(local: &LocalAws, method: &str, path: &str, body: Value) -> Value {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("https://eks.us-east-1.amazonaws.com{path}"))
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/eks/aws4_request, \
             SignedHeaders=host, Signature=00",
        )
        .header("content-type", "application/json")
        .body(if body.is_null() { String::new() } else { body.to_string() }.into())
        .unwrap();
    let reply = local.handle(request).await.expect("an answer");
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    assert!(reply.status < 300, "{method} {path}: {answer}");
    answer
}

async fn cluster(local: &LocalAws) -> String {
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let subnets = json!(["subnet-a", "subnet-b"]);
    let body = json!({"name": CLUSTER, "roleArn": role("cluster"), "version": "1.33",
        "resourcesVpcConfig": {"subnetIds": subnets}});
    eks(local, "POST", "/clusters", body).await;
    local.clock.sleep(900.0).await;
    let path = format!("/clusters/{CLUSTER}");
    for addon in ["aws-ebs-csi-driver", "metrics-server"] {
        eks(local, "POST", &format!("{path}/addons"), json!({"addonName": addon})).await;
    }
    let body = json!({"nodegroupName": "workers", "nodeRole": role("node"), "subnets": subnets,
        "instanceTypes": ["t3.xlarge"],
        "scalingConfig": {"minSize": 2, "maxSize": 3, "desiredSize": 2}});
    eks(local, "POST", &format!("{path}/node-groups"), body).await;
    local.clock.sleep(600.0).await;
    let found = eks(local, "GET", &path, Value::Null).await;
    found["cluster"]["endpoint"].as_str().expect("an endpoint").to_owned()
}

/// The class edxaws makes.
pub fn gp3() -> Value {
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "gp3",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"},
        "volumeBindingMode": "WaitForFirstConsumer"})
}

pub fn deployment(namespace: &str, name: &str, image: &str, replicas: i64) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": image,
                    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}]}}}})
}

pub fn job(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"backoffLimit": 1, "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": name, "image": "openedx:1"}]}}}})
}
