//! What a profile says about Open edX itself: who renders it, and what is changed in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::services::{ServiceSettings, ServiceSize};

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
    /// Room and numbers to start from: `small` (one of each) or `large` (spares, and room to grow).
    pub size: ServiceSize,
    /// Celery's workers scale by the length of their queues; KEDA must be in the cluster.
    pub keda: bool,
    /// Registry to pull from in place of the public ones, for example a pull-through cache:
    /// `123456789012.dkr.ecr.us-east-1.amazonaws.com/docker-hub`.
    pub registry: Option<String>,
    /// Images to run, by the last part of their names (`openedx`, `caddy`, `mongo`, …): a whole image, or
    /// `sha256:…` to pin the rendered one.
    pub images: BTreeMap<String, String>,
    /// What single services have different from `size`: `lms`, `cms`, `lms-worker`, `cms-worker`,
    /// `mfe`, `caddy`, `meilisearch`, `mongodb`, `redis`, `smtp`, `job`, or one that a plugin brings.
    pub services: BTreeMap<String, ServiceSettings>,
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
    /// In place of `openedx.size`.
    pub size: Option<ServiceSize>,
    /// What this site's services have different, over `[openedx.services]`.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceSettings>,
}
