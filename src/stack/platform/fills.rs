//! Where the values behind a platform's placeholders come from.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Base;
use crate::address::Ref;
use crate::openedx::values::{
    CMS_OAUTH2_SECRET, DERIVED, JWT_D, JWT_DP, JWT_DQ, JWT_N, JWT_P, JWT_PEM, JWT_Q, JWT_QI,
    MEDIA_BUCKET, MEILISEARCH_API_KEY, MEILISEARCH_API_KEY_UID, MEILISEARCH_MASTER_KEY,
    MONGODB_HOST, MONGODB_PASSWORD, MONGODB_URI, MONGODB_USERNAME, MYSQL_HOST, MYSQL_PASSWORD,
    MYSQL_ROOT_PASSWORD, MYSQL_ROOT_USERNAME, REDIS_HOST, REDIS_PASSWORD, SECRET_KEY,
    SMTP_PASSWORD, SMTP_USERNAME, tokens_in,
};
use crate::resource::Resource;
use crate::resources::kubernetes::wire::{Anchor, Fill};

/// What the platform's own secret holds, or what is worked out from it.
const OWN: &[&str] = &[
    CMS_OAUTH2_SECRET,
    JWT_D,
    JWT_DP,
    JWT_DQ,
    JWT_N,
    JWT_P,
    JWT_PEM,
    JWT_Q,
    JWT_QI,
    MEILISEARCH_API_KEY,
    MEILISEARCH_API_KEY_UID,
    MEILISEARCH_MASTER_KEY,
    MYSQL_PASSWORD,
    SECRET_KEY,
];

/// The name that stands for every derived value, until objects say which they use.
const ANY_DERIVED: &str = DERIVED;

/// A secret that is one value has no keys.
const WHOLE: &str = "";

type Fills = BTreeMap<String, Fill>;

pub fn all(platform: &str, base: Base<'_>) -> Fills {
    let Base { storage, data, edge, .. } = base;
    let mut fills = Fills::new();
    let mut add = |name: &str, fill: Fill| {
        fills.insert(name.to_owned(), fill);
    };
    if let Some(bucket) = storage.media.get(platform) {
        add(MEDIA_BUCKET, live(bucket, "/name"));
    }
    add(MYSQL_HOST, live(&data.mysql, "/endpoint"));
    add(MYSQL_ROOT_USERNAME, read_once(&data.mysql, "/master_secret_arn", "username"));
    add(MYSQL_ROOT_PASSWORD, read_once(&data.mysql, "/master_secret_arn", "password"));
    if let Some(cache) = &data.cache {
        add(REDIS_HOST, live(cache, "/endpoint"));
    }
    if let Some(token) = data.secrets.get("cache-auth") {
        add(REDIS_PASSWORD, own_value(token, WHOLE));
    }
    if let Some(cluster) = &data.documentdb {
        add(MONGODB_HOST, live(cluster, "/endpoint"));
        add(MONGODB_USERNAME, secret(cluster, "/master_secret", "username"));
        add(MONGODB_PASSWORD, secret(cluster, "/master_secret", "password"));
    }
    if let Some(password) = data.secrets.get("mongodb") {
        add(MONGODB_PASSWORD, own_value(password, "password"));
    }
    if let Some(foreign) = &data.foreign_mongodb {
        add(MONGODB_URI, own_value(foreign, WHOLE));
    }
    if let Some(smtp) = &edge.smtp {
        add(SMTP_USERNAME, secret(smtp, "/secret", "username"));
        add(SMTP_PASSWORD, secret(smtp, "/secret", "password"));
    }
    if let Some(own) = data.secrets.get(&format!("openedx-{platform}")) {
        OWN.iter().for_each(|name| add(name, own_value(own, name)));
        add(ANY_DERIVED, own_value(own, ANY_DERIVED));
    }
    fills
}

/// With a fill for each derived value that a body uses: there is no list of them.
pub fn with_derived(fills: &Fills, body: &Value) -> Fills {
    let mut whole = fills.clone();
    let Some(Fill::Secret { of, arn, version, .. }) = whole.remove(ANY_DERIVED) else {
        return whole;
    };
    let derived = tokens_in(&body.to_string()).into_iter().filter(|name| name.starts_with(DERIVED));
    whole.extend(derived.map(|name| {
        let (of, arn, version) = (of.clone(), arn.clone(), version.clone());
        let fill = Fill::Secret { of, arn, key: name.clone(), version };
        (name, fill)
    }));
    whole
}

fn live<R: Resource>(of: &Ref<R>, pointer: &str) -> Fill {
    Fill::Live { of: Anchor::from(of), pointer: pointer.to_owned() }
}

/// From the secret whose `_arn` and `_version` an upstream knows.
fn secret<R: Resource>(of: &Ref<R>, what: &str, key: &str) -> Fill {
    let (arn, version) = (format!("{what}_arn"), Some(format!("{what}_version")));
    Fill::Secret { of: Anchor::from(of), arn, key: key.to_owned(), version }
}

/// AWS changes it every few days, and the one task that needs it is over by then.
fn read_once<R: Resource>(of: &Ref<R>, arn: &str, key: &str) -> Fill {
    let (arn, key) = (arn.to_owned(), key.to_owned());
    Fill::Secret { of: Anchor::from(of), arn, key, version: None }
}

/// From an upstream that is a secret.
fn own_value<R: Resource>(own: &Ref<R>, key: &str) -> Fill {
    let (arn, version) = ("/arn".to_owned(), Some("/version".to_owned()));
    Fill::Secret { of: Anchor::from(own), arn, key: key.to_owned(), version }
}
