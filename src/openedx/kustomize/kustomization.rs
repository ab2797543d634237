//! What a kustomization may say here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Every field that is not listed is refused by its name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Kustomization {
    #[serde(default, rename = "apiVersion")]
    pub _api_version: String,
    #[serde(default, rename = "kind")]
    pub _kind: String,
    #[serde(default)]
    pub resources: Vec<PathBuf>,
    pub namespace: Option<String>,
    #[serde(default)]
    pub common_annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub labels: Vec<Labels>,
    #[serde(default)]
    pub config_map_generator: Vec<ConfigMapGenerator>,
    #[serde(default)]
    pub patches: Vec<Patch>,
}

/// Labels on all objects.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Labels {
    /// Nothing at all when the patches that fill it are empty.
    #[serde(default)]
    pub pairs: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub include_selectors: bool,
    #[serde(default)]
    pub include_templates: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConfigMapGenerator {
    pub name: String,
    /// `path`, or `key=path`.
    #[serde(default)]
    pub files: Vec<String>,
    /// `key=value`.
    #[serde(default)]
    pub literals: Vec<String>,
    #[serde(default)]
    pub options: GeneratorOptions,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GeneratorOptions {
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub disable_name_suffix_hash: bool,
    pub immutable: Option<bool>,
}

/// A change to objects: a merge, or a list of operations on what `target` chooses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Patch {
    pub path: Option<PathBuf>,
    pub patch: Option<String>,
    pub target: Option<Target>,
}

/// Exact values; kustomize's regular expressions are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Target {
    pub group: Option<String>,
    pub version: Option<String>,
    pub kind: Option<String>,
    pub name: Option<String>,
}
