//! Tutor's settings and plugins: what is edxaws's to decide, and what can be installed twice alike.

use super::Concern;
use crate::profile::Settings;
use crate::profile::key_path::KeyPath;

/// Tutor settings that follow from the rest of the profile, or hold what nobody may see.
pub const DECIDED: &[&str] = &[
    "CADDY_HTTP_PORT",
    "CMS_HOST",
    "CMS_OAUTH2_SECRET",
    "ENABLE_HTTPS",
    "ENABLE_WEB_PROXY",
    "ID",
    "JWT_RSA_PRIVATE_KEY",
    "K8S_NAMESPACE",
    "LMS_HOST",
    "MEILISEARCH_API_KEY",
    "MEILISEARCH_API_KEY_UID",
    "MEILISEARCH_HOST",
    "MEILISEARCH_MASTER_KEY",
    "MFE_HOST",
    "MONGODB_DATABASE",
    "MONGODB_HOST",
    "MONGODB_PASSWORD",
    "MONGODB_PORT",
    "MONGODB_REPLICA_SET",
    "MONGODB_USERNAME",
    "MONGODB_USE_SSL",
    "MYSQL_HOST",
    "MYSQL_PORT",
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_ROOT_USERNAME",
    "OPENEDX_AWS_ACCESS_KEY",
    "OPENEDX_AWS_SECRET_ACCESS_KEY",
    "OPENEDX_MYSQL_DATABASE",
    "OPENEDX_MYSQL_PASSWORD",
    "OPENEDX_MYSQL_USERNAME",
    "OPENEDX_SECRET_KEY",
    "PLUGINS",
    "REDIS_HOST",
    "REDIS_PASSWORD",
    "REDIS_PORT",
    "REDIS_USERNAME",
    "RUN_MEILISEARCH",
    "RUN_MONGODB",
    "RUN_MYSQL",
    "RUN_REDIS",
    "RUN_SMTP",
    "SMTP_HOST",
    "SMTP_PASSWORD",
    "SMTP_PORT",
    "SMTP_USERNAME",
    "SMTP_USE_SSL",
    "SMTP_USE_TLS",
];

pub(super) fn settings(settings: &Settings) -> Vec<Concern> {
    let shared = KeyPath::of(["openedx", "settings"]);
    let shared = settings.openedx.settings.keys().map(|name| (shared.key(name), name));
    let own = settings.platforms.iter().flat_map(|(platform, site)| {
        let table = KeyPath::of(["platforms", platform.as_str(), "openedx", "settings"]);
        site.openedx.settings.keys().map(move |name| (table.key(name), name))
    });
    let concerns = shared.chain(own).filter_map(|(path, name)| {
        if DECIDED.contains(&name.as_str()) {
            let concern = Concern::at_key(path, format!("`{name}` is not yours to set"));
            return Some(concern.hint("it follows from the rest of the profile"));
        }
        let shaped = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        (!name.chars().all(shaped) || name.is_empty()).then(|| {
            Concern::at_key(path, format!("`{name}` is no name of a Tutor setting"))
                .hint("they are written in capitals, like `PLATFORM_NAME`")
        })
    });
    concerns.collect()
}

/// Without a version, the plan of tomorrow could be another than today's.
pub(super) fn plugins(settings: &Settings) -> Vec<Concern> {
    let list = KeyPath::of(["openedx", "plugins"]);
    let concerns = settings.openedx.plugins.iter().enumerate().filter_map(|(index, plugin)| {
        let path = list.index(index);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if plugin.contains(['@', '/', '\\']) || plugin.ends_with(".whl") || plugin.contains("==") {
            return plugin.contains('\n').then(|| Concern::at(path, "one plugin a text"));
        }
        if plugin.starts_with("tutor-") || !plugin.chars().all(name) || plugin.is_empty() {
            let message = format!("`{plugin}` says neither which version nor which file");
            let hint = "write `tutor-notes==22.0.0`, or the name of a file in `plugins_folder`";
            return Some(Concern::at(path, message).hint(hint));
        }
        None
    });
    concerns.collect()
}
