//! What the controllers do in time, in the cluster and in AWS.

use edxaws_localstack::kubernetes::{Misbehaviour, Trouble};
use edxaws_localstack::{Owner, World};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, ListParams, LogParams};
use serde_json::{Value, json};

use super::lab::{CLUSTER, Lab, deployment, eks, gp3, job, path_of};
use super::{DEPLOYMENTS, condition, names};

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
    let before =
        lab.get(&format!("/api/v1/namespaces/default/pods/{name}/log?previous=true")).await;
    assert!(before.as_str().unwrap().ends_with("boom\n"), "{before}");
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
    let of = |world: &mut World| {
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
