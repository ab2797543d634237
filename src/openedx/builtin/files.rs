//! The files in the ConfigMaps, by ConfigMap and name.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openedx::inputs::{Cache, Inputs, Mail, Mongodb};
use crate::openedx::{django, values};

const COMMON: &str = include_str!("files/common.py");
const LMS: &str = include_str!("files/lms.py");
const CMS: &str = include_str!("files/cms.py");
const CADDY: &str = include_str!("files/Caddyfile");
const MFE: &str = include_str!("files/mfe.Caddyfile");
const UWSGI: &str = include_str!("files/uwsgi.ini");
const REDIS: &str = include_str!("files/redis.conf");

/// Path in the environment → text; the folder is the ConfigMap.
pub fn all(inputs: &Inputs, ca_bundle: Option<&str>) -> BTreeMap<String, String> {
    let common = filled(COMMON, inputs) + "\n" + &django::common(inputs, ca_bundle);
    let lms = filled(LMS, inputs).replace("@common@", &common) + "\n" + &django::lms();
    let cms = filled(CMS, inputs).replace("@common@", &common);
    let mut files = BTreeMap::from([
        ("openedx-settings-lms/__init__.py", String::new()),
        ("openedx-settings-lms/production.py", lms),
        ("openedx-settings-cms/__init__.py", String::new()),
        ("openedx-settings-cms/production.py", cms),
        ("openedx-config/lms.env.yml", environment(inputs, &inputs.lms_host, "cms")),
        ("openedx-config/cms.env.yml", environment(inputs, &inputs.cms_host, "lms")),
        ("openedx-uwsgi-config/uwsgi.ini", UWSGI.to_owned()),
        ("caddy-config/Caddyfile", filled(CADDY, inputs)),
        ("mfe-caddy-config/Caddyfile", filled(MFE, inputs)),
    ]);
    if inputs.cache == Cache::InCluster {
        files.insert("redis-config/redis.conf", REDIS.to_owned());
    }
    files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect()
}

/// The part of the platform that a ConfigMap belongs to.
pub fn owner(map: &str) -> &str {
    match map {
        "caddy-config" => "caddy",
        "mfe-caddy-config" => "mfe",
        "redis-config" => "redis",
        _ => "openedx",
    }
}

/// What the platform reads before its settings; JSON is YAML.
fn environment(inputs: &Inputs, host: &str, other: &str) -> String {
    let mut all = Map::new();
    for part in [site(inputs, host), queues(inputs, other), mail(inputs), databases(inputs)] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn site(inputs: &Inputs, host: &str) -> Value {
    json!({
        "SITE_NAME": host,
        "LMS_BASE": inputs.lms_host,
        "CMS_BASE": inputs.cms_host,
        "LMS_ROOT_URL": format!("https://{}", inputs.lms_host),
        "CMS_ROOT_URL": format!("https://{}", inputs.cms_host),
        "OAUTH_OIDC_ISSUER": format!("https://{}/oauth2", inputs.lms_host),
        "SESSION_COOKIE_DOMAIN": host,
        "HTTPS": "on",
        "PLATFORM_NAME": setting(inputs, "PLATFORM_NAME", "My Open edX"),
        "CONTACT_EMAIL": setting(inputs, "CONTACT_EMAIL", &format!("contact@{}", inputs.lms_host)),
        "LANGUAGE_CODE": setting(inputs, "LANGUAGE_CODE", "en"),
        "BOOK_URL": "",
        "LOG_DIR": "/openedx/data/logs",
        "LOGGING_ENV": "sandbox",
        "ENABLE_COMPREHENSIVE_THEMING": true,
        "FEATURES": {
            "CERTIFICATES_HTML_VIEW": true,
            "ENABLE_CSMH_EXTENDED": false,
            "ENABLE_GRADE_DOWNLOADS": true,
            "ENABLE_MOBILE_REST_API": true,
            "ENABLE_OAUTH2_PROVIDER": true,
            "ENABLE_PREREQUISITE_COURSES": true,
            "ENABLE_THIRD_PARTY_AUTH": true,
            "MILESTONES_APP": true,
        },
    })
}

fn queues(inputs: &Inputs, other: &str) -> Value {
    let (server, username, password) = match &inputs.cache {
        Cache::Managed { host, port, password } => {
            (format!("{host}:{port}"), "", password.as_str())
        }
        Cache::InCluster => ("redis:6379".to_owned(), "", ""),
    };
    json!({
        "CELERY_BROKER_TRANSPORT": "redis",
        "CELERY_BROKER_HOSTNAME": server,
        "CELERY_BROKER_VHOST": "0",
        "CELERY_BROKER_USER": username,
        "CELERY_BROKER_PASSWORD": password,
        "ALTERNATE_WORKER_QUEUES": other,
    })
}

fn mail(inputs: &Inputs) -> Value {
    let (host, port, tls, username, password) = match &inputs.mail {
        Mail::Ses { host, port, username, password } => {
            (host.as_str(), *port, true, username.as_str(), password.as_str())
        }
        Mail::InCluster => ("smtp", 8025, false, "", ""),
    };
    json!({
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_USE_TLS": tls,
        "EMAIL_HOST_USER": username,
        "EMAIL_HOST_PASSWORD": password,
    })
}

fn databases(inputs: &Inputs) -> Value {
    let mysql = &inputs.mysql;
    json!({
        "SECRET_KEY": values::token(values::SECRET_KEY),
        "DOC_STORE_CONFIG": null,
        "XQUEUE_INTERFACE": {"django_auth": null, "url": null},
        "DATABASES": {"default": {
            "ENGINE": "django.db.backends.mysql",
            "HOST": mysql.host,
            "PORT": mysql.port,
            "NAME": mysql.database,
            "USER": mysql.username,
            "PASSWORD": mysql.password,
            "ATOMIC_REQUESTS": true,
            "OPTIONS": {"init_command": "SET sql_mode='STRICT_TRANS_TABLES'", "charset": "utf8mb4"},
        }},
    })
}

fn setting(inputs: &Inputs, name: &str, default: &str) -> String {
    let own = inputs.openedx.settings.get(name).and_then(Value::as_str);
    own.unwrap_or(default).to_owned()
}

/// A template with the platform's values in place of `@name@`.
pub fn filled(template: &str, inputs: &Inputs) -> String {
    let (mongodb_host, mongodb_user, mongodb_password, mongodb) = match &inputs.mongodb {
        Mongodb::InCluster { username, password, database } => {
            ("mongodb", username.as_str(), password.as_str(), database)
        }
        Mongodb::Documentdb { host, username, password, database } => {
            (host.as_str(), username.as_str(), password.as_str(), database)
        }
        // The settings behind the common ones put the URI in its place.
        Mongodb::External { database, .. } => ("external", "", "", database),
    };
    let mysql = &inputs.mysql;
    let port = mysql.port.to_string();
    let secret = |name| values::token(name);
    let pairs: [(&str, &str); 17] = [
        ("lms_host", &inputs.lms_host),
        ("cms_host", &inputs.cms_host),
        ("mfe_host", &inputs.mfe_host),
        ("search_host", &inputs.search_host),
        ("mongodb_host", mongodb_host),
        ("mongodb_username", mongodb_user),
        ("mongodb_password", mongodb_password),
        ("mongodb_database", mongodb),
        ("mysql_host", &mysql.host),
        ("mysql_port", &port),
        ("mysql_database", &mysql.database),
        ("mysql_username", &mysql.username),
        ("mysql_password", &mysql.password),
        ("mysql_root_username", &mysql.root_username),
        ("mysql_root_password", &mysql.root_password),
        ("platform", &inputs.platform),
        ("platform_name", &setting(inputs, "PLATFORM_NAME", "My Open edX")),
    ];
    let mut text = template.to_owned();
    for (name, value) in pairs {
        text = text.replace(&format!("@{name}@"), value);
    }
    // What is left bears the name of a placeholder.
    for name in values::NAMES {
        text = text.replace(&format!("@{name}@"), &secret(name));
    }
    text
}
