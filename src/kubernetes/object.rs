//! One Kubernetes object by name, and the few calls that are made with it.

use std::fmt;
use std::time::Duration;

use kube::api::{
    ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, LogParams, Patch,
    PatchParams, PropagationPolicy,
};
use kube::{Client, api};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connect::{Clusters, Target};
use super::failure::failure;
use crate::aws::{Failure, Outcome, Scope, Trace, Verdict, verdict};

/// The name under which this program owns fields.
pub const FIELD_MANAGER: &str = "edxaws";
/// On every object of ours: the stack it belongs to.
pub const STACK_LABEL: &str = "edxaws.io/stack";
/// Objects in one page of a list.
const PAGE: u32 = 500;
const PATIENCE: Duration = Duration::from_secs(40);

/// Which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectId {
    pub api_version: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
}

impl ObjectId {
    pub fn new(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// The id of a whole object; `None` when it lacks what names it.
    pub fn of(body: &Value) -> Option<Self> {
        let text = |path: &str| body.pointer(path).and_then(Value::as_str);
        let namespace = text("/metadata/namespace");
        let (version, kind) = (text("/apiVersion")?, text("/kind")?);
        Some(Self::new(version, kind, namespace, text("/metadata/name")?))
    }

    /// How the API addresses objects of this kind.
    pub fn resource(&self) -> ApiResource {
        let (group, version) = self.api_version.rsplit_once('/').unwrap_or(("", &self.api_version));
        ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &self.kind))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// The API of one cluster: every call is traced, every refusal becomes a `Failure`.
#[derive(Clone)]
pub struct Api {
    client: Client,
    trace: Trace,
    clusters: Clusters,
    endpoint: String,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Api")
    }
}

/// What an apply does with fields that another manager holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    Refuse,
    TakeOver,
}

impl Api {
    /// The API of a cluster, with a token that is good for some minutes.
    pub async fn of(scope: &Scope, cluster: Target<'_>) -> Result<Self, Failure> {
        let (clusters, endpoint) = (scope.aws.kubernetes.clone(), cluster.endpoint.to_owned());
        let client = clusters.client(cluster, scope.clock).await?;
        Ok(Self { client, trace: scope.aws.trace.clone(), clusters, endpoint })
    }

    pub fn client(&self) -> Client {
        self.client.clone()
    }

    fn at(&self, id: &ObjectId) -> api::Api<DynamicObject> {
        self.within(&id.resource(), id.namespace.as_deref())
    }

    fn within(&self, kind: &ApiResource, namespace: Option<&str>) -> api::Api<DynamicObject> {
        match namespace {
            Some(namespace) => api::Api::namespaced_with(self.client(), namespace, kind),
            None => api::Api::all_with(self.client(), kind),
        }
    }

    fn note(&self, verb: &str, id: &ObjectId) -> String {
        self.trace.note("kubernetes", &format!("{verb} {}", id.kind));
        format!("{verb} {id}")
    }

    /// The object, when it is there.
    pub async fn get(&self, id: &ObjectId) -> Result<Option<Value>, Failure> {
        let action = self.note("get", id);
        let api = self.at(id);
        let found = self.answered(&action, api.get_opt(&id.name)).await?;
        Ok(found.map(|object| value(&object)))
    }

    /// Server-side apply. What `edxaws scale` set is no conflict: a patch of ours is held under our
    /// name, too, and the profile comes last.
    pub async fn apply(
        &self,
        id: &ObjectId,
        body: &Value,
        conflicts: Conflicts,
    ) -> Result<Value, Failure> {
        match self.applied(id, body, conflicts).await {
            Err(failure) if is_with_ourselves(&failure) => {
                self.applied(id, body, Conflicts::TakeOver).await
            }
            answer => answer,
        }
    }

    async fn applied(
        &self,
        id: &ObjectId,
        body: &Value,
        conflicts: Conflicts,
    ) -> Result<Value, Failure> {
        let action = self.note("apply", id);
        let mut params = PatchParams::apply(FIELD_MANAGER);
        params.force = conflicts == Conflicts::TakeOver;
        let (api, patch) = (self.at(id), Patch::Apply(body));
        self.answered(&action, api.patch(&id.name, &params, &patch))
            .await
            .map(|object| value(&object))
    }

    /// A merge patch, for what is not ours to own (a replica count, an annotation).
    pub async fn merge(&self, id: &ObjectId, patch: &Value) -> Result<Value, Failure> {
        let action = self.note("patch", id);
        let params =
            PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let (api, patch) = (self.at(id), Patch::Merge(patch));
        self.answered(&action, api.patch(&id.name, &params, &patch))
            .await
            .map(|object| value(&object))
    }

    /// Begins a delete; what is gone counts as deleted. `uid` keeps a newer namesake alive.
    pub async fn delete(
        &self,
        id: &ObjectId,
        uid: Option<&str>,
        how: PropagationPolicy,
    ) -> Result<(), Failure> {
        let action = self.note("delete", id);
        let preconditions =
            uid.map(|uid| api::Preconditions { uid: Some(uid.to_owned()), resource_version: None });
        let params = DeleteParams {
            propagation_policy: Some(how),
            preconditions,
            ..DeleteParams::default()
        };
        let api = self.at(id);
        match self.answered(&action, api.delete(&id.name, &params)).await {
            Err(failure) if verdict(&failure) != Verdict::Gone => Err(failure),
            _ => Ok(()),
        }
    }

    /// All objects like `like` with these labels, in its namespace or in all.
    pub async fn list(&self, like: &ObjectId, labels: &str) -> Result<Vec<Value>, Failure> {
        let action = self.note("list", like);
        let api = self.within(&like.resource(), like.namespace.as_deref());
        let mut params = ListParams::default().labels(labels).limit(PAGE);
        let mut all = Vec::new();
        loop {
            let page = self.answered(&action, api.list(&params)).await?;
            all.extend(page.items.iter().map(value));
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => break,
            }
        }
        // A list names the kind once, for all its items.
        for one in &mut all {
            one["apiVersion"] = like.api_version.clone().into();
            one["kind"] = like.kind.clone().into();
        }
        Ok(all)
    }

    /// The last lines a pod's container wrote.
    pub async fn logs(&self, namespace: &str, pod: &str, lines: i64) -> Result<String, Failure> {
        let id = ObjectId::new("v1", "Pod", Some(namespace), pod);
        let action = self.note("log", &id);
        let pods: api::Api<k8s_openapi::api::core::v1::Pod> =
            api::Api::namespaced(self.client(), namespace);
        let params = LogParams { tail_lines: Some(lines), ..LogParams::default() };
        self.answered(&action, pods.logs(pod, &params)).await
    }

    /// The answer to a call, or the failure that says which call it was. None is waited for longer
    /// than any of AWS's; a token that is refused is not used again.
    async fn answered<T>(
        &self,
        action: &str,
        call: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, Failure> {
        let answer = match tokio::time::timeout(PATIENCE, call).await {
            Ok(answer) => answer.map_err(|error| failure(action, error)),
            Err(_) => Err(Failure {
                code: "RequestTimeout".to_owned(),
                outcome: Outcome::Unknown,
                ..Failure::unexpected("kubernetes", action, "no answer came")
            }),
        };
        if answer.as_ref().is_err_and(Failure::is_locked_out) {
            self.clusters.forget(&self.endpoint);
        }
        answer
    }
}

/// Whether an apply met nobody else's fields: `conflict with "edxaws" using apps/v1: .spec.replicas`.
fn is_with_ourselves(failure: &Failure) -> bool {
    let mut managers = failure.message.split(" with \"").skip(1).peekable();
    let ours = |rest: &str| rest.split('"').next() == Some(FIELD_MANAGER);
    failure.code == "Conflict" && managers.peek().is_some() && managers.all(ours)
}

fn value(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or(Value::Null)
}
