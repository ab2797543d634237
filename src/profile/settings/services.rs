//! What a profile says about the services of Open edX: room, numbers, images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every service asks for and how many of each there are, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceSize {
    /// One of each, for a few people at a time.
    Small,
    /// Two or more of whatever people wait for, and room to grow.
    Large,
}

/// What one service has different from its size.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Processor time it asks for: `250m` is a quarter of a core.
    #[schemars(regex(pattern = r"^([0-9]+m|[0-9]+(\.[0-9]+)?)$"))]
    pub cpu: Option<String>,
    /// Most processor time it gets.
    #[schemars(regex(pattern = r"^([0-9]+m|[0-9]+(\.[0-9]+)?)$"))]
    pub cpu_limit: Option<String>,
    /// Memory it asks for, for example `2Gi`.
    #[schemars(regex(pattern = r"^[0-9]+(Mi|Gi)$"))]
    pub memory: Option<String>,
    /// Memory above which it is killed.
    #[schemars(regex(pattern = r"^[0-9]+(Mi|Gi)$"))]
    pub memory_limit: Option<String>,
    /// Fewest pods.
    #[schemars(range(min = 1, max = 200))]
    pub min: Option<u32>,
    /// Most pods; more than `min` lets them scale by load.
    #[schemars(range(min = 1, max = 200))]
    pub max: Option<u32>,
    /// Size of its volume, when it has one; it can grow and never shrink.
    #[schemars(range(min = 1, max = 16384))]
    pub storage_gib: Option<u32>,
}
