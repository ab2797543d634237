//! What the overlay promises, shown on what both renderers make of every shipped profile. Those with
//! Tutor need Python and, the first time, the network: `.ci/tutor.sh` runs them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod kept;
mod laws;
mod order;
mod room;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use edxaws::openedx::overlay::{Overlay, overlay};
use edxaws::openedx::{Folders, Inputs, Rendered, inputs, render};
use edxaws::profile::{self, Renderer, Settings};
use edxaws::stack::Surroundings;
use serde_json::Value;

pub const SHIPPED: [&str; 4] = ["dev", "staging", "prod", "sandbox"];

pub fn settings(profile: &str, renderer: Renderer) -> Settings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut settings = profile::load(profile, &folder).unwrap().settings;
    settings.openedx.renderer = renderer;
    settings
}

/// One platform, from profile to production.
pub struct Case {
    pub settings: Settings,
    pub inputs: Inputs,
    pub rendered: Rendered,
    pub overlay: Overlay,
}

pub fn case(settings: Settings) -> Case {
    let inputs = inputs(&settings, settings.platforms.keys().next().unwrap()).unwrap();
    let rendered = rendered(&inputs);
    let overlay = overlay(&rendered, &inputs, &settings).unwrap();
    Case { settings, inputs, rendered, overlay }
}

fn rendered(inputs: &Inputs) -> Rendered {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tutor");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(render(inputs, &Folders { cache }, &|_| {})).unwrap()
}

pub fn place(settings: &Settings) -> Surroundings {
    let platforms = settings.platforms.keys();
    Surroundings {
        account: "123456789012".to_owned(),
        region: settings.region.clone(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/admin".to_owned(),
        zones: ["a", "b", "c"].map(|zone| format!("{}{zone}", settings.region)).to_vec(),
        kubernetes_version: "1.35".to_owned(),
        rendered: platforms
            .map(|name| (name.clone(), rendered(&inputs(settings, name).unwrap())))
            .collect::<BTreeMap<_, _>>(),
    }
}

impl Case {
    /// Everything that would be applied.
    pub fn applied(&self) -> Vec<Value> {
        let jobs = self.overlay.jobs.iter().flat_map(|job| [job.secret.clone(), job.job.clone()]);
        self.overlay.objects.iter().cloned().chain(jobs).collect()
    }

    pub fn of_kind(&self, kind: &str) -> BTreeMap<String, Value> {
        let all = self.applied().into_iter().filter(|object| object["kind"] == kind);
        all.map(|object| (name(&object).to_owned(), object)).collect()
    }
}

pub fn name(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

/// The pods of an object.
pub fn pod(object: &Value) -> Option<&Value> {
    let kinds = ["Deployment", "StatefulSet", "DaemonSet", "Job"];
    let has = kinds.contains(&object["kind"].as_str()?);
    has.then(|| object.pointer("/spec/template/spec")).flatten()
}

pub fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainers", "containers"];
    lists.into_iter().filter_map(|list| pod.get(list)?.as_array()).flatten()
}
