//! What the API answers: owners of fields, types, immutability, lists, watches.

use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, ListParams, Patch, PatchParams, WatchEvent, WatchParams};
use serde_json::{Value, json};

use super::lab::{self, Lab, job, path_of};
use super::names;

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

/// The same list that `tests/kube/compare.py` sends to a real API server.
#[tokio::test(start_paused = true)]
async fn it_answers_as_a_real_server_does() {
    let lab = Lab::new().await;
    let steps: Vec<Value> = serde_json::from_str(include_str!("../kube/conformance.json")).unwrap();
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
