//! Why a workload does not come up: its pods know, the workload itself does not.

mod newest;

use jiff::Timestamp;
use newest::Newest;
use serde_json::Value;

use super::object::{Api, ObjectId};
use super::progress::Progress;
use crate::aws::Failure;

/// Seconds that a state may last before it is called a failure, by the reason's beginning.
const HOPELESS: &[(&str, i64)] = &[
    ("ErrImageNeverPull", 0),
    ("InvalidImageName", 0),
    ("CreateContainerConfigError", 60),
    ("CreateContainerError", 60),
    ("ImagePullBackOff", 90),
    ("ErrImagePull", 90),
    // A volume takes seconds, its driver's start some more.
    ("Unbound", 300),
    // The autoscaler needs minutes for a new node.
    ("Unschedulable", 900),
];
/// Restarts after which a crash loop is one.
const RESTARTS: i64 = 3;
const LOG_LINES: i64 = 20;

/// `progress` with what the pods say: a better reason to wait, or that waiting is in vain.
pub async fn explain(
    api: &Api,
    object: &Value,
    progress: Progress,
    now: Timestamp,
) -> Result<Progress, Failure> {
    let Some((namespace, selector)) = pods_of(object).filter(|_| !at_work(object)) else {
        return Ok(progress);
    };
    let like = ObjectId::new("v1", "Pod", Some(&namespace), "");
    let mut pods = api.list(&like, &selector).await?;
    if pods.iter().any(|pod| trouble(pod, now).is_some()) {
        let newest = Newest::of(api, object, &selector).await?;
        pods.retain(|pod| newest.holds(pod));
    }
    let troubled = match pods.iter().find_map(|pod| Some((pod, trouble(pod, now)?))) {
        None => without_volume(api, &namespace, &pods, now).await?,
        troubled => troubled,
    };
    match (troubled, progress) {
        (Some((pod, trouble)), Progress::Waiting(why)) if !trouble.hopeless => {
            Ok(Progress::Waiting(format!("{why}; pod `{}`: {}", name(pod), trouble.why)))
        }
        (Some((pod, trouble)), Progress::Waiting(_)) => {
            let logs = last_lines(api, &namespace, pod).await;
            Ok(Progress::Failed(format!("pod `{}`: {}{logs}", name(pod), trouble.why)))
        }
        (Some((pod, trouble)), Progress::Failed(why)) => {
            let logs = last_lines(api, &namespace, pod).await;
            Ok(Progress::Failed(format!("{why}; pod `{}`: {}{logs}", name(pod), trouble.why)))
        }
        (None, Progress::Failed(why)) => {
            let logs = match pods.last() {
                Some(pod) => last_lines(api, &namespace, pod).await,
                None => String::new(),
            };
            Ok(Progress::Failed(format!("{why}{logs}")))
        }
        (_, progress) => Ok(progress),
    }
}

/// Whether every pod of a Job runs: then they have nothing to say.
fn at_work(job: &Value) -> bool {
    let number = |name: &str| job["status"].get(name).and_then(Value::as_i64);
    let (active, ready) = (number("active"), number("ready"));
    job["kind"] == "Job" && active.is_some_and(|active| active > 0) && ready == active
}

/// Namespace and selector of the pods a workload makes.
fn pods_of(object: &Value) -> Option<(String, String)> {
    let namespace = object.pointer("/metadata/namespace")?.as_str()?;
    let labels = object.pointer("/spec/selector/matchLabels")?.as_object()?;
    let pairs: Vec<String> = labels
        .iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    Some((namespace.to_owned(), pairs.join(",")))
}

struct Trouble {
    why: String,
    hopeless: bool,
}

fn trouble(pod: &Value, now: Timestamp) -> Option<Trouble> {
    let given_up = |reason: &str| given_up(reason, age(pod, now));
    if let Some(condition) = unscheduled(pod) {
        let why = format!("not scheduled: {}", text(condition, "/message").unwrap_or_default());
        return Some(Trouble { why, hopeless: given_up("Unschedulable") });
    }
    containers(pod).find_map(|container| {
        let reason = text(container, "/state/waiting/reason")?;
        let message = text(container, "/state/waiting/message").unwrap_or_default();
        let restarts = container.pointer("/restartCount").and_then(Value::as_i64).unwrap_or(0);
        match reason {
            "ContainerCreating" | "PodInitializing" => None,
            "CrashLoopBackOff" => Some(Trouble {
                why: format!("{reason} after {restarts} restarts: {message}"),
                hopeless: restarts >= RESTARTS,
            }),
            _ => Some(Trouble { why: format!("{reason}: {message}"), hopeless: given_up(reason) }),
        }
    })
}

/// A pod whose claim no volume comes for waits without a word of its own.
async fn without_volume<'a>(
    api: &Api,
    namespace: &str,
    pods: &'a [Value],
    now: Timestamp,
) -> Result<Option<(&'a Value, Trouble)>, Failure> {
    let pending = |pod: &&Value| text(pod, "/status/phase") == Some("Pending");
    let mounts = pods.iter().filter(pending).find(|pod| claims(pod).next().is_some());
    let Some(pod) = mounts else { return Ok(None) };
    let like = ObjectId::new("v1", "PersistentVolumeClaim", Some(namespace), "");
    let all = api.list(&like, "").await?;
    let loose = all.iter().find(|claim| {
        text(claim, "/status/phase") != Some("Bound") && claims(pod).any(|one| one == name(claim))
    });
    Ok(loose.map(|claim| {
        let class = text(claim, "/spec/storageClassName").unwrap_or("none");
        let why = format!("no volume for its claim `{}` (class `{class}`)", name(claim));
        (pod, Trouble { why, hopeless: given_up("Unbound", age(pod, now)) })
    }))
}

/// The claims a pod mounts.
fn claims(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array).into_iter().flatten();
    volumes.filter_map(|volume| text(volume, "/persistentVolumeClaim/claimName"))
}

/// Seconds since it was made.
fn age(pod: &Value, now: Timestamp) -> i64 {
    text(pod, "/metadata/creationTimestamp")
        .and_then(|text| text.parse::<Timestamp>().ok())
        .map_or(0, |born| now.as_second() - born.as_second())
}

fn given_up(reason: &str, age: i64) -> bool {
    HOPELESS.iter().any(|(word, most)| *word == reason && age > *most)
}

fn unscheduled(pod: &Value) -> Option<&Value> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().find(|one| one["type"] == "PodScheduled" && one["status"] == "False")
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    lists.into_iter().filter_map(|path| pod.pointer(path)?.as_array()).flatten()
}

/// The end of what the pod wrote; the error is no worse for a log that cannot be read.
async fn last_lines(api: &Api, namespace: &str, pod: &Value) -> String {
    match api.logs(namespace, &name(pod), LOG_LINES).await {
        Ok(logs) if !logs.trim().is_empty() => format!("\nits last lines:\n{}", logs.trim_end()),
        _ => String::new(),
    }
}

fn name(pod: &Value) -> String {
    text(pod, "/metadata/name").unwrap_or("?").to_owned()
}

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str)
}
