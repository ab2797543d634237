//! Kubernetes inside the local AWS, driven by kube-rs and by plain requests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

#[path = "kube/lab.rs"]
mod lab;

use edxaws_localstack::kubernetes::{Misbehaviour, Trouble};
use edxaws_localstack::{Fault, FaultRule, LocalAws, Owner, Store, WorldClock, serve};
use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use kube::api::{
    Api, ListParams, LogParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams,
};
use lab::{CLUSTER, Lab, deployment, eks, gp3, job, path_of};
use serde_json::{Value, json};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn config_map(name: &str, labels: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"},
        "metadata": {"name": name, "namespace": "default", "labels": labels}})
}

fn container(env: Value) -> Value {
    json!({"name": "web", "image": "i:1", "env": env})
}

fn web(containers: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}}})
}

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

fn condition<'v>(object: &'v Value, kind: &str) -> &'v Value {
    let all = object["status"]["conditions"].as_array();
    let found = all.and_then(|all| all.iter().find(|one| one["type"] == kind));
    found.unwrap_or(&Value::Null)
}

#[tokio::test(start_paused = true)]
async fn fields_have_owners_who_add_take_and_drop_them() {
    let lab = Lab::new().await;
    let ours =
        web(json!([container(json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]))]));
    let (code, made) = lab.apply("edxaws", ours.clone()).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(made["metadata"]["generation"], 1);
    let (code, same) = lab.apply("edxaws", ours).await;
    assert_eq!(code, 200);
    assert_eq!(same["metadata"]["generation"], 1, "applying again changes nothing");

    let theirs = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [
            {"name": "web", "env": [{"name": "C", "value": "3"}]}]}}}});
    assert_eq!(lab.apply("sidecar", theirs).await.0, 200);
    let less = web(json!([container(json!([{"name": "A", "value": "1"}]))]));
    let (code, after) = lab.apply("edxaws", less).await;
    assert_eq!(code, 200, "{after}");
    let env = after["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap();
    let left: Vec<&str> = env.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(left, ["A", "C"], "ours goes, the other manager's stays");

    let image = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "i:2"}]}}}});
    let (code, refused) = lab.apply("other", image.clone()).await;
    assert_eq!((code, refused["reason"].as_str()), (409, Some("Conflict")));
    let cause = &refused["details"]["causes"][0];
    assert_eq!(cause["message"], "conflict with \"edxaws\"");
    assert_eq!(cause["field"], ".spec.template.spec.containers[name=\"web\"].image");
    let (code, taken) = lab.apply("other&force=true", image).await;
    assert_eq!(code, 200);
    assert_eq!(taken["spec"]["template"]["spec"]["containers"][0]["image"], "i:2");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_changes_nothing() {
    let lab = Lab::new().await;
    let (code, _) = lab.apply("edxaws&dryRun=All", config_map("dry", json!({}))).await;
    assert_eq!(code, 201);
    let path = "/api/v1/namespaces/default/configmaps/dry";
    assert_eq!(lab.ask("GET", path, Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn what_the_type_does_not_know_is_refused() {
    let lab = Lab::new().await;
    let mut wrong = web(json!([container(json!([]))]));
    wrong["spec"]["replica"] = 2.into();
    let (code, refused) = lab.apply("edxaws", wrong).await;
    assert_eq!((code, refused.get("reason")), (500, None));
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with("failed to create typed patch object"), "{message}");
    assert!(message.contains(".spec.replica: field not declared in schema"), "{message}");

    let mut wrong = web(json!([container(json!([]))]));
    wrong["spec"]["replicas"] = "2".into();
    let (code, refused) = lab.apply("edxaws", wrong).await;
    assert_eq!(code, 500);
    assert!(refused["message"].as_str().unwrap().contains(".spec.replicas"), "{refused}");

    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "caddy", "namespace": "default"},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "caddy"}}});
    let (code, refused) = lab.apply("edxaws", service).await;
    assert_eq!(code, 500);
    assert!(refused["message"].as_str().unwrap().contains("omits key field \"protocol\""));
}

#[tokio::test(start_paused = true)]
async fn what_is_immutable_stays() {
    let lab = Lab::new().await;
    lab.apply("edxaws", web(json!([container(json!([]))]))).await;
    let mut other = web(json!([container(json!([]))]));
    other["spec"]["selector"]["matchLabels"]["tier"] = "x".into();
    other["spec"]["template"]["metadata"]["labels"]["tier"] = "x".into();
    let (code, refused) = lab.apply("edxaws", other).await;
    assert_eq!((code, refused["reason"].as_str()), (422, Some("Invalid")));
    assert!(refused["message"].as_str().unwrap().contains("field is immutable"), "{refused}");

    lab.apply("edxaws", job("default", "init")).await;
    let mut changed = job("default", "init");
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "openedx:2".into();
    assert_eq!(lab.apply("edxaws", changed).await.0, 422);

    let mut fixed = config_map("fixed", json!({}));
    fixed["immutable"] = true.into();
    lab.apply("edxaws", fixed.clone()).await;
    fixed["data"]["a"] = "2".into();
    assert_eq!(lab.apply("edxaws", fixed).await.0, 422);
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages_and_by_selectors() {
    let lab = Lab::new().await;
    for number in 0..7 {
        let tier = if number % 2 == 0 { "even" } else { "odd" };
        lab.apply("edxaws", config_map(&format!("c{number}"), json!({"tier": tier}))).await;
    }
    let root = "/api/v1/namespaces/default/configmaps";
    let odd = lab.get(&format!("{root}?labelSelector=tier%20in%20(odd)")).await;
    assert_eq!(names(&odd), ["c1", "c3", "c5"]);
    let without = lab.get(&format!("{root}?labelSelector=!tier")).await;
    assert_eq!(names(&without), ["kube-root-ca.crt"]);
    let one = lab.get(&format!("{root}?fieldSelector=metadata.name%3Dc2")).await;
    assert_eq!(names(&one), ["c2"]);
    let (code, _) = lab.ask("GET", &format!("{root}?fieldSelector=data.a%3D1"), Value::Null).await;
    assert_eq!(code, 400, "an unknown field is refused, not ignored");

    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let page = lab.get(&format!("{root}?limit=3&continue={next}")).await;
        assert!(names(&page).len() <= 3);
        all.extend(names(&page));
        match page["metadata"]["continue"].as_str() {
            Some(token) => next = token.to_owned(),
            None => break,
        }
    }
    assert_eq!(all.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_stale_write_is_refused() {
    let lab = Lab::new().await;
    let (_, made) = lab.apply("edxaws", config_map("cm", json!({}))).await;
    let mut changed = made.clone();
    changed["data"]["a"] = "2".into();
    let path = path_of(&made);
    assert_eq!(lab.ask("PUT", &path, changed.clone()).await.0, 200);
    let (code, refused) = lab.ask("PUT", &path, changed).await;
    assert_eq!((code, refused["reason"].as_str()), (409, Some("Conflict")));
}

#[tokio::test(start_paused = true)]
async fn changes_are_watched_and_old_revisions_refused() {
    let lab = Lab::new().await;
    let api: Api<ConfigMap> = Api::namespaced(lab.client(), "default");
    let there = api.list(&ListParams::default()).await.unwrap();
    let version = there.metadata.resource_version.unwrap();
    let watch = WatchParams::default().labels("seen=yes").timeout(120);
    let mut stream = api.watch(&watch, &version).await.unwrap().boxed();
    let map = |value: &str, seen: &str| -> ConfigMap {
        let mut object = config_map("cm", json!({"seen": seen}));
        object["data"]["a"] = value.into();
        serde_json::from_value(object).unwrap()
    };
    let params = PatchParams::apply("edxaws");
    api.patch("cm", &params, &Patch::Apply(map("1", "yes"))).await.unwrap();
    api.patch("cm", &params, &Patch::Apply(map("2", "yes"))).await.unwrap();
    api.patch("cm", &params, &Patch::Apply(map("2", "no"))).await.unwrap();
    let mut said = Vec::new();
    while let Some(event) = stream.try_next().await.unwrap() {
        said.push(match event {
            WatchEvent::Added(_) => "added",
            WatchEvent::Modified(_) => "modified",
            WatchEvent::Deleted(_) => "deleted",
            WatchEvent::Bookmark(_) => "bookmark",
            WatchEvent::Error(_) => "error",
        });
        if said.len() == 3 {
            break;
        }
    }
    assert_eq!(said, ["added", "modified", "deleted"], "what no longer fits is gone for a watcher");

    for number in 0..1_100 {
        let (code, _) =
            lab.apply("edxaws", config_map("busy", json!({"n": number.to_string()}))).await;
        assert!(code < 300);
    }
    let mut stream = api.watch(&WatchParams::default(), &version).await.unwrap().boxed();
    match stream.try_next().await.unwrap() {
        Some(WatchEvent::Error(error)) => assert_eq!(error.code, 410),
        other => panic!("{other:?} is no answer to a revision that is forgotten"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_rolls_out_in_time_and_rolls_on() {
    let lab = Lab::new().await;
    lab.apply("edxaws", deployment("default", "lms", "openedx:1", 3)).await;
    lab.wait(2.0).await;
    let path = format!("{DEPLOYMENTS}/lms");
    let early = lab.get(&path).await;
    assert_eq!(early["status"]["observedGeneration"], 1);
    assert_eq!(early["status"].get("availableReplicas"), None, "images are being pulled");
    lab.wait(120.0).await;
    let done = lab.get(&path).await;
    for figure in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
        assert_eq!(done["status"][figure], 3, "{figure} of {}", done["status"]);
    }
    assert_eq!(condition(&done, "Progressing")["reason"], "NewReplicaSetAvailable");
    let revision = done["metadata"]["resourceVersion"].clone();
    lab.wait(600.0).await;
    let later = lab.get(&path).await;
    assert_eq!(later["metadata"]["resourceVersion"], revision, "then nothing changes any more");

    lab.apply("edxaws", deployment("default", "lms", "openedx:2", 3)).await;
    let mut least = 3;
    for _ in 0..120 {
        let now = lab.get(&path).await;
        least = least.min(now["status"]["availableReplicas"].as_i64().unwrap_or(0));
        lab.wait(1.0).await;
    }
    assert!(least >= 3, "25 % of three is none: {least} were available");
    let done = lab.get(&path).await;
    assert_eq!(done["status"]["updatedReplicas"], 3);
    assert_eq!(done["status"]["replicas"], 3);
    let sets = lab.get("/apis/apps/v1/namespaces/default/replicasets").await;
    assert_eq!(names(&sets).len(), 2, "the old set is kept for a rollback");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_start_says_why() {
    let lab = Lab::new().await;
    lab.local
        .world(|world| {
            let cluster = world.kubernetes.clusters.get_mut(CLUSTER).unwrap();
            cluster.misbehave(Misbehaviour::new("default", "pull", Trouble::ImagePull));
            let log = vec!["boom".to_owned()];
            cluster.misbehave(Misbehaviour::new("default", "crash", Trouble::CrashLoop { log }));
        })
        .unwrap();
    let mut stuck = deployment("default", "pull", "openedx:9", 1);
    stuck["spec"]["progressDeadlineSeconds"] = 60.into();
    lab.apply("edxaws", stuck).await;
    lab.apply("edxaws", deployment("default", "crash", "openedx:9", 1)).await;
    let mut large = deployment("default", "large", "openedx:9", 1);
    large["spec"]["template"]["spec"]["containers"][0]["resources"] =
        json!({"requests": {"cpu": "64"}});
    lab.apply("edxaws", large).await;
    lab.wait(100.0).await;
    let pods = lab.get("/api/v1/namespaces/default/pods").await;
    let of = |app: &str| {
        let mut all = pods["items"].as_array().unwrap().iter();
        all.find(|pod| pod["metadata"]["labels"]["app"] == app).unwrap().clone()
    };
    let reason =
        |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"].clone();
    assert_eq!(reason(&of("pull")), "ImagePullBackOff");
    assert_eq!(reason(&of("crash")), "CrashLoopBackOff");
    let crash = of("crash");
    assert!(crash["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap() > 1);
    let name = crash["metadata"]["name"].as_str().unwrap();
    let log = lab.get(&format!("/api/v1/namespaces/default/pods/{name}/log")).await;
    assert!(log.as_str().unwrap().contains("runs no container"), "{log}");
    assert!(log.as_str().unwrap().ends_with("boom\n"), "{log}");
    let unplaced = of("large");
    assert_eq!(condition(&unplaced, "PodScheduled")["reason"], "Unschedulable");
    let events =
        lab.get("/api/v1/namespaces/default/events?fieldSelector=reason%3DFailedScheduling").await;
    assert!(events["items"][0]["message"].as_str().unwrap().contains("2 Insufficient cpu"));
    let late = lab.get(&format!("{DEPLOYMENTS}/pull")).await;
    assert_eq!(condition(&late, "Progressing")["reason"], "ProgressDeadlineExceeded");

    lab.local.world(|world| world.kubernetes.clusters.get_mut(CLUSTER).unwrap().behave()).unwrap();
    lab.wait(120.0).await;
    let well = lab.get(&format!("{DEPLOYMENTS}/pull")).await;
    assert_eq!(well["status"]["availableReplicas"], 1, "{}", well["status"]);
}

#[tokio::test(start_paused = true)]
async fn jobs_end_well_or_badly() {
    let lab = Lab::new().await;
    lab.local
        .world(|world| {
            let cluster = world.kubernetes.clusters.get_mut(CLUSTER).unwrap();
            let log = vec!["migrating".to_owned(), "OperationalError: 1045".to_owned()];
            cluster.misbehave(Misbehaviour::new("default", "bad", Trouble::JobFails { log }));
        })
        .unwrap();
    lab.apply("edxaws", job("default", "good")).await;
    lab.apply("edxaws", job("default", "bad")).await;
    lab.wait(300.0).await;
    let good = lab.get("/apis/batch/v1/namespaces/default/jobs/good").await;
    assert_eq!(good["status"]["succeeded"], 1, "{}", good["status"]);
    assert_eq!(condition(&good, "Complete")["status"], "True");
    let bad = lab.get("/apis/batch/v1/namespaces/default/jobs/bad").await;
    assert_eq!(condition(&bad, "Failed")["reason"], "BackoffLimitExceeded");
    assert_eq!(bad["status"]["failed"], 2, "a backoff limit of one allows two tries");
    let api: Api<Pod> = Api::namespaced(lab.client(), "default");
    let pods = api.list(&ListParams::default().labels("job-name=bad")).await.unwrap();
    let name = pods.items[0].metadata.name.clone().unwrap();
    let last = LogParams { tail_lines: Some(1), ..LogParams::default() };
    assert_eq!(api.logs(&name, &last).await.unwrap(), "OperationalError: 1045\n");
}

#[tokio::test(start_paused = true)]
async fn a_claim_becomes_a_volume_in_aws_and_goes_with_it() {
    let lab = Lab::new().await;
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "meilisearch", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}});
    let mut user = deployment("default", "search", "getmeili:1", 1);
    user["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "data", "persistentVolumeClaim": {"claimName": "meilisearch"}}]);
    lab.apply("edxaws", claim.clone()).await;
    lab.apply("edxaws", user.clone()).await;
    lab.wait(60.0).await;
    let path = path_of(&claim);
    assert_eq!(lab.get(&path).await["status"]["phase"], "Pending", "there is no default class");
    lab.ask("DELETE", &path, Value::Null).await;
    lab.ask("DELETE", &path_of(&user), Value::Null).await;
    lab.wait(10.0).await;

    lab.apply("edxaws", gp3()).await;
    lab.apply("edxaws", claim).await;
    lab.apply("edxaws", user.clone()).await;
    lab.wait(60.0).await;
    let bound = lab.get(&path).await;
    assert_eq!(bound["status"]["phase"], "Bound", "{bound}");
    let volumes = |lab: &Lab| {
        lab.local
            .world(|world| {
                let ours = world.of_kind("volume").filter(|one| one.owner == Owner::Kubernetes);
                ours.cloned().collect::<Vec<_>>()
            })
            .unwrap()
    };
    let volume = volumes(&lab).pop().expect("an EBS volume");
    assert_eq!(volume.tags["kubernetes.io/cluster/edx"], "owned");
    assert_eq!(volume.tags["ebs.csi.aws.com/cluster"], "true");
    assert_eq!(volume.text("status"), "in-use");

    lab.ask("DELETE", &path, Value::Null).await;
    lab.wait(5.0).await;
    assert!(lab.get(&path).await["metadata"].get("deletionTimestamp").is_some(), "it is in use");
    lab.ask("DELETE", &path_of(&user), Value::Null).await;
    lab.wait(40.0).await;
    assert_eq!(lab.ask("GET", &path, Value::Null).await.0, 404);
    assert!(volumes(&lab).is_empty(), "the class says Delete");
}

fn balancers(lab: &Lab) -> Vec<String> {
    let of = |world: &mut edxaws_localstack::World| {
        let kinds = ["load_balancer", "security_group", "target_group", "listener"];
        let ours = world
            .things
            .values()
            .filter(|one| one.owner == Owner::Kubernetes && kinds.contains(&one.kind.as_str()));
        ours.map(|one| one.kind.clone()).collect()
    };
    lab.local.world(of).unwrap()
}

fn balanced(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
        "spec": {"type": "LoadBalancer", "selector": {"app": name},
            "ports": [{"port": 80, "protocol": "TCP"}]}})
}

#[tokio::test(start_paused = true)]
async fn a_service_makes_a_load_balancer_that_goes_with_it_or_stays_behind() {
    let lab = Lab::new().await;
    lab.apply("edxaws", balanced("caddy")).await;
    lab.wait(240.0).await;
    let path = path_of(&balanced("caddy"));
    let host = lab.get(&path).await["status"]["loadBalancer"]["ingress"][0]["hostname"].clone();
    assert!(host.as_str().unwrap().ends_with(".elb.amazonaws.com"), "{host}");
    assert_eq!(balancers(&lab).len(), 2);
    lab.ask("DELETE", &path, Value::Null).await;
    lab.wait(300.0).await;
    assert_eq!(lab.ask("GET", &path, Value::Null).await.0, 404);
    assert!(balancers(&lab).is_empty(), "{:?}", balancers(&lab));

    lab.apply("edxaws", balanced("left")).await;
    lab.wait(240.0).await;
    eks(&lab.local, "DELETE", "/clusters/edx/node-groups/workers", Value::Null).await;
    lab.wait(900.0).await;
    eks(&lab.local, "DELETE", "/clusters/edx", Value::Null).await;
    lab.wait(900.0).await;
    let left = balancers(&lab);
    assert_eq!(left.len(), 2, "nobody is left to remove them: {left:?}");
    assert!(lab.local.world(|world| world.kubernetes.clusters.is_empty()).unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_ingress_needs_its_controller() {
    let lab = Lab::new().await;
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "default",
            "annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"}},
        "spec": {"ingressClassName": "alb", "rules": [{"host": "a.example.org", "http": {"paths": [
            {"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}});
    lab.apply("edxaws", ingress.clone()).await;
    lab.wait(60.0).await;
    assert!(balancers(&lab).is_empty());
    lab.apply("edxaws", deployment("kube-system", "aws-load-balancer-controller", "lbc:1", 1))
        .await;
    lab.wait(300.0).await;
    let found = lab.get(&path_of(&ingress)).await;
    assert!(found["status"]["loadBalancer"]["ingress"][0]["hostname"].is_string(), "{found}");
    assert_eq!(balancers(&lab).len(), 4);
    lab.ask("DELETE", &path_of(&ingress), Value::Null).await;
    lab.wait(300.0).await;
    assert!(balancers(&lab).is_empty(), "{:?}", balancers(&lab));
}

#[tokio::test(start_paused = true)]
async fn nodes_drain_with_their_group_and_the_autoscaler_makes_more() {
    let lab = Lab::new().await;
    let nodes: Api<Node> = Api::all(lab.client());
    assert_eq!(nodes.list(&ListParams::default()).await.unwrap().items.len(), 2);
    let mut many = deployment("default", "many", "i:1", 5);
    many["spec"]["template"]["spec"]["containers"][0]["resources"] =
        json!({"requests": {"cpu": "1500m"}});
    lab.apply("edxaws", many).await;
    lab.wait(120.0).await;
    let running = |done: &Value| done["status"]["availableReplicas"].as_i64().unwrap_or(0);
    assert_eq!(running(&lab.get(&format!("{DEPLOYMENTS}/many")).await), 4, "two on each node");
    lab.apply("edxaws", deployment("kube-system", "cluster-autoscaler", "ca:1", 1)).await;
    lab.wait(240.0).await;
    assert_eq!(running(&lab.get(&format!("{DEPLOYMENTS}/many")).await), 5);
    assert_eq!(nodes.list(&ListParams::default()).await.unwrap().items.len(), 3);
    eks(&lab.local, "DELETE", "/clusters/edx/node-groups/workers", Value::Null).await;
    lab.wait(30.0).await;
    let after = nodes.list(&ListParams::default()).await.unwrap();
    assert!(after.items.iter().all(|node| node.spec.as_ref().unwrap().unschedulable == Some(true)));
    lab.wait(900.0).await;
    assert!(nodes.list(&ListParams::default()).await.unwrap().items.is_empty());
    let pods = lab.get("/api/v1/namespaces/default/pods").await;
    let waits = |pod: &Value| pod["status"]["phase"] == "Pending";
    assert!(pods["items"].as_array().unwrap().iter().all(waits));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_takes_all_that_is_in_it_along() {
    let lab = Lab::new().await;
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "openedx"}});
    lab.apply("edxaws", space).await;
    lab.apply("edxaws", deployment("openedx", "lms", "i:1", 2)).await;
    lab.wait(60.0).await;
    let path = "/api/v1/namespaces/openedx";
    let (code, ending) = lab.ask("DELETE", path, Value::Null).await;
    assert_eq!((code, ending["status"]["phase"].as_str()), (200, Some("Terminating")));
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "late", "namespace": "openedx"}});
    assert_eq!(lab.apply("edxaws", map).await.0, 403);
    lab.wait(3.0).await;
    assert_eq!(lab.ask("GET", path, Value::Null).await.0, 200, "it takes seven seconds and more");
    lab.wait(30.0).await;
    assert_eq!(lab.ask("GET", path, Value::Null).await.0, 404);
    let left = lab.get("/api/v1/pods").await;
    assert!(
        left["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["metadata"]["namespace"] != "openedx")
    );
}

#[tokio::test(start_paused = true)]
async fn an_autoscaler_follows_the_load() {
    let lab = Lab::new().await;
    lab.apply("edxaws", deployment("default", "lms", "i:1", 1)).await;
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "lms", "namespace": "default"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "lms"},
            "minReplicas": 1, "maxReplicas": 4, "metrics": [{"type": "Resource", "resource":
                {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 65}}}]}});
    lab.apply("edxaws", scaler.clone()).await;
    lab.wait(60.0).await;
    lab.local
        .world(|world| {
            world.kubernetes.clusters.get_mut(CLUSTER).unwrap().set_load("default", "lms", 130);
        })
        .unwrap();
    lab.wait(90.0).await;
    let busy = lab.get(&path_of(&scaler)).await;
    assert_eq!(busy["status"]["desiredReplicas"], 4, "{}", busy["status"]);
    assert_eq!(lab.get(&format!("{DEPLOYMENTS}/lms")).await["spec"]["replicas"], 4);
}

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
    let entry = json!({"principalArn": "arn:aws:iam::123456789012:root"});
    let refused =
        lab.local.world(|world| world.get("eks_cluster/edx").unwrap().text("$creator").to_owned());
    assert!(refused.unwrap().ends_with("user/sandbox"), "{entry}");
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

/// The same list that `tests/kube/compare.py` sends to a real API server.
#[tokio::test(start_paused = true)]
async fn it_answers_as_a_real_server_does() {
    let lab = Lab::new().await;
    let steps: Vec<Value> = serde_json::from_str(include_str!("kube/conformance.json")).unwrap();
    assert!(steps.len() >= 40);
    let mut complaints = Vec::new();
    for step in &steps {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let kind = match text("type") {
            "apply" => "application/apply-patch+yaml",
            "merge" => "application/merge-patch+json",
            "strategic" => "application/strategic-merge-patch+json",
            "jsonpatch" => "application/json-patch+json",
            "" | "json" => "application/json",
            other => other,
        };
        let token = lab::token("AKIA", "20260101T000000Z");
        let (code, answer) =
            lab.send(text("method"), text("path"), step["body"].clone(), kind, &token).await;
        let mut wrong = |what: String| complaints.push(format!("{}: {what}", text("name")));
        if step["code"] != code {
            wrong(format!("code {code} for {}: {answer}", step["code"]));
            continue;
        }
        let reasons = step.get("reason").is_some() || code == 500;
        if reasons && answer.get("reason") != step.get("reason") {
            wrong(format!("reason {:?} for {:?}", answer.get("reason"), step.get("reason")));
        }
        for (pointer, value) in step["want"].as_object().into_iter().flatten() {
            if answer.pointer(pointer) != Some(value) {
                wrong(format!("{pointer} is {:?} for {value}", answer.pointer(pointer)));
            }
        }
        for pointer in step["gone"].as_array().into_iter().flatten() {
            if answer.pointer(pointer.as_str().unwrap()).is_some() {
                wrong(format!("{pointer} is there"));
            }
        }
        if !answer["message"].as_str().unwrap_or_default().contains(text("message")) {
            wrong(format!("message {}", answer["message"]));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
