//! The built-in renderer: a small platform of our own templates, with the names, ports and labels that
//! Tutor's objects have. It needs nothing but edxaws, and knows no plugin.

mod files;
mod images;
mod stores;
mod tasks;
mod web;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::inputs::{Inputs, Openedx};
use super::kustomize::{self, Files};
use super::rendered::Rendered;
use super::renderer::{RenderError, text};
use images::Images;

/// Counts up whenever the same inputs make other objects.
const VERSION: u32 = 1;

/// Settings of `[openedx.settings]` that mean something here, beside those of the images.
const SETTINGS: &[&str] = &["CONTACT_EMAIL", "LANGUAGE_CODE", "PLATFORM_NAME"];

pub fn render(inputs: &Inputs) -> Result<Rendered, RenderError> {
    only_what_is_known(&inputs.openedx)?;
    let bundle = inputs.openedx.ca_bundle.as_ref();
    let bundle = bundle.map(|path| text("ca_bundle", path.as_ref())).transpose()?;
    let images = Images::of(&inputs.openedx.settings);
    let mut objects = vec![namespace(inputs)];
    objects.extend(web::objects(&images));
    objects.extend(stores::objects(inputs, &images));
    objects.extend(tasks::templates(&images));
    let mut files = files::all(inputs, bundle.as_deref());
    let kustomization = kustomization(inputs, files.keys());
    files.insert("kustomization.yml".to_owned(), kustomization.to_string());
    files.insert("objects.yml".to_owned(), json!({"kind": "List", "items": objects}).to_string());
    Ok(Rendered {
        renderer: format!("builtin {VERSION}"),
        objects: kustomize::build(&Memory(files))?,
        tasks: tasks::all(inputs),
        hosts: [&inputs.lms_host, &inputs.cms_host, &inputs.search_host, &inputs.mfe_host]
            .map(Clone::clone)
            .to_vec(),
    })
}

/// What only Tutor can do is refused, not left out.
fn only_what_is_known(wanted: &Openedx) -> Result<(), RenderError> {
    let unknown = |name: &&String| !SETTINGS.contains(&name.as_str()) && !images::is_one(name);
    let field = match wanted {
        _ if wanted.tutor_root.is_some() => "tutor_root",
        _ if wanted.plugins_folder.is_some() => "plugins_folder",
        _ if !wanted.plugins.is_empty() => "plugins",
        _ if !wanted.patches.is_empty() => "patches",
        _ if wanted.settings.keys().any(|name| unknown(&name)) => "settings",
        _ => return Ok(()),
    };
    Err(RenderError::OnlyTutor { field })
}

fn namespace(inputs: &Inputs) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {
            "name": inputs.namespace, "labels": {"app.kubernetes.io/component": "namespace"},
        },
    })
}

/// The labels are Tutor's to the letter, `managed-by` too: selectors can never change, and so one
/// renderer can take over from the other.
fn kustomization<'a>(inputs: &Inputs, files: impl Iterator<Item = &'a String>) -> Value {
    let mut maps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        if let Some((map, _)) = file.split_once('/') {
            maps.entry(map).or_default().push(file);
        }
    }
    let maps: Vec<Value> = maps
        .into_iter()
        .map(|(name, files)| {
            let labels = json!({"app.kubernetes.io/name": files::owner(name)});
            json!({"name": name, "files": files, "options": {"labels": labels}})
        })
        .collect();
    json!({
        "resources": ["objects.yml"],
        "namespace": inputs.namespace,
        "commonAnnotations": {"app.kubernetes.io/version": images::RELEASE},
        "labels": [{
            "pairs": {
                "app.kubernetes.io/instance": format!("openedx-{}", inputs.id),
                "app.kubernetes.io/managed-by": "tutor",
                "app.kubernetes.io/part-of": "openedx",
            },
            "includeSelectors": true,
            "includeTemplates": true,
        }],
        "configMapGenerator": maps,
    })
}

/// An environment that is on no disk.
struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn text(&self, path: &Path) -> Result<String, String> {
        let text = path.to_str().and_then(|path| self.0.get(path)).cloned();
        text.ok_or_else(|| "there is no such file".to_owned())
    }
}
