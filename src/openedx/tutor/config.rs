//! What Tutor is asked to render: its settings, its plugins, and the files beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::plugin;
use super::requirements::Requirements;
use crate::openedx::inputs::{Cache, Inputs, Mail, Mongodb};
use crate::openedx::renderer::{RenderError, text};
use crate::openedx::values;

/// All that decides what comes out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    pub settings: BTreeMap<String, Value>,
    /// Plugins by name, beside those that pip installed.
    pub plugins: Vec<String>,
    /// Files of the plugins folder, by name.
    pub files: BTreeMap<String, String>,
}

impl Request {
    /// The same for the same result.
    pub fn digest(&self, requirements: &Requirements) -> String {
        let whole =
            json!([env!("CARGO_PKG_VERSION"), super::bridge::SCRIPT, self, requirements.digest(),]);
        Sha256::digest(whole.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The name of edxaws's own plugin.
pub const OWN: &str = "edxaws";

pub fn request(inputs: &Inputs) -> Result<Request, RenderError> {
    let wanted = &inputs.openedx;
    let mut settings = match &wanted.tutor_root {
        Some(root) => taken_over(Path::new(root))?,
        None => BTreeMap::new(),
    };
    settings.extend(wanted.settings.clone());
    settings.extend(decided(inputs));
    let mut files = match &wanted.plugins_folder {
        Some(folder) => plugin_files(Path::new(folder))?,
        None => BTreeMap::new(),
    };
    let bundle = wanted.ca_bundle.as_ref();
    let bundle = bundle.map(|path| text("ca_bundle", path.as_ref())).transpose()?;
    files.insert(format!("{OWN}.yml"), plugin::text(inputs, bundle.as_deref()));
    let mut plugins = Requirements::of(&wanted.plugins).named;
    plugins.push(OWN.to_owned());
    Ok(Request { settings, plugins, files })
}

/// What edxaws decides, whatever else is said.
fn decided(inputs: &Inputs) -> BTreeMap<String, Value> {
    let secret = |name: &str| Value::from(values::token(name));
    let mut all = json!({
        "LMS_HOST": inputs.lms_host,
        "CMS_HOST": inputs.cms_host,
        "MFE_HOST": inputs.mfe_host,
        "MEILISEARCH_HOST": inputs.search_host,
        "K8S_NAMESPACE": inputs.namespace,
        "ID": inputs.id,
        // The balancer ends TLS.
        "ENABLE_HTTPS": true,
        "ENABLE_WEB_PROXY": false,
        "CADDY_HTTP_PORT": 80,
        "RUN_MYSQL": false,
        "MYSQL_HOST": inputs.mysql.host,
        "MYSQL_PORT": inputs.mysql.port,
        "MYSQL_ROOT_USERNAME": inputs.mysql.root_username,
        "MYSQL_ROOT_PASSWORD": inputs.mysql.root_password,
        "OPENEDX_MYSQL_DATABASE": inputs.mysql.database,
        "OPENEDX_MYSQL_USERNAME": inputs.mysql.username,
        "OPENEDX_MYSQL_PASSWORD": inputs.mysql.password,
        "RUN_MEILISEARCH": true,
        "MEILISEARCH_MASTER_KEY": secret(values::MEILISEARCH_MASTER_KEY),
        "MEILISEARCH_API_KEY": secret(values::MEILISEARCH_API_KEY),
        "MEILISEARCH_API_KEY_UID": secret(values::MEILISEARCH_API_KEY_UID),
        "OPENEDX_SECRET_KEY": secret(values::SECRET_KEY),
        "CMS_OAUTH2_SECRET": secret(values::CMS_OAUTH2_SECRET),
        "OPENEDX_AWS_ACCESS_KEY": "",
        "OPENEDX_AWS_SECRET_ACCESS_KEY": "",
    });
    for part in [cache(&inputs.cache), mongodb(&inputs.mongodb), mail(&inputs.mail)] {
        if let (Value::Object(all), Value::Object(part)) = (&mut all, part) {
            all.extend(part);
        }
    }
    match all {
        Value::Object(all) => all.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

fn cache(cache: &Cache) -> Value {
    match cache {
        Cache::Managed { host, port, password } => json!({
            "RUN_REDIS": false, "REDIS_HOST": host, "REDIS_PORT": port,
            // A password counts in Tutor only beside a name, and this is the one without a name.
            "REDIS_USERNAME": "default", "REDIS_PASSWORD": password,
        }),
        Cache::InCluster => json!({
            "RUN_REDIS": true, "REDIS_HOST": "redis", "REDIS_PORT": 6379,
            "REDIS_USERNAME": "", "REDIS_PASSWORD": "",
        }),
    }
}

fn mongodb(mongodb: &Mongodb) -> Value {
    match mongodb {
        Mongodb::InCluster { username, password, database } => json!({
            "RUN_MONGODB": true, "MONGODB_HOST": "mongodb", "MONGODB_PORT": 27017,
            "MONGODB_USERNAME": username, "MONGODB_PASSWORD": password,
            "MONGODB_DATABASE": database, "MONGODB_USE_SSL": false,
        }),
        Mongodb::Documentdb { host, username, password, database } => json!({
            "RUN_MONGODB": false, "MONGODB_HOST": host, "MONGODB_PORT": 27017,
            "MONGODB_USERNAME": username, "MONGODB_PASSWORD": password,
            "MONGODB_DATABASE": database, "MONGODB_USE_SSL": true,
            "MONGODB_REPLICA_SET": "rs0",
        }),
        // The plugin's settings put the URI in its place. A host that starts like this is one that
        // Tutor's scripts do not wait for by name and port, which a URI may not have.
        Mongodb::External { database, .. } => json!({
            "RUN_MONGODB": false, "MONGODB_HOST": "mongodb+srv://external",
            "MONGODB_DATABASE": database,
        }),
    }
}

fn mail(mail: &Mail) -> Value {
    match mail {
        Mail::Ses { host, port, username, password } => json!({
            "RUN_SMTP": false, "SMTP_HOST": host, "SMTP_PORT": port,
            "SMTP_USERNAME": username, "SMTP_PASSWORD": password,
            "SMTP_USE_TLS": true, "SMTP_USE_SSL": false,
        }),
        Mail::InCluster => json!({
            "RUN_SMTP": true, "SMTP_HOST": "smtp", "SMTP_PORT": 8025,
            "SMTP_USERNAME": "", "SMTP_PASSWORD": "",
            "SMTP_USE_TLS": false, "SMTP_USE_SSL": false,
        }),
    }
}

/// The settings of a Tutor project, without what is its own: passwords, keys, the list of plugins.
fn taken_over(root: &Path) -> Result<BTreeMap<String, Value>, RenderError> {
    let path = root.join("config.yml");
    let text = text("tutor_root", &path)?;
    let settings: Map<String, Value> = serde_saphyr::from_str(&text).map_err(|error| {
        // The snippet a parser likes to show could be a password.
        let at = error.location().map_or_else(String::new, |at| format!(" at line {}", at.line()));
        RenderError::NotYaml { path, message: format!("no map of settings{at}") }
    })?;
    Ok(settings.into_iter().filter(|(name, _)| !is_own(name)).collect())
}

fn is_own(name: &str) -> bool {
    let unique = ["ID", "PLUGINS", "PLUGIN_INDEXES", "MOUNTS", "JWT_RSA_PRIVATE_KEY"];
    let ends = ["_PASSWORD", "_SECRET", "_KEY", "_KEY_UID", "_TOKEN"];
    unique.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

/// `*.yml` and `*.py`, as Tutor finds them.
fn plugin_files(folder: &Path) -> Result<BTreeMap<String, String>, RenderError> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.map_err(RenderError::not_there("plugins_folder", folder))?;
    let mut files = BTreeMap::new();
    for entry in entries {
        let path: PathBuf = entry.map_err(RenderError::io(folder))?.path();
        let plugin = path.extension().is_some_and(|end| end == "yml" || end == "py");
        let Some(name) = path.file_name().filter(|_| plugin && path.is_file()) else { continue };
        let text = std::fs::read_to_string(&path).map_err(RenderError::io(&path))?;
        files.insert(name.to_string_lossy().into_owned(), text);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::openedx::inputs::inputs;
    use crate::profile::{self, CacheMode, DECIDED, MongodbMode};

    #[test]
    fn what_is_decided_is_what_the_profile_may_not_say() {
        let mut all = BTreeSet::from(["JWT_RSA_PRIVATE_KEY".to_owned(), "PLUGINS".to_owned()]);
        for (cache, mongodb, ses) in [
            (CacheMode::Managed, MongodbMode::Documentdb, true),
            (CacheMode::InCluster, MongodbMode::InCluster, false),
            (CacheMode::Managed, MongodbMode::External, true),
        ] {
            let mut settings = profile::load("dev", Path::new("profiles")).unwrap().settings;
            (settings.cache.mode, settings.mongodb.mode) = (cache, mongodb);
            settings.mail.ses = ses;
            let platform = settings.platforms.keys().next().unwrap().clone();
            let inputs = inputs(&settings, &platform).unwrap();
            all.extend(decided(&inputs).into_keys());
            for (name, text) in
                [("all", plugin::text(&inputs, Some("PEM"))), ("none", plugin::text(&inputs, None))]
            {
                for sign in ["{{", "{%", "{#"] {
                    assert!(!text.contains(sign), "{name}: Jinja would read {sign}: {text}");
                }
            }
        }
        let listed: BTreeSet<String> = DECIDED.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(all, listed);
    }
}
