//! How the Kubernetes API spells ownership, and what all kinds of objects have in common.

mod difference;
mod fill;
mod placed;
mod scaled;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use kube::api::PropagationPolicy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use difference::goes_with;
pub use fill::{Anchor, Fill, has_token};
pub use placed::{Placed, Runs, Sort};
use scaled::{scaled, targets};
pub use versions::Version;

use crate::address::{Address, Ref};
use crate::aws::{Depth, Failure, Outcome, Scope, Verdict, verdict};
use crate::kubernetes::{
    Api, ObjectId, Progress, STACK_LABEL, Target, explain, held, pods, progress,
};
use crate::openedx::values::tokens_in;
use crate::resource::{Claim, Facts, Found, Result, Wanted};
use crate::resources::eks::Cluster;
use fill::filled;

const ADDRESS: &str = "edxaws.io/address";
const CLAIM: &str = "edxaws.io/claim";
const DIGEST: &str = "edxaws.io/digest";
/// On ConfigMaps and Secrets whose name ends in a hash: the name without it.
pub const GENERATION_OF: &str = "edxaws.io/generation-of";
/// Former contents that stay, for pods that still mount them.
const GENERATIONS: usize = 3;

/// Desired values of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub cluster: Ref<Cluster>,
    pub id: ObjectId,
    /// Of the whole manifest: it stands on the live object, so the state need not hold the body.
    pub digest: String,
    /// What replaces the placeholders in the body, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fills: BTreeMap<String, Fill>,
    /// The secrets whose rotation has it applied anew: those behind `fills`, and those that its pods
    /// read from other objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// The object with tokens for what is secret or known after apply; not recorded.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// What is known of a live object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManifestLive {
    pub uid: String,
    /// Differs from the desired one while the last generation of a hashed object is in use.
    pub name: String,
    pub digest: Option<String>,
    pub progress: Progress,
    /// `2 of 3 pods` of a workload are ready; not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<String>,
    /// Whether a secret was rotated since it was applied; not recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated: bool,
    /// Fields that others have set; not recorded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, String>,
    /// For comparing; never with a Secret's data, and not recorded.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// What the state file leaves out of both.
const UNRECORDED: &[&str] = &["body", "held", "outdated", "pods"];

impl Manifest {
    /// `None` when the body lacks what names an object.
    pub fn new(cluster: Ref<Cluster>, body: Value, fills: BTreeMap<String, Fill>) -> Option<Self> {
        let id = ObjectId::of(&body)?;
        let used = tokens_in(&body.to_string());
        let fills: BTreeMap<_, _> =
            fills.into_iter().filter(|(name, _)| used.contains(name)).collect();
        let versions: BTreeSet<_> = fills.values().filter_map(Version::behind).collect();
        let sources = serde_json::to_string(&fills).unwrap_or_default();
        let hash = Sha256::digest(format!("{body}{sources}"));
        let digest = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { cluster, id, digest, fills, versions: versions.into_iter().collect(), body })
    }

    /// The same object, applied anew when one of these secrets is rotated, too.
    pub fn following(mut self, versions: impl IntoIterator<Item = Version>) -> Self {
        self.versions.extend(versions);
        self.versions.sort();
        self.versions.dedup();
        self
    }
}

/// The API of the stack's cluster, once that is known.
pub async fn api(scope: &Scope, cluster: &Ref<Cluster>) -> Result<Api> {
    let live = scope.live(cluster)?;
    let unknown = || Failure::upstream(&cluster.address);
    let target = Target {
        name: &live.name,
        endpoint: live.endpoint.as_deref().ok_or_else(unknown)?,
        certificate_authority: live.certificate_authority.as_deref().ok_or_else(unknown)?,
    };
    Api::of(scope, target).await
}

/// One list per sort of object, all at once, in every namespace.
async fn list<S: Sort>(
    scope: &Scope,
    wanted: &[Wanted<Placed<S>>],
) -> Result<Vec<Found<ManifestLive>>> {
    let Some(first) = wanted.first() else { return Ok(Vec::new()) };
    let cluster = &first.desired.manifest.cluster;
    // Without a cluster there are no objects; both are said by the cluster's own record.
    let Ok(api) = api(scope, cluster).await else { return Ok(Vec::new()) };
    let sorts: BTreeSet<(&str, &str)> = wanted
        .iter()
        .map(|one| &one.desired.manifest.id)
        .map(|id| (id.api_version.as_str(), id.kind.as_str()))
        .collect();
    let asked: BTreeSet<&Address> = wanted.iter().map(|one| &one.address).collect();
    let lists = sorts.into_iter().map(|like| sort(scope, &api, like, &asked));
    match futures_util::future::try_join_all(lists).await {
        Ok(found) => {
            let mut found = newest(found.into_iter().flatten().collect(), wanted);
            mark_outdated(&mut found, wanted, &scope.facts);
            Ok(found)
        }
        Err(failure) => unless_gone(scope, cluster, failure).await,
    }
}

async fn sort(
    scope: &Scope,
    api: &Api,
    (version, kind): (&str, &str),
    asked: &BTreeSet<&Address>,
) -> Result<Vec<Found<ManifestLive>>> {
    let like = ObjectId::new(version, kind, None, "");
    let labels = format!("{STACK_LABEL}={}", scope.stack.name);
    let objects = api.list(&like, &labels).await?;
    // Nobody waits for the others: what would take another call is not asked.
    let awaited = |object: &Value| address_on(object).is_some_and(|one| asked.contains(&one));
    let scaling = objects.iter().filter(|one| awaited(one) && scope.depth == Depth::Thorough);
    let targets = targets(api, &labels, scaling).await?;
    let mut found = Vec::new();
    for object in objects {
        let address = address_on(&object);
        let how_far = match progress(&object) {
            how_far if !awaited(&object) => how_far,
            Progress::Done => scaled(&targets, &object),
            going => explain(api, &object, going, scope.clock.stamp()).await?,
        };
        found.push(recognized(object, address, how_far));
    }
    Ok(found)
}

fn note(object: &Value, name: &str) -> Option<String> {
    let notes = object.pointer("/metadata/annotations")?;
    notes.get(name)?.as_str().map(str::to_owned)
}

fn address_on(object: &Value) -> Option<Address> {
    Address::parse(&note(object, ADDRESS)?)
}

fn recognized(object: Value, address: Option<Address>, progress: Progress) -> Found<ManifestLive> {
    let (token, digest) = (note(&object, CLAIM), note(&object, DIGEST));
    Found { address, token, live: live(object, digest, progress) }
}

fn live(mut object: Value, digest: Option<String>, progress: Progress) -> ManifestLive {
    let text = |object: &Value, path: &str| {
        object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (uid, name) = (text(&object, "/metadata/uid"), text(&object, "/metadata/name"));
    let (secret, pods, held) = (object["kind"] == "Secret", pods(&object), held(&object));
    if let Value::Object(fields) = &mut object {
        fields.remove("status");
        if secret {
            fields.remove("data");
        }
        if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
            metadata.retain(|name, _| name == "labels" || name == "annotations");
        }
    }
    ManifestLive { uid, name, digest, progress, pods, outdated: false, held, body: object }
}

/// Of several generations at one address the desired one counts, else the newest applied.
fn newest<S: Sort>(
    mut found: Vec<Found<ManifestLive>>,
    wanted: &[Wanted<Placed<S>>],
) -> Vec<Found<ManifestLive>> {
    let desired: BTreeMap<_, _> =
        wanted.iter().map(|one| (&one.address, one.desired.manifest.id.name.as_str())).collect();
    let is_desired = |one: &Found<ManifestLive>| {
        let name = one.address.as_ref().and_then(|address| desired.get(address));
        name == Some(&one.live.name.as_str())
    };
    let generation = |one: &Found<ManifestLive>| {
        one.live.body.pointer("/metadata/labels").is_some_and(|it| it.get(GENERATION_OF).is_some())
    };
    found.sort_by_key(|one| !is_desired(one));
    let mut seen = BTreeSet::new();
    found.retain(|one| !generation(one) || seen.insert(one.address.clone()));
    found
}

/// A rollout that is stuck on a password that counts no more is not to be waited for.
fn mark_outdated<S: Sort>(
    found: &mut [Found<ManifestLive>],
    wanted: &[Wanted<Placed<S>>],
    facts: &Facts,
) {
    for Found { address, live, .. } in found {
        let one = wanted.iter().find(|one| Some(&one.address) == address.as_ref());
        let versions = one.map_or(&[][..], |one| &one.desired.manifest.versions);
        live.outdated = !versions::changes(versions, &live.body, facts).is_empty();
    }
}

/// A cluster that was deleted takes its objects with it, and one that never came up has none; one that
/// is only out of reach may have any.
pub async fn unless_gone<T>(
    scope: &Scope,
    cluster: &Ref<Cluster>,
    failure: Failure,
) -> Result<Vec<T>> {
    let name = scope.live(cluster)?.name;
    match scope.aws.eks.describe_cluster().name(name).send().await.map_err(Failure::from) {
        Err(gone) if verdict(&gone) == Verdict::Gone => Ok(Vec::new()),
        Ok(answer) => {
            let status = answer.cluster().and_then(|cluster| cluster.status());
            let empty = ["CREATING", "FAILED", "DELETING"];
            let is_empty = status.is_some_and(|status| empty.contains(&status.as_str()));
            if is_empty { Ok(Vec::new()) } else { Err(failure) }
        }
        Err(_) => Err(failure),
    }
}

/// Applies an object that is not there yet, or that is ours.
async fn create(manifest: &Manifest, scope: &Scope, claim: &Claim) -> Result<ManifestLive> {
    let api = api(scope, &manifest.cluster).await?;
    if let Some(there) = api.get(&manifest.id).await?
        && !is_ours(scope, &there, claim)
    {
        let message = format!("{} exists and is not this stack's", manifest.id);
        let taken = Failure::unexpected("kubernetes", "apply", message);
        return Err(Failure {
            code: "AlreadyExists".to_owned(),
            outcome: Outcome::Refused,
            ..taken
        });
    }
    apply(manifest, scope, &api, claim).await
}

fn is_ours(scope: &Scope, object: &Value, claim: &Claim) -> bool {
    let at =
        |part: &str, name: &str| object.pointer(&format!("/metadata/{part}"))?.get(name)?.as_str();
    at("labels", STACK_LABEL) == Some(&scope.stack.name)
        && at("annotations", ADDRESS) == Some(claim.address.as_str())
}

async fn apply(
    manifest: &Manifest,
    scope: &Scope,
    api: &Api,
    claim: &Claim,
) -> Result<ManifestLive> {
    let mut body = filled(&manifest.body, &manifest.fills, scope).await?;
    mark(&mut body, "labels", STACK_LABEL, &scope.stack.name);
    mark(&mut body, "annotations", ADDRESS, claim.address.as_str());
    mark(&mut body, "annotations", CLAIM, &claim.token);
    mark(&mut body, "annotations", DIGEST, &manifest.digest);
    versions::note(&manifest.versions, &mut body, &scope.facts);
    let applied = api.apply(&manifest.id, &body, scope.conflicts).await?;
    let how_far = progress(&applied);
    Ok(live(applied, Some(manifest.digest.clone()), how_far))
}

fn mark(body: &mut Value, part: &str, name: &str, value: &str) {
    body["metadata"][part][name] = value.into();
}

/// Applies what changed; what a new generation replaces stays for a while.
async fn update(
    manifest: &Manifest,
    scope: &Scope,
    live: &ManifestLive,
    claim: &Claim,
) -> Result<()> {
    let api = api(scope, &manifest.cluster).await?;
    apply(manifest, scope, &api, claim).await?;
    if live.name != manifest.id.name {
        prune(manifest, &api, GENERATIONS).await?;
    }
    Ok(())
}

/// Removes the generations beyond the newest `keep`.
async fn prune(manifest: &Manifest, api: &Api, keep: usize) -> Result<()> {
    let Some(base) = generation_of(manifest) else { return Ok(()) };
    let mut all = api.list(&manifest.id, &format!("{GENERATION_OF}={base}")).await?;
    all.sort_by_key(|one| {
        let made = one.pointer("/metadata/creationTimestamp").map(Value::to_string);
        std::cmp::Reverse(made)
    });
    for old in all.iter().skip(keep) {
        if let Some(id) = ObjectId::of(old).filter(|id| id.name != manifest.id.name) {
            api.delete(&id, None, PropagationPolicy::Background).await?;
        }
    }
    Ok(())
}

/// The name that all generations of a hashed object share.
fn generation_of(manifest: &Manifest) -> Option<String> {
    let labels = manifest.body.pointer("/metadata/labels")?;
    labels.get(GENERATION_OF)?.as_str().map(str::to_owned)
}

async fn delete(manifest: &Manifest, scope: &Scope, live: &ManifestLive) -> Result<()> {
    let api = api(scope, &manifest.cluster).await?;
    let how = match manifest.id.kind.as_str() {
        // Not gone before its pods are: they hold volumes and database connections.
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => PropagationPolicy::Foreground,
        _ => PropagationPolicy::Background,
    };
    let id = ObjectId { name: live.name.clone(), ..manifest.id.clone() };
    api.delete(&id, Some(&live.uid), how).await?;
    older_generations(manifest, scope, &api, &id).await
}

/// The record has no body, so the generations are known by the address on them.
async fn older_generations(
    manifest: &Manifest,
    scope: &Scope,
    api: &Api,
    id: &ObjectId,
) -> Result<()> {
    if !matches!(manifest.id.kind.as_str(), "ConfigMap" | "Secret") {
        return Ok(());
    }
    let Some((base, _)) = id.name.rsplit_once('-') else { return Ok(()) };
    let labels = format!("{STACK_LABEL}={},{GENERATION_OF}={base}", scope.stack.name);
    for old in api.list(&manifest.id, &labels).await? {
        if let Some(id) = ObjectId::of(&old) {
            api.delete(&id, None, PropagationPolicy::Background).await?;
        }
    }
    Ok(())
}
