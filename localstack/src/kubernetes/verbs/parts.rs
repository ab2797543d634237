//! Subresources: scale, eviction, logs, and what needs a running container.

use serde_json::{Value, json};

use super::{Asked, Reply, write};
use crate::kubernetes::apply::managers::Operation;
use crate::kubernetes::json::{list, map, name, namespace, number, set, text};
use crate::kubernetes::patch as patches;
use crate::kubernetes::route::Target;
use crate::kubernetes::scene::Scene;
use crate::kubernetes::selector::matches;
use crate::kubernetes::status::Refusal;

pub fn perform(scene: &mut Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let object = write::found(scene, target)?;
    match target.part.as_str() {
        "scale" => scale(scene, asked, target, object),
        "eviction" => evict(scene, target, &object),
        "log" => logged(scene, asked, &object),
        part => {
            let message = format!(
                "no container runs in the sandbox: `{part}` needs a cluster on AWS; logs, events \
                 and statuses are there"
            );
            Err(Refusal::bad(message))
        }
    }
}

fn shown(object: &Value) -> Value {
    let labels = map(object, "/spec/selector/matchLabels");
    let pairs: Vec<String> = labels
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let kept = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let metadata: serde_json::Map<String, Value> =
        kept.iter().map(|name| ((*name).to_owned(), object["metadata"][*name].clone())).collect();
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": {"replicas": object["spec"]["replicas"]},
        "status": {"replicas": number(object, "/status/replicas").unwrap_or(0),
            "selector": pairs.join(",")}})
}

fn scale(
    scene: &mut Scene<'_>,
    asked: &Asked,
    target: &Target,
    object: Value,
) -> Result<Reply, Refusal> {
    let mut scale = shown(&object);
    match asked.route.method.as_str() {
        "GET" => return Ok(Reply::Json(200, scale)),
        "PUT" => scale = asked.json()?,
        "PATCH" if asked.content_type.starts_with("application/json-patch+json") => {
            patches::json(&mut scale, &asked.json()?)?;
        }
        _ => patches::merge(&mut scale, &asked.json()?),
    }
    let version = text(&scale, "/metadata/resourceVersion");
    if !version.is_empty() && version != text(&object, "/metadata/resourceVersion") {
        return Err(Refusal::stale(target.resource, &target.name));
    }
    let mut after = object.clone();
    set(&mut after, "/spec/replicas", number(&scale, "/spec/replicas").unwrap_or(0));
    let after = write::finish(scene, asked, target, Some(object), after, Operation::Update)?;
    Ok(Reply::Json(200, shown(&after)))
}

/// Whether the disruption budgets of its namespace let a pod go.
pub fn evict(scene: &mut Scene<'_>, target: &Target, pod: &Value) -> Result<Reply, Refusal> {
    let labels = pod.pointer("/metadata/labels").unwrap_or(&Value::Null);
    let guards = scene.cluster.list("poddisruptionbudgets", Some(namespace(pod)));
    let blocking = guards
        .filter(|one| matches(one.pointer("/spec/selector").unwrap_or(&Value::Null), labels))
        .find(|one| number(one, "/status/disruptionsAllowed").unwrap_or(0) < 1);
    if let Some(guard) = blocking {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let mut refusal = Refusal::new(429, "TooManyRequests", message);
        refusal.details = json!({"causes": [{"reason": "DisruptionBudget", "message": format!(
            "The disruption budget {} needs {} healthy pods and has {} currently", name(guard),
            number(guard, "/status/desiredHealthy").unwrap_or(0),
            number(guard, "/status/currentHealthy").unwrap_or(0))}]});
        return Err(refusal);
    }
    scene.delete(&target.resource.key(namespace(pod), name(pod)));
    Ok(Reply::Json(
        201,
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
        "status": "Success"}),
    ))
}

fn logged(scene: &Scene<'_>, asked: &Asked, pod: &Value) -> Result<Reply, Refusal> {
    let container = asked.route.asked("container");
    let names: Vec<&str> = ["initContainers", "containers"]
        .iter()
        .flat_map(|kind| list(pod, &format!("/spec/{kind}")))
        .map(|one| text(one, "/name"))
        .collect();
    if !container.is_empty() && !names.contains(&container) {
        let message = format!("container {container} is not valid for pod {}", name(pod));
        return Err(Refusal::bad(message));
    }
    let started = list(pod, "/status/containerStatuses").iter().any(|one| {
        one["state"].get("running").or(one["state"].get("terminated")).is_some()
            || number(one, "/restartCount").unwrap_or(0) > 0
    });
    if !started {
        let container = if container.is_empty() { names.last().copied() } else { Some(container) };
        let message = format!(
            "container \"{}\" in pod \"{}\" is waiting to start: ContainerCreating",
            container.unwrap_or_default(),
            name(pod)
        );
        return Err(Refusal::bad(message));
    }
    if asked.route.says("previous") && !was_restarted(pod, container) {
        let message = format!(
            "previous terminated container \"{container}\" in pod \"{}\" not found",
            name(pod)
        );
        return Err(Refusal::bad(message));
    }
    if asked.route.says("follow") {
        return Ok(Reply::Follow(namespace(pod).to_owned(), name(pod).to_owned()));
    }
    let lines = log(scene, pod);
    let tail = asked.route.asked("tailLines").parse().unwrap_or(usize::MAX);
    let from = lines.len().saturating_sub(tail);
    Ok(Reply::Text(lines[from..].iter().map(|line| format!("{line}\n")).collect()))
}

fn was_restarted(pod: &Value, container: &str) -> bool {
    let asked = |one: &&Value| container.is_empty() || text(one, "/name") == container;
    let statuses = list(pod, "/status/containerStatuses").iter().filter(asked);
    statuses.into_iter().any(|one| one.pointer("/lastState/terminated").is_some())
}

/// What a pod is said to have written.
pub fn log(scene: &Scene<'_>, pod: &Value) -> Vec<String> {
    let key = format!("pods/{}/{}", namespace(pod), name(pod));
    let own = scene.cluster.note(&key, "log").and_then(Value::as_array).into_iter().flatten();
    let images: Vec<&str> =
        list(pod, "/spec/containers").iter().map(|one| text(one, "/image")).collect();
    let mut lines = vec![format!(
        "(the sandbox runs no container: this stands for {} of {})",
        name(pod),
        images.join(", ")
    )];
    lines.extend(own.filter_map(|line| line.as_str().map(str::to_owned)));
    lines
}

/// `kubectl auth can-i`: whoever gets here may.
pub fn review(asked: &Asked) -> Result<Option<Reply>, Refusal> {
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    if asked.route.method != http::Method::POST || asked.route.path != path {
        return Ok(None);
    }
    let mut review = asked.json()?;
    set(&mut review, "/status", json!({"allowed": true}));
    Ok(Some(Reply::Json(201, review)))
}
