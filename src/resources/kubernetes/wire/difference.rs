//! What differs between an object as it is wanted and as it is; pure.

use serde_json::Value;

use super::{Manifest, ManifestLive, Runs, has_token, versions};
use crate::address::Ref;
use crate::diff::{Forces, Reason};
use crate::kubernetes::{Progress, differences, holder};
use crate::resource::{Change, Facts, Ready};
use crate::resources::eks::Cluster;

/// A rotated secret replaces what runs once: its pods cannot be changed.
pub fn diff(manifest: &Manifest, live: &ManifestLive, facts: &Facts, runs: Runs) -> Change {
    if let Some(reason) = goes_with(&manifest.cluster, facts) {
        return Change::Replace(vec![reason]);
    }
    let mut rotated = versions::changes(&manifest.versions, &live.body, facts);
    let again = runs == Runs::Once && !rotated.is_empty();
    if again {
        rotated.iter_mut().for_each(|reason| reason.forces_replacement = Forces::Replacement);
    }
    let mut reasons = differing(manifest, live);
    for reason in &mut reasons {
        reason.held_by = holder(&live.held, &reason.attribute).map(str::to_owned);
    }
    reasons.extend(rotated);
    match reasons.is_empty() {
        true => Change::Keep,
        false if again => Change::Replace(reasons),
        false => Change::Update(reasons),
    }
}

/// What lives in a cluster goes with it: one that is made anew holds none of it.
pub fn goes_with(cluster: &Ref<Cluster>, facts: &Facts) -> Option<Reason> {
    facts.lasting(cluster, |_| ()).is_none().then(|| Reason {
        attribute: "cluster".to_owned(),
        from: cluster.address.to_string().into(),
        to: None,
        forces_replacement: Forces::Replacement,
        held_by: None,
    })
}

/// What differs by itself, whatever it is filled with.
fn differing(manifest: &Manifest, live: &ManifestLive) -> Vec<Reason> {
    let reason = |attribute: &str, from: Value, to: Value| Reason {
        attribute: attribute.to_owned(),
        from,
        to: Some(to),
        forces_replacement: Forces::Update,
        held_by: None,
    };
    let mut reasons = Vec::new();
    if live.name != manifest.id.name {
        let (from, to) = (live.name.clone().into(), manifest.id.name.clone().into());
        reasons.push(reason("metadata.name", from, to));
    }
    reasons.extend(differences(&visible(manifest), &live.body, has_token));
    if reasons.is_empty() && live.digest.as_ref() != Some(&manifest.digest) {
        // Something of it cannot be seen: a secret value, or a field that is no longer desired.
        let from = live.digest.clone().map_or(Value::Null, Value::from);
        reasons.push(reason("manifest", from, manifest.digest.clone().into()));
    }
    reasons
}

/// A Secret's values are compared by digest alone.
fn visible(manifest: &Manifest) -> Value {
    let mut body = manifest.body.clone();
    if let Value::Object(fields) = &mut body
        && manifest.id.kind == "Secret"
    {
        fields.remove("data");
        fields.remove("stringData");
    }
    body
}

/// What is not as desired yet is ready to be changed: a rollout that is stuck ends by a new one alone.
pub fn ready(manifest: &Manifest, live: &ManifestLive) -> Ready {
    if live.outdated || !differing(manifest, live).is_empty() {
        return Ready::Yes;
    }
    match &live.progress {
        Progress::Done => Ready::Yes,
        Progress::Waiting(why) => Ready::Wait(why.clone()),
        Progress::Failed(why) => Ready::Failed(why.clone()),
    }
}
