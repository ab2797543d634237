//! As much of kustomize as Tutor's environment needs, with the very same result.
//!
//! A field that is not known here is refused by its name: half a result would be worse than none.

mod generator;
mod json_patch;
mod kustomization;
mod merge;
mod order;
mod patches;
mod transform;
mod yaml;

use std::path::{Path, PathBuf};

use serde_json::Value;

use generator::Generated;
use kustomization::Kustomization;

/// Why an environment cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KustomizeError {
    #[error("cannot read `{}`: {message}", path.display())]
    Read { path: PathBuf, message: String },
    #[error("`{}` is not what was expected: {message}", path.display())]
    Yaml { path: PathBuf, message: String },
    #[error("{0}")]
    Unknown(String),
}

impl KustomizeError {
    fn unknown(message: impl Into<String>) -> Self {
        Self::Unknown(message.into())
    }
}

type Result<T> = std::result::Result<T, KustomizeError>;

/// Files of an environment, by their paths in it. What reads them may change what it has read.
pub trait Files {
    /// The text of a file, or why there is none.
    fn text(&self, path: &Path) -> std::result::Result<String, String>;
}

/// The objects that `kubectl kustomize` prints for the same files, in the same order.
pub fn build(files: &dyn Files) -> Result<Vec<Value>> {
    let path = Path::new("kustomization.yml");
    let wanted: Kustomization = yaml::only(path, &read(files, path)?)?;
    let mut objects = Vec::new();
    for path in &wanted.resources {
        objects.extend(yaml::all(path, &read(files, path)?)?);
    }
    let generated = generator::all(files, &wanted.config_map_generator)?;
    objects.extend(generated.iter().map(|made| made.object.clone()));
    for patch in &wanted.patches {
        patches::apply(files, patch, &mut objects)?;
    }
    if let Some(namespace) = &wanted.namespace {
        transform::namespace(&mut objects, namespace);
    }
    for labels in &wanted.labels {
        transform::labels(&mut objects, labels)?;
    }
    transform::annotations(&mut objects, &wanted.common_annotations);
    rename(&mut objects, &generated);
    order::sort(&mut objects);
    Ok(objects)
}

/// Generated ConfigMaps get the digest of their content behind their names, everywhere.
fn rename(objects: &mut [Value], generated: &[Generated]) {
    for made in generated.iter().filter(|made| made.hashed) {
        let is_it = |object: &&mut Value| {
            object["kind"] == "ConfigMap" && object["metadata"]["name"] == made.name.as_str()
        };
        let Some(object) = objects.iter_mut().find(is_it) else { continue };
        let name = format!("{}-{}", made.name, generator::digest(object));
        object["metadata"]["name"] = Value::from(name.as_str());
        objects.iter_mut().for_each(|object| transform::refer(object, &made.name, &name));
    }
}

fn read(files: &dyn Files, path: &Path) -> Result<String> {
    files.text(path).map_err(|message| KustomizeError::Read { path: path.to_owned(), message })
}
