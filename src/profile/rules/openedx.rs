//! The services of Open edX: numbers, room, and names that are taken.

use std::collections::BTreeMap;

use super::Concern;
use crate::profile::key_path::KeyPath;
use crate::profile::{ServiceSettings, Settings};

/// What keeps its data on a volume, which belongs to one pod.
const STORES: &[&str] = &["meilisearch", "mongodb", "redis"];
/// What only passes things on, one at a time.
const SINGLE: &[&str] = &["cluster-autoscaler", "job", "smtp"];

/// Namespaces of Kubernetes and of edxaws: a platform's bears its name.
const TAKEN: &[&str] =
    &["cluster", "default", "edxaws-web", "kube-node-lease", "kube-public", "kube-system"];

pub(super) fn namespaces(settings: &Settings) -> Vec<Concern> {
    let taken = settings.platforms.keys().filter(|name| TAKEN.contains(&name.as_str()));
    let concern = |name: &String| {
        let message = format!("`{name}` is a namespace that the cluster has already");
        let path = KeyPath::of(["platforms"]).key(name);
        Concern::at_key(path, message).hint("choose another name, for example `main`")
    };
    taken.map(concern).collect()
}

pub(super) fn services(settings: &Settings) -> Vec<Concern> {
    let shared = of(&KeyPath::of(["openedx", "services"]), &settings.openedx.services);
    let own = settings.platforms.iter().flat_map(|(name, site)| {
        let path = KeyPath::of(["platforms"]).key(name).key("openedx").key("services");
        of(&path, &site.openedx.services)
    });
    shared.into_iter().chain(own).collect()
}

fn of(table: &KeyPath, services: &BTreeMap<String, ServiceSettings>) -> Vec<Concern> {
    let checked = services.iter().flat_map(|(name, said)| {
        let path = table.key(name);
        [numbers(&path, name, said), memory(&path, said), volume(&path, name, said)]
    });
    checked.flatten().collect()
}

fn numbers(path: &KeyPath, name: &str, said: &ServiceSettings) -> Option<Concern> {
    let most = said.max.or(said.min)?;
    if most > 1 && (STORES.contains(&name) || SINGLE.contains(&name)) {
        let message = format!("there can be one `{name}` only");
        let key = if said.max.is_some() { "max" } else { "min" };
        let hint =
            "take it out; `mongodb.mode` and `cache.mode` name services with several members";
        return Some(Concern::at(path.key(key), message).hint(hint));
    }
    let (least, most) = (said.min?, said.max?);
    (least > most).then(|| {
        let message = format!("`{}` is {least}, more than `max`, which is {most}", path.key("min"));
        Concern::at(path.key("min"), message).also(path.key("max"))
    })
}

fn memory(path: &KeyPath, said: &ServiceSettings) -> Option<Concern> {
    let (asks, most) = (said.memory.as_deref()?, said.memory_limit.as_deref()?);
    (mebibytes(asks)? > mebibytes(most)?).then(|| {
        let message = format!("`{}` is {asks}, more than it may have: {most}", path.key("memory"));
        Concern::at(path.key("memory"), message).also(path.key("memory_limit"))
    })
}

fn mebibytes(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let scale = if unit == "Gi" { 1024 } else { 1 };
    number.parse::<u64>().ok()?.checked_mul(scale)
}

fn volume(path: &KeyPath, name: &str, said: &ServiceSettings) -> Option<Concern> {
    const WITHOUT: &[&str] =
        &["lms", "cms", "lms-worker", "cms-worker", "mfe", "caddy", "web", "job", "smtp"];
    (said.storage_gib.is_some() && WITHOUT.contains(&name)).then(|| {
        let message = format!("`{name}` has no volume");
        Concern::at(path.key("storage_gib"), message).hint("take it out: uploads are kept in S3")
    })
}
