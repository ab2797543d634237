//! The databases: versions, storage that can grow, classes that exist, secrets that must be named.

use super::Concern;
use crate::profile::key_path::KeyPath;
use crate::profile::{MongodbMode, Settings};

/// The classes in which AWS has no Performance Insights for MySQL.
const WITHOUT_INSIGHTS: [&str; 6] =
    ["db.t2.micro", "db.t2.small", "db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small"];

/// Families of DocumentDB instances.
const DOCUMENTDB: [&str; 7] = ["t3", "t4g", "r5", "r6g", "r6gd", "r8g", "r4"];

pub(super) fn mysql_version(settings: &Settings) -> Vec<Concern> {
    let version = settings.mysql.version.as_str();
    if version == "8.4" {
        return Vec::new();
    }
    let message = format!("Open edX does not run on MySQL `{version}`");
    vec![Concern::at(KeyPath::of(["mysql", "version"]), message).hint("set `version = \"8.4\"`")]
}

/// RDS grows a disk by a tenth at least, so a limit closer than that is refused.
pub(super) fn mysql_storage(settings: &Settings) -> Vec<Concern> {
    let (now, most) = (settings.mysql.storage_gib, settings.mysql.max_storage_gib);
    let next = now.saturating_add(now.div_ceil(10));
    let [storage, limit] =
        ["storage_gib", "max_storage_gib"].map(|key| KeyPath::of(["mysql", key]));
    let hint = format!("set it to {next} or more, or to {now} for a disk that does not grow");
    let message = match most {
        _ if most < now => format!("`{limit}` is {most}, less than `storage_gib`, which is {now}"),
        _ if most > now && most < next => {
            format!("`{limit}` is {most}, which leaves less than a tenth to grow")
        }
        _ => return Vec::new(),
    };
    vec![Concern::at(limit, message).also(storage).hint(hint)]
}

pub(super) fn performance_insights(settings: &Settings) -> Vec<Concern> {
    let class = settings.mysql.instance_class.as_str();
    if !settings.mysql.performance_insights || !WITHOUT_INSIGHTS.contains(&class) {
        return Vec::new();
    }
    let path = KeyPath::of(["mysql", "performance_insights"]);
    let concern = Concern::at(path, format!("`{class}` has no Performance Insights"));
    let concern = concern.also(KeyPath::of(["mysql", "instance_class"]));
    vec![concern.hint("set it to `false`, or take `db.t4g.medium` or larger")]
}

pub(super) fn documentdb(settings: &Settings) -> Vec<Concern> {
    if settings.mongodb.mode != MongodbMode::Documentdb {
        return Vec::new();
    }
    let class = settings.mongodb.instance_class.as_str();
    let family = class.strip_prefix("db.").and_then(|rest| rest.split_once('.'));
    let known = family.is_some_and(|(family, size)| {
        DOCUMENTDB.contains(&family) && (!family.starts_with('t') || size == "medium")
    });
    if known {
        return Vec::new();
    }
    let path = KeyPath::of(["mongodb", "instance_class"]);
    let concern = Concern::at(path, format!("DocumentDB has no class `{class}`"));
    let concern = concern.also(KeyPath::of(["mongodb", "mode"]));
    vec![concern.hint("take `db.t4g.medium`, or `db.r6g.large` and larger")]
}

pub(super) fn external_mongodb(settings: &Settings) -> Vec<Concern> {
    let mode = KeyPath::of(["mongodb", "mode"]);
    let secret = KeyPath::of(["mongodb", "external_secret"]);
    let is_external = settings.mongodb.mode == MongodbMode::External;
    let concern = match &settings.mongodb.external_secret {
        None if is_external => {
            Concern::at(mode, "an external MongoDB needs its secret").also(secret).hint(
                "store the connection URI in Secrets Manager and set `mongodb.external_secret` to \
                 the secret's ARN",
            )
        }
        Some(arn) if !is_secret(arn) => {
            Concern::at(secret, "`mongodb.external_secret` is no ARN of a secret").hint(
                "write it like \
                 `arn:aws:secretsmanager:us-east-1:123456789012:secret:mongodb-a1b2c3`; the URI \
                 itself stays out of the profile",
            )
        }
        _ => return Vec::new(),
    };
    vec![concern]
}

fn is_secret(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "secretsmanager", region, account, "secret", name]
        if !region.is_empty() && account.len() == 12 && !name.is_empty())
}
