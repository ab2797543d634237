//! Who gets in, what goes wrong on request, and the API over TLS.

use edxaws_localstack::{Fault, FaultRule, LocalAws, Store, WorldClock, serve};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use super::lab::{self, Lab, deployment, eks};

#[tokio::test(start_paused = true)]
async fn only_those_who_may_get_in() {
    let lab = Lab::new().await;
    let path = "/api/v1/namespaces";
    let ask =
        async |token: &str| lab.send("GET", path, Value::Null, "application/json", token).await.0;
    assert_eq!(ask("nonsense").await, 401);
    assert_eq!(ask(&lab::token("AKIAROOT", "20260101T000000Z")).await, 401, "no access entry");
    let token = lab::token("AKIA", "20260101T000001Z");
    assert_eq!(ask(&token).await, 200);
    lab.wait(880.0).await;
    assert_eq!(ask(&token).await, 200);
    lab.wait(30.0).await;
    assert_eq!(ask(&token).await, 401, "it was first seen fifteen minutes ago");
    assert_eq!(ask(&lab::token("AKIA", "20260101T001500Z")).await, 200);
}

#[tokio::test(start_paused = true)]
async fn access_entries_and_their_policies_decide() {
    let lab = Lab::new().await;
    let body = json!({"name": "shut", "roleArn": "arn:aws:iam::123456789012:role/cluster",
        "resourcesVpcConfig": {"subnetIds": ["subnet-a", "subnet-b"]},
        "accessConfig": {"authenticationMode": "API",
            "bootstrapClusterCreatorAdminPermissions": false}});
    eks(&lab.local, "POST", "/clusters", body).await;
    lab.wait(900.0).await;
    let shown = eks(&lab.local, "GET", "/clusters/shut", Value::Null).await;
    let endpoint = shown["cluster"]["endpoint"].as_str().unwrap().to_owned();
    let shut = Lab { local: lab.local, endpoint };
    let read = async || shut.ask("GET", "/api/v1/namespaces", Value::Null).await.0;
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}});
    let write = async || shut.ask("POST", "/api/v1/namespaces", space.clone()).await.0;
    assert_eq!(read().await, 401, "who made it has no way in");

    let who = "arn:aws:iam::123456789012:user/sandbox";
    let entries = "/clusters/shut/access-entries";
    eks(&shut.local, "POST", entries, json!({"principalArn": who})).await;
    assert_eq!(read().await, 403, "an entry alone allows nothing");
    let allow = async |policy: &str| {
        let path =
            format!("{entries}/{}/access-policies", who.replace(':', "%3A").replace('/', "%2F"));
        let arn = format!("arn:aws:eks::aws:cluster-access-policy/{policy}");
        let body = json!({"policyArn": arn, "accessScope": {"type": "cluster"}});
        eks(&shut.local, "POST", &path, body).await;
    };
    allow("AmazonEKSViewPolicy").await;
    assert_eq!((read().await, write().await), (200, 403));
    allow("AmazonEKSClusterAdminPolicy").await;
    assert_eq!(write().await, 201);
}

#[tokio::test(start_paused = true)]
async fn faults_strike_calls_by_name() {
    let lab = Lab::new().await;
    let api: Api<Deployment> = Api::namespaced(lab.client(), "default");
    let object: Deployment =
        serde_json::from_value(deployment("default", "lms", "i:1", 1)).unwrap();
    let faults = &lab.local.faults;
    faults.add(FaultRule::error("kubernetes", "POST deployments", 1, 503, "ServiceUnavailable"));
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) => assert_eq!(status.code, 503),
        other => panic!("{other:?}"),
    }
    faults.add(FaultRule::new("kubernetes", "POST deployments", 1, Fault::LostAnswer));
    assert!(matches!(
        api.create(&PostParams::default(), &object).await,
        Err(kube::Error::Service(_))
    ));
    assert!(api.get("lms").await.is_ok(), "it was done all the same");
    let trace = lab.local.trace();
    let last: Vec<_> =
        trace.iter().rev().take(2).map(|one| (one.action.as_str(), one.outcome.as_str())).collect();
    assert_eq!(last, [("GET deployments", "ok"), ("POST deployments", "fault")]);
}

#[tokio::test]
async fn another_process_finds_the_same_objects_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.json");
    let (store, clock) = Store::file(&path, 5, 20_000.0).unwrap();
    let lab = Lab::on(LocalAws::new(store, clock)).await;
    lab.apply("edxaws", deployment("default", "lms", "i:1", 1)).await;
    let endpoint = lab.endpoint.clone();
    drop(lab);

    let (store, clock) = Store::file(&path, 5, 20_000.0).unwrap();
    assert!(matches!(clock, WorldClock::Wall { .. }));
    let local = LocalAws::new(store, clock);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(local.clone(), listener));
    let (place, authority) = describe(address).await;
    assert!(place.starts_with("https://127.0.0.1:"), "{place}");
    let id = endpoint.split(['/', '.']).nth(2).unwrap();
    assert!(place.ends_with(&format!("/clusters/{id}")), "{place} and {endpoint} are one cluster");
    let api: Api<Deployment> = Api::namespaced(lab::remote(&place, &authority), "default");
    let found = api.get("lms").await.unwrap();
    assert_eq!(found.metadata.name.as_deref(), Some("lms"));
    server.abort();
}

/// DescribeCluster over HTTP, as any other program would ask.
async fn describe(address: std::net::SocketAddr) -> (String, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "GET /clusters/edx HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/eks/aws4_request, \
         SignedHeaders=host, Signature=00\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let body = &answer[answer.find('{').unwrap()..=answer.rfind('}').unwrap()];
    let shown: Value = serde_json::from_str(body).unwrap();
    let text = |pointer: &str| shown.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    (text("/cluster/endpoint"), text("/cluster/certificateAuthority/data"))
}
