//! From what was rendered to what production needs: secrets out of sight, probes, room, numbers,
//! rights, and Jobs that may run.
//!
//! Renderers make a platform as its community runs it. Whatever every such platform lacks on a real
//! cluster is added here, on whole objects and for both renderers alike; selectors, names and labels
//! stay as they are, since Kubernetes never lets them change.

mod disks;
mod images;
mod jobs;
mod pod;
mod policy;
mod probes;
mod scaling;
mod secrets;
mod security;
mod shared;
mod sizes;
mod used;
mod workload;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use disks::STORAGE_CLASS;
pub use images::pinned;
pub use jobs::InitJob;
pub use scaling::is_store;
pub use secrets::generation_of;
pub use shared::{Shared, Surface, shared};
pub use sizes::{Room, room};
pub use used::{Used, used};

use super::{Inputs, Rendered};
use crate::profile::{
    OpenedxSettings, PlatformOpenedxSettings, Settings, did_you_mean, spelled as key,
};
use workload::Workshop;

/// Everything of one platform, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    pub objects: Vec<Value>,
    /// In the order in which they must run.
    pub jobs: Vec<InitJob>,
}

/// Why there is no overlay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    #[error("the task for `{service}` has no Job template `{service}-job` to run in")]
    NoTemplate { service: String },
    #[error("there is no service `{name}`")]
    NoService { path: String, name: String, known: Vec<String> },
}

impl OverlayError {
    /// The value of the profile that it is about, as a dotted path.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::NoTemplate { .. } => None,
            Self::NoService { path, .. } => Some(path),
        }
    }

    /// How to go on.
    pub fn hint(&self) -> String {
        match self {
            Self::NoTemplate { .. } => {
                "a plugin lacks it: mend the plugin, or take it out of `[openedx] plugins`"
                    .to_owned()
            }
            Self::NoService { name, known, .. } => {
                let known_ones = known.iter().map(String::as_str);
                did_you_mean(name, known_ones)
                    .unwrap_or_else(|| format!("there are {}", known.join(", ")))
            }
        }
    }
}

/// What the profile says, the platform's own word first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wishes<'a> {
    pub inputs: &'a Inputs,
    pub shared: &'a OpenedxSettings,
    pub own: Option<&'a PlatformOpenedxSettings>,
}

impl Wishes<'_> {
    fn room(&self, service: &str) -> Room {
        room(self.shared, self.own, service)
    }

    /// Whoever writes `lsm` gets an answer, and not the size of everybody.
    fn are_for_services(&self, objects: &[Value]) -> Result<(), OverlayError> {
        let rendered = objects.iter().filter(|object| pod::is_workload(object)).map(pod::name);
        let mut known: BTreeSet<&str> = sizes::services().collect();
        known.extend(rendered);
        let platform = key(&self.inputs.platform);
        let own = self.own.into_iter().flat_map(|own| own.services.keys());
        let own = own.map(|name| (format!("platforms.{platform}.openedx.services"), name));
        let shared = self.shared.services.keys();
        let mut all = shared.map(|name| ("openedx.services".to_owned(), name)).chain(own);
        match all.find(|(_, name)| !known.contains(name.as_str())) {
            None => Ok(()),
            Some((table, name)) => Err(OverlayError::NoService {
                path: format!("{table}.{}", key(name)),
                name: name.clone(),
                known: known.into_iter().map(str::to_owned).collect(),
            }),
        }
    }
}

/// The namespace in which the web server of all platforms runs, which sends requests here.
pub const WEB: &str = "edxaws-web";

pub fn overlay(
    rendered: &Rendered,
    inputs: &Inputs,
    settings: &Settings,
) -> Result<Overlay, OverlayError> {
    let own = settings.platforms.get(&inputs.platform).map(|site| &site.openedx);
    let wishes = Wishes { inputs, shared: &settings.openedx, own };
    wishes.are_for_services(&rendered.objects)?;
    let mut all = secrets::hidden(rendered.objects.clone());
    all.iter_mut().for_each(|object| images::replace(object, wishes.shared));
    let (templates, mut objects): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|object| object["kind"] == "Job");
    let templates: BTreeMap<String, Value> =
        templates.into_iter().map(|job| (pod::name(&job).to_owned(), job)).collect();
    let workshop = Workshop::new(wishes, &objects);
    objects.iter_mut().for_each(|object| workshop.finish(object));
    objects.push(account(inputs));
    objects.extend(policy::network(inputs, &objects));
    objects.extend(scaling::all(&wishes, &objects));
    let jobs = jobs::all(rendered, &templates, &workshop)?;
    Ok(Overlay { objects, jobs })
}

/// The account whose pods may use the platform's bucket; the association is the cluster's business.
fn account(inputs: &Inputs) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": crate::stack::cluster::OPENEDX, "namespace": inputs.namespace},
        "automountServiceAccountToken": false,
    })
}
