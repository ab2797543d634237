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
        let mut known = Vec::new();
        for kind in ["Deployment", "StatefulSet"] {
            for object in self.api.list(&self.id("apps/v1", kind, ""), "").await? {
                let Some(id) = ObjectId::of(&object) else { continue };
                if id.name == service {
                    return Ok((id, object));
                }
                known.push(id.name);
            }
        }
        let platform = &self.name;
        Err(match known.is_empty() {
            true => Problem::user(format!("platform `{platform}` runs nothing yet"))
                .hint("run `edxaws up`, or look at `edxaws status`"),
            false => Problem::user(format!("platform `{platform}` has no service `{service}`"))
                .hint(format!("its services are {}", known.join(", "))),
        })
    }

    /// The pods of a service, those that are ready first.
    pub async fn pods(&self, service: &str) -> Result<Vec<Value>> {
        let (_, workload) = self.workload(service).await?;
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

    /// A pod that can be talked to.
    pub async fn ready_pod(&self, service: &str) -> Result<String> {
        let pods = self.pods(service).await?;
        let ready = pods.iter().find(|pod| is_ready(pod)).and_then(pod_name);
        ready.ok_or_else(|| {
            Problem::user(format!("no pod of `{service}` is ready"))
                .hint(format!("`edxaws logs {service}` says more"))
        })
    }
}

pub fn pod_name(pod: &Value) -> Option<String> {
    pod.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned)
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
