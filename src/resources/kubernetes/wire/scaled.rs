//! Autoscalers: done when what they scale is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kubernetes::{Api, ObjectId, Progress, progress};
use crate::resource::Result;

/// What an autoscaler scales; other objects scale nothing.
fn target(object: &Value) -> Option<ObjectId> {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str);
    let (version, kind) =
        (text("/spec/scaleTargetRef/apiVersion")?, text("/spec/scaleTargetRef/kind")?);
    let name = text("/spec/scaleTargetRef/name")?;
    Some(ObjectId::new(version, kind, text("/metadata/namespace"), name))
}

/// How far all that these scale have come: one list for each kind of them.
pub async fn targets(
    api: &Api,
    labels: &str,
    scaling: impl Iterator<Item = &Value>,
) -> Result<BTreeMap<String, Progress>> {
    let ids: Vec<ObjectId> = scaling.filter_map(target).collect();
    let kinds: BTreeSet<(&str, &str)> =
        ids.iter().map(|id| (id.api_version.as_str(), id.kind.as_str())).collect();
    let mut found = BTreeMap::new();
    for (version, kind) in kinds {
        for object in api.list(&ObjectId::new(version, kind, None, ""), labels).await? {
            let text = |path: &str| object.pointer(path).and_then(Value::as_str);
            let name = text("/metadata/name").unwrap_or_default();
            let id = ObjectId::new(version, kind, text("/metadata/namespace"), name);
            found.insert(id.to_string(), progress(&object));
        }
    }
    Ok(found)
}

/// An autoscaler has come as far as what it scales.
pub fn scaled(targets: &BTreeMap<String, Progress>, object: &Value) -> Progress {
    let target = target(object).map(|id| id.to_string());
    match target.and_then(|id| Some((targets.get(&id)?, id))) {
        Some((Progress::Waiting(why), id)) => Progress::Waiting(format!("{id}: {why}")),
        _ => Progress::Done,
    }
}
