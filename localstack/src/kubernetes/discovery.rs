//! What the server says about itself: versions, groups, resources, health.

use serde_json::{Map, Value, json};

use super::kinds::{RESOURCES, Resource};

/// The answer to a path that is about the server, as JSON or as text.
pub enum Page {
    Json(Value),
    Text(&'static str),
}

pub fn page(path: &str, version: &str, cluster: &str) -> Option<Page> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    Some(match parts.as_slice() {
        ["healthz" | "readyz" | "livez", ..] => Page::Text("ok"),
        ["version"] => Page::Json(server(version)),
        ["api"] => Page::Json(json!({"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": []})),
        ["api", "v1"] => Page::Json(resources("", "v1")?),
        ["apis"] => Page::Json(json!({"kind": "APIGroupList", "apiVersion": "v1",
            "groups": groups().iter().map(|(group, version)| one_group(group, version)).collect::<Vec<_>>()})),
        ["apis", group] => {
            let all = groups();
            let (group, version) = all.iter().find(|(name, _)| name == group)?;
            let mut one = one_group(group, version);
            one["kind"] = "APIGroup".into();
            one["apiVersion"] = "v1".into();
            Page::Json(one)
        }
        ["apis", group, version] => Page::Json(resources(group, version)?),
        ["openapi", "v3"] => Page::Json(schemas(cluster)),
        ["openapi", "v3", "api", "v1"] => Page::Json(schema("", "v1")),
        ["openapi", "v3", "apis", group, version] => Page::Json(schema(group, version)),
        [] => Page::Json(json!({"paths": ["/api", "/apis", "/healthz", "/readyz", "/version"]})),
        _ => return None,
    })
}

/// Where the schemas are.
fn schemas(cluster: &str) -> Value {
    let place = |path: String| {
        let url = json!({"serverRelativeURL": format!("/clusters/{cluster}/openapi/v3/{path}")});
        (path, url)
    };
    let named = groups().into_iter().map(|(group, version)| format!("apis/{group}/{version}"));
    let all = std::iter::once("api/v1".to_owned()).chain(named);
    json!({"paths": all.map(place).collect::<Map<String, Value>>()})
}

/// A schema that says one thing only: the server validates fields itself.
fn schema(group: &str, version: &str) -> Value {
    let all = RESOURCES.iter().filter(|one| one.group == group && one.version == version);
    let path = |one: &Resource| {
        let place = if one.namespaced() { "/namespaces/{namespace}" } else { "" };
        let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
        let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
        let known = ["dryRun", "fieldManager", "fieldValidation", "force"].map(parameter);
        let operation = json!({
            "parameters": known,
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {"group": group, "version": version,
                "kind": one.kind}});
        let name = format!("{root}/{version}{place}/{}/{{name}}", one.plural);
        (name, json!({"patch": operation}))
    };
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1"},
        "paths": all.map(path).collect::<Map<String, Value>>()})
}

fn server(version: &str) -> Value {
    let minor = version.split('.').nth(1).unwrap_or_default();
    json!({"major": "1", "minor": format!("{minor}+"),
        "gitVersion": format!("v{version}.1-eks-edxaws-localstack"), "gitTreeState": "clean",
        "goVersion": "none", "compiler": "none", "platform": "linux/amd64",
        "gitCommit": "0000000000000000000000000000000000000000", "buildDate": "2026-01-01T00:00:00Z"})
}

/// Groups with their version, each once.
fn groups() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = RESOURCES.iter().map(|one| (one.group, one.version)).collect();
    all.retain(|(group, _)| !group.is_empty());
    all.dedup();
    all
}

fn one_group(group: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn resources(group: &str, version: &str) -> Option<Value> {
    let all: Vec<&Resource> =
        RESOURCES.iter().filter(|one| one.group == group && one.version == version).collect();
    let first = all.first()?;
    let rows: Vec<Value> = all.iter().flat_map(|one| rows(one)).collect();
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": first.api_version(), "resources": rows}))
}

fn rows(resource: &Resource) -> Vec<Value> {
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    let mut main = json!({"name": resource.plural, "singularName": resource.singular(),
        "namespaced": resource.namespaced(), "kind": resource.kind, "verbs": verbs});
    if !resource.short.is_empty() {
        main["shortNames"] = json!(resource.short);
    }
    if in_all(resource.plural) {
        main["categories"] = json!(["all"]);
    }
    let part = |part: &&str| {
        let name = format!("{}/{part}", resource.plural);
        let (verbs, kind) = match *part {
            "scale" => (json!(["get", "patch", "update"]), "Scale"),
            "eviction" => (json!(["create"]), "Eviction"),
            "log" => (json!(["get"]), resource.kind),
            "exec" | "attach" | "portforward" => (json!(["create", "get"]), "PodExecOptions"),
            "finalize" => (json!(["update"]), resource.kind),
            _ => (json!(["get", "patch", "update"]), resource.kind),
        };
        let mut row = json!({"name": name, "singularName": "",
            "namespaced": resource.namespaced(), "kind": kind, "verbs": verbs});
        match *part {
            "scale" => extend(&mut row, "autoscaling", "v1"),
            "eviction" => extend(&mut row, "policy", "v1"),
            _ => {}
        }
        row
    };
    let parts: Vec<Value> = resource.parts.iter().map(part).collect();
    [vec![main], parts].concat()
}

fn extend(row: &mut Value, group: &str, version: &str) {
    row["group"] = group.into();
    row["version"] = version.into();
}

/// What `kubectl get all` shows.
fn in_all(plural: &str) -> bool {
    const ALL: [&str; 9] = [
        "pods",
        "services",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "horizontalpodautoscalers",
        "cronjobs",
        "jobs",
    ];
    ALL.contains(&plural)
}
