//! One platform as it runs: its namespace in the cluster, and the API to reach it.

use serde_json::Value;

use super::args::{Global, SiteArgs};
use super::session::Glance;
use crate::address::Ref;
use crate::aws::Scope;
use crate::error::{Problem, Result};
use crate::kubernetes::{Api, ObjectId};
use crate::profile::{PlatformSettings, Target};
use crate::resources::eks::Cluster;
use crate::resources::kubernetes::wire;

/// A platform and its cluster's API.
pub struct Site {
    /// Also the name of its namespace.
    pub name: String,
    pub settings: PlatformSettings,
    pub api: Api,
    pub scope: Scope,
    pub sandbox: bool,
}

/// Said wherever something would run in a container.
pub const NO_CONTAINERS: &str = "no container runs in the sandbox: nothing was carried out\n";

impl Site {
    pub async fn open(global: &Global, args: &SiteArgs) -> Result<Self> {
        let Glance { profile, scope, state } = Glance::take(global).await?;
        let name = chosen(&profile.settings.platforms, args.platform.as_deref())?;
        let not_yet = || {
            Problem::user("the cluster is not up yet")
                .hint("run `edxaws up` first, or look at `edxaws status`")
        };
        let mut clusters = state.records.keys().filter(|one| one.kind() == "eks_cluster");
        let cluster = clusters.next().ok_or_else(not_yet)?;
        let cluster = Ref::<Cluster>::to(cluster.name());
        let scope = scope.with_facts(state.facts());
        if scope.live(&cluster).map_or(true, |live| live.endpoint.is_none()) {
            return Err(not_yet());
        }
        let api = wire::api(&scope, &cluster).await?;
        let sandbox = global.sandbox || profile.settings.target == Target::Sandbox;
        let settings = profile.settings.platforms[&name].clone();
        Ok(Self { name, settings, api, scope, sandbox })
    }

    /// An object in the platform's namespace.
    pub fn id(&self, version: &str, kind: &str, name: &str) -> ObjectId {
        ObjectId::new(version, kind, Some(&self.name), name)
    }

    /// The workload of a service, or which services there are.
    pub async fn workload(&self, service: &str) -> Result<(ObjectId, Value)> {
        let services = self.services().await?;
        let known: Vec<String> = services.iter().map(|(id, _)| id.name.clone()).collect();
        let found = services.into_iter().find(|(id, _)| id.name == service);
        found.ok_or_else(|| self.no_such("service", service, &known))
    }

    /// What runs pods under a name: a service, or a task by its name or the beginning of it.
    pub async fn running(&self, name: &str) -> Result<(ObjectId, Value)> {
        let mut all = self.services().await?;
        all.extend(self.all("batch/v1", "Job").await?);
        let known: Vec<String> = all.iter().map(|(id, _)| id.name.clone()).collect();
        let begins = |one: &&String| one.starts_with(name);
        let one = match known.iter().find(|one| *one == name) {
            Some(one) => Some(one),
            None if known.iter().filter(begins).count() == 1 => known.iter().find(begins),
            None => None,
        };
        let found = one.and_then(|one| all.into_iter().find(|(id, _)| id.name == *one));
        found.ok_or_else(|| self.no_such("service or task", name, &known))
    }

    async fn services(&self) -> Result<Vec<(ObjectId, Value)>> {
        let mut all = self.all("apps/v1", "Deployment").await?;
        all.extend(self.all("apps/v1", "StatefulSet").await?);
        Ok(all)
    }

    async fn all(&self, version: &str, kind: &str) -> Result<Vec<(ObjectId, Value)>> {
        let objects = self.api.list(&self.id(version, kind, ""), "").await?;
        Ok(objects.into_iter().filter_map(|one| Some((ObjectId::of(&one)?, one))).collect())
    }

    fn no_such(&self, what: &str, name: &str, known: &[String]) -> Problem {
        let platform = &self.name;
        match known.is_empty() {
            true => Problem::user(format!("platform `{platform}` runs nothing yet"))
                .hint("run `edxaws up`, or look at `edxaws status`"),
            false => Problem::user(format!("platform `{platform}` has no {what} `{name}`"))
                .hint(format!("it has {}", known.join(", "))),
        }
    }

    /// The pods of a workload, those that are ready first.
    pub async fn pods_of(&self, workload: &Value) -> Result<Vec<Value>> {
        let labels = workload.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
        let pairs: Vec<String> = labels
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
            .collect();
        let mut pods = self.api.list(&self.id("v1", "Pod", ""), &pairs.join(",")).await?;
        pods.sort_by_key(|pod| !is_ready(pod));
        Ok(pods)
    }

    /// A pod that can be talked to, and its container.
    pub async fn ready_pod(&self, service: &str) -> Result<(String, String)> {
        let (_, workload) = self.workload(service).await?;
        let pods = self.pods_of(&workload).await?;
        let ready = pods.iter().find(|pod| is_ready(pod));
        let ready = ready.and_then(|pod| Some((pod_name(pod)?, container_name(pod)?)));
        ready.ok_or_else(|| {
            Problem::user(format!("no pod of `{service}` is ready"))
                .hint(format!("`edxaws logs {service}` says more"))
        })
    }
}

pub fn pod_name(pod: &Value) -> Option<String> {
    pod.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned)
}

/// The container that is meant when none is named: the first.
pub fn container_name(pod: &Value) -> Option<String> {
    pod.pointer("/spec/containers/0/name").and_then(Value::as_str).map(str::to_owned)
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

/// The platform that is meant: the named one, or the only one.
pub fn chosen(
    platforms: &std::collections::BTreeMap<String, PlatformSettings>,
    named: Option<&str>,
) -> Result<String> {
    let names = || platforms.keys().cloned().collect::<Vec<_>>().join(", ");
    match (named, platforms.len()) {
        (Some(name), _) if platforms.contains_key(name) => Ok(name.to_owned()),
        (Some(name), _) => Err(Problem::user(format!("the profile has no platform `{name}`"))
            .hint(format!("it has {}", names()))),
        (None, 1) => Ok(names()),
        (None, _) => Err(Problem::user("the profile has several platforms")
            .hint(format!("name one with `--platform`: {}", names()))),
    }
}
