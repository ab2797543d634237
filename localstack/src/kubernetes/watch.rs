//! Watches: the changes of a resource as they happen, line by line.

use serde_json::{Value, json};

use super::json::namespace;
use super::kinds::Resource;
use super::selector::Selector;
use super::state::{Change, Cluster};
use super::status::Refusal;

/// What one watch wants to see.
#[derive(Debug, Clone)]
pub struct Watch {
    pub resource: &'static Resource,
    pub namespace: String,
    pub selector: Selector,
    /// The revision it has seen; none: begin with everything there is.
    pub from: Option<u64>,
    pub initial: bool,
    pub bookmarks: bool,
    pub seconds: f64,
}

impl Watch {
    /// What is there at the start, and the revision up to which all is said.
    pub fn begin(&self, cluster: &Cluster) -> (Vec<Value>, u64) {
        if let (Some(from), false) = (self.from, self.initial) {
            return (Vec::new(), from);
        }
        let space = Some(self.namespace.as_str()).filter(|space| !space.is_empty());
        let there = cluster.list(self.resource.plural, space).filter(|one| self.selector.fits(one));
        let mut lines: Vec<Value> = there.map(|one| line("ADDED", one)).collect();
        if self.initial {
            let mut mark = self.bookmark(cluster.revision);
            mark["object"]["metadata"]["annotations"] =
                json!({"k8s.io/initial-events-end": "true"});
            lines.push(mark);
        }
        (lines, cluster.revision)
    }

    /// What happened after `seen`; an error line when that is forgotten.
    pub fn next(&self, cluster: &Cluster, seen: u64) -> Result<Vec<Value>, Value> {
        let changes = cluster.since(seen).ok_or_else(|| {
            let message = format!("too old resource version: {seen} ({})", cluster.revision);
            json!({"type": "ERROR", "object": Refusal::new(410, "Expired", message).body()})
        })?;
        Ok(changes.filter_map(|change| self.said(change)).collect())
    }

    fn said(&self, change: &Change) -> Option<Value> {
        let prefix = format!("{}/", self.resource.plural);
        if !change.key.starts_with(&prefix) {
            return None;
        }
        let sees = |object: &&Value| {
            let here = self.namespace.is_empty() || namespace(object) == self.namespace;
            here && self.selector.fits(object)
        };
        let before = change.before.as_ref().filter(sees);
        let after = change.after.as_ref().filter(sees);
        match (before, after) {
            (None, Some(object)) => Some(line("ADDED", object)),
            (Some(_), Some(object)) => Some(line("MODIFIED", object)),
            // One that no longer fits is gone for those who watch.
            (Some(before), None) => {
                let mut last = change.after.clone().unwrap_or_else(|| before.clone());
                last["metadata"]["resourceVersion"] = change.revision.to_string().into();
                Some(line("DELETED", &last))
            }
            (None, None) => None,
        }
    }

    pub fn bookmark(&self, revision: u64) -> Value {
        json!({"type": "BOOKMARK", "object": {"kind": self.resource.kind,
            "apiVersion": self.resource.api_version(),
            "metadata": {"resourceVersion": revision.to_string(), "creationTimestamp": null}}})
    }
}

fn line(kind: &str, object: &Value) -> Value {
    json!({"type": kind, "object": object})
}
