//! The images of the release, which settings may replace as in Tutor.

use std::collections::BTreeMap;

use serde_json::Value;

/// The release whose images these are.
pub const RELEASE: &str = "22.0.3";

const CADDY: (&str, &str) = ("DOCKER_IMAGE_CADDY", "docker.io/caddy:2.11.7");
const MEILISEARCH: (&str, &str) =
    ("DOCKER_IMAGE_MEILISEARCH", "docker.io/getmeili/meilisearch:v1.36.0");
const MFE: (&str, &str) = ("MFE_DOCKER_IMAGE", "docker.io/overhangio/openedx-mfe:22.1.0-indigo");
const MONGODB: (&str, &str) = ("DOCKER_IMAGE_MONGODB", "docker.io/mongo:7.0.39");
const MYSQL: (&str, &str) = ("DOCKER_IMAGE_MYSQL", "docker.io/mysql:8.4.11");
const OPENEDX: (&str, &str) =
    ("DOCKER_IMAGE_OPENEDX", "docker.io/overhangio/openedx:22.0.3-indigo");
const REDIS: (&str, &str) = ("DOCKER_IMAGE_REDIS", "docker.io/redis:7.4.10");
const SMTP: (&str, &str) = ("DOCKER_IMAGE_SMTP", "docker.io/devture/exim-relay:4.96-r1-0");

const ALL: [(&str, &str); 8] = [CADDY, MEILISEARCH, MFE, MONGODB, MYSQL, OPENEDX, REDIS, SMTP];

/// What each workload runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    pub caddy: String,
    pub meilisearch: String,
    pub mfe: String,
    pub mongodb: String,
    pub mysql: String,
    pub openedx: String,
    pub redis: String,
    pub smtp: String,
}

/// Whether a setting names an image.
pub fn is_one(setting: &str) -> bool {
    ALL.iter().any(|(name, _)| *name == setting)
}

impl Images {
    pub fn of(settings: &BTreeMap<String, Value>) -> Self {
        let image = |(name, default): (&str, &str)| {
            settings.get(name).and_then(Value::as_str).unwrap_or(default).to_owned()
        };
        Self {
            caddy: image(CADDY),
            meilisearch: image(MEILISEARCH),
            mfe: image(MFE),
            mongodb: image(MONGODB),
            mysql: image(MYSQL),
            openedx: image(OPENEDX),
            redis: image(REDIS),
            smtp: image(SMTP),
        }
    }
}
