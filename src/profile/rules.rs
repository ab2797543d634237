//! What the schema cannot say: one small pure function a rule, each asked about sound types.

mod cluster;
mod data;
mod edge;
mod names;
mod network;
mod openedx;
mod tutor;

pub use tutor::DECIDED;

use super::Settings;
use super::explain::Spot;
use super::key_path::KeyPath;

/// What a rule objects to.
#[derive(Debug, Clone)]
pub(super) struct Concern {
    /// Every value it depends on; the first is the one to point at.
    pub about: Vec<KeyPath>,
    pub spot: Spot,
    pub message: String,
    pub hint: Option<String>,
}

impl Concern {
    fn at(path: KeyPath, message: impl Into<String>) -> Self {
        Self { about: vec![path], spot: Spot::Value, message: message.into(), hint: None }
    }

    /// Points at the key: the name itself is the matter.
    fn at_key(path: KeyPath, message: impl Into<String>) -> Self {
        Self { spot: Spot::Key, ..Self::at(path, message) }
    }

    fn also(mut self, path: KeyPath) -> Self {
        self.about.push(path);
        self
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

type Rule = fn(&Settings) -> Vec<Concern>;

const RULES: &[Rule] = &[
    names::region,
    names::tags,
    names::email,
    names::budget,
    names::platforms,
    names::node_groups,
    network::range,
    network::services,
    network::room,
    cluster::version,
    cluster::public_access,
    cluster::log_retention,
    cluster::admins,
    cluster::sizes,
    cluster::first_node,
    cluster::instance_types,
    data::mysql_version,
    data::mysql_storage,
    data::performance_insights,
    data::documentdb,
    data::external_mongodb,
    edge::zone,
    edge::parent_zone,
    edge::hosts,
    edge::unique_hosts,
    edge::media_buckets,
    openedx::namespaces,
    openedx::services,
    tutor::settings,
    tutor::plugins,
];

pub(super) fn all(settings: &Settings) -> Vec<Concern> {
    RULES.iter().flat_map(|rule| rule(settings)).collect()
}
