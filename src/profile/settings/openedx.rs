//! What a profile says about Open edX itself: who renders it, and what is changed in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Open edX on the cluster: who renders its Kubernetes objects, and what is changed in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedxSettings {
    /// `tutor` (a pinned Tutor in a private folder; needs Python 3.10), or `builtin` (needs nothing).
    pub renderer: Renderer,
    /// Folder of a Tutor project of yours (`tutor config printroot`): the settings in its
    /// `config.yml` are taken over, its passwords and keys are not.
    pub tutor_root: Option<String>,
    /// Folder of Tutor plugins (`*.yml`, `*.py`), as `tutor plugins printroot` prints it.
    pub plugins_folder: Option<String>,
    /// Plugins beside `mfe` and `indigo`: the name of one in `plugins_folder`, or what pip installs,
    /// with its version: `tutor-notes==22.0.0`.
    pub plugins: Vec<String>,
    /// Tutor settings, as in `config.yml`; `edxaws tutor -- config printvalue NAME` shows one.
    pub settings: BTreeMap<String, Value>,
    /// Texts for Tutor's patches, by the patch's name, for example `openedx-lms-common-settings`.
    pub patches: BTreeMap<String, String>,
    /// File of certificates (PEM) with which the databases' own are checked; without one their
    /// connections are encrypted and not checked.
    pub ca_bundle: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Renderer {
    Tutor,
    Builtin,
}

/// What one site has different from the others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformOpenedxSettings {
    /// Tutor settings of this site, before those of `[openedx.settings]`.
    #[serde(default)]
    pub settings: BTreeMap<String, Value>,
    /// Texts for Tutor's patches, after those of `[openedx.patches]`.
    #[serde(default)]
    pub patches: BTreeMap<String, String>,
}
