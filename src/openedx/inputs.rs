//! What a renderer is given: plain values for what the profile knows, placeholders for the rest; pure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::values;
use crate::profile::{
    CacheMode, MongodbMode, OpenedxSettings, PlatformSettings, Renderer, Settings,
};
use crate::stack::hosts;

/// One platform, as a renderer sees it. No field is ever a secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inputs {
    pub stack: String,
    pub platform: String,
    /// The namespace bears the platform's name, as its pod identity does.
    pub namespace: String,
    /// Part of labels that can never change, hence made from the names alone.
    pub id: String,
    pub region: String,
    pub lms_host: String,
    pub cms_host: String,
    pub mfe_host: String,
    pub search_host: String,
    /// Host of the media behind CloudFront, when there is one.
    pub cdn_host: Option<String>,
    pub mysql: Mysql,
    pub cache: Cache,
    pub mongodb: Mongodb,
    pub mail: Mail,
    /// The bucket of what people upload.
    pub media_bucket: String,
    pub openedx: Openedx,
}

/// What the profile says about Open edX, with the site's own in place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Openedx {
    pub renderer: Renderer,
    pub tutor_root: Option<String>,
    pub plugins_folder: Option<String>,
    pub plugins: Vec<String>,
    pub settings: BTreeMap<String, Value>,
    pub patches: BTreeMap<String, String>,
    pub ca_bundle: Option<String>,
}

/// A database and a user of the platform's own on the stack's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mysql {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub username: String,
    pub password: String,
    pub root_username: String,
    pub root_password: String,
}

/// Cache, Celery's queues, event bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cache {
    /// ElastiCache: TLS, a token, and shared with the stack's other platforms.
    Managed { host: String, port: u16, password: String },
    /// Redis in the platform's namespace.
    InCluster,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mongodb {
    /// MongoDB in the platform's namespace.
    InCluster { username: String, password: String, database: String },
    /// DocumentDB: TLS, and no retryable writes.
    Documentdb { host: String, username: String, password: String, database: String },
    /// A server of the user's own, by its connection URI.
    External { uri: String, database: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mail {
    /// SES's SMTP endpoint, with STARTTLS.
    Ses { host: String, port: u16, username: String, password: String },
    /// A relay in the platform's namespace.
    InCluster,
}

/// The inputs of one platform, if the profile names it.
pub fn inputs(settings: &Settings, platform: &str) -> Option<Inputs> {
    let site = settings.platforms.get(platform)?;
    Some(Inputs {
        stack: settings.stack.clone(),
        platform: platform.to_owned(),
        namespace: platform.to_owned(),
        id: id(&settings.stack, platform),
        region: settings.region.clone(),
        lms_host: site.lms_host.clone(),
        cms_host: site.cms_host(),
        mfe_host: site.mfe_host(),
        search_host: hosts::search(site),
        cdn_host: settings.edge.cdn.then(|| hosts::cdn(site)),
        mysql: mysql(platform),
        cache: cache(settings.cache.mode),
        mongodb: mongodb(settings.mongodb.mode, platform),
        mail: mail(settings),
        media_bucket: values::token(values::MEDIA_BUCKET),
        openedx: openedx(&settings.openedx, site),
    })
}

/// 24 letters and digits, the same for ever.
fn id(stack: &str, platform: &str) -> String {
    let digest = Sha256::digest(format!("{stack}/{platform}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// `openedx_<platform>`: the name of its database and its user, in MySQL and in MongoDB.
fn owned(platform: &str) -> String {
    format!("openedx_{}", platform.replace('-', "_"))
}

fn mysql(platform: &str) -> Mysql {
    Mysql {
        host: values::token(values::MYSQL_HOST),
        port: 3306,
        database: owned(platform),
        username: owned(platform),
        password: values::token(values::MYSQL_PASSWORD),
        root_username: values::token(values::MYSQL_ROOT_USERNAME),
        root_password: values::token(values::MYSQL_ROOT_PASSWORD),
    }
}

fn cache(mode: CacheMode) -> Cache {
    match mode {
        CacheMode::Managed => Cache::Managed {
            host: values::token(values::REDIS_HOST),
            port: 6379,
            password: values::token(values::REDIS_PASSWORD),
        },
        CacheMode::InCluster => Cache::InCluster,
    }
}

fn mongodb(mode: MongodbMode, platform: &str) -> Mongodb {
    let database = owned(platform);
    let password = values::token(values::MONGODB_PASSWORD);
    match mode {
        MongodbMode::InCluster => {
            Mongodb::InCluster { username: "openedx".to_owned(), password, database }
        }
        MongodbMode::Documentdb => Mongodb::Documentdb {
            host: values::token(values::MONGODB_HOST),
            username: values::token(values::MONGODB_USERNAME),
            password,
            database,
        },
        MongodbMode::External => {
            Mongodb::External { uri: values::token(values::MONGODB_URI), database }
        }
    }
}

fn mail(settings: &Settings) -> Mail {
    if !settings.mail.ses {
        return Mail::InCluster;
    }
    Mail::Ses {
        host: format!("email-smtp.{}.amazonaws.com", settings.region),
        port: 587,
        username: values::token(values::SMTP_USERNAME),
        password: values::token(values::SMTP_PASSWORD),
    }
}

fn openedx(shared: &OpenedxSettings, site: &PlatformSettings) -> Openedx {
    let mut settings = shared.settings.clone();
    settings.extend(site.openedx.settings.clone());
    let mut patches = shared.patches.clone();
    for (name, text) in &site.openedx.patches {
        let whole = patches.entry(name.clone()).or_default();
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(text);
    }
    Openedx {
        renderer: shared.renderer,
        tutor_root: shared.tutor_root.clone(),
        plugins_folder: shared.plugins_folder.clone(),
        plugins: shared.plugins.clone(),
        settings,
        patches,
        ca_bundle: shared.ca_bundle.clone(),
    }
}
