//! Host names: domains by shape, inside the zone, each used once; media buckets likewise.

use std::collections::BTreeMap;

use super::Concern;
use crate::profile::Settings;
use crate::profile::key_path::KeyPath;

/// A certificate's first name has at most 64 characters, and a wildcard takes two.
const LONGEST_ZONE: usize = 62;

pub(super) fn zone(settings: &Settings) -> Vec<Concern> {
    let zone = &settings.edge.zone;
    let path = KeyPath::of(["edge", "zone"]);
    if !is_domain(zone) {
        return vec![not_a_domain(path, zone)];
    }
    if zone.len() > LONGEST_ZONE {
        let message =
            format!("`edge.zone` has {} characters, too many for a certificate", zone.len());
        return vec![Concern::at(path, message).hint(format!("at most {LONGEST_ZONE} fit"))];
    }
    Vec::new()
}

pub(super) fn parent_zone(settings: &Settings) -> Vec<Concern> {
    let Some(parent) = &settings.edge.parent_zone else { return Vec::new() };
    let path = KeyPath::of(["edge", "parent_zone"]);
    if !is_domain(parent) {
        return vec![not_a_domain(path, parent)];
    }
    if settings.edge.zone != *parent && inside(&settings.edge.zone, parent) {
        return Vec::new();
    }
    let message = format!("`{}` is not inside its parent zone `{parent}`", settings.edge.zone);
    let concern = Concern::at(path, message).also(KeyPath::of(["edge", "zone"]));
    vec![concern.hint("leave it out when the delegation is made by hand")]
}

/// A host of a platform: the field that sets it, its name, and whether it is written out.
struct Host {
    field: KeyPath,
    name: String,
    origin: Written,
}

#[derive(PartialEq)]
enum Written {
    Out,
    /// Made from `lms_host`.
    Derived,
}

fn all_hosts(settings: &Settings) -> Vec<Host> {
    let table = KeyPath::of(["platforms"]);
    let sites = settings.platforms.iter().flat_map(|(platform, site)| {
        let path = table.key(platform);
        let optional = |key: &str, own: &Option<String>, name: String| match own {
            Some(_) => Host { field: path.key(key), name, origin: Written::Out },
            None => Host { field: path.key("lms_host"), name, origin: Written::Derived },
        };
        let lms =
            Host { field: path.key("lms_host"), name: site.lms_host.clone(), origin: Written::Out };
        let cms = optional("cms_host", &site.cms_host, site.cms_host());
        [lms, cms, optional("mfe_host", &site.mfe_host, site.mfe_host())]
    });
    sites.collect()
}

pub(super) fn hosts(settings: &Settings) -> Vec<Concern> {
    let zone = &settings.edge.zone;
    let written = all_hosts(settings).into_iter().filter(|host| host.origin == Written::Out);
    let concerns = written.filter_map(|Host { field, name, .. }| {
        if !is_domain(&name) {
            return Some(not_a_domain(field, &name));
        }
        (is_domain(zone) && !inside(&name, zone)).then(|| {
            let message = format!("`{field}` is `{name}`, which is not inside the zone `{zone}`");
            Concern::at(field, message)
                .also(KeyPath::of(["edge", "zone"]))
                .hint(format!("take a name like `learn.{zone}`, or change `edge.zone`"))
        })
    });
    concerns.collect()
}

pub(super) fn unique_hosts(settings: &Settings) -> Vec<Concern> {
    let mut seen: BTreeMap<String, KeyPath> = BTreeMap::new();
    let mut concerns: Vec<Concern> = Vec::new();
    for Host { field, name, origin } in all_hosts(settings) {
        if let Some(first) = seen.get(&name) {
            // Two equal LMS hosts make all that is derived from them equal.
            if origin == Written::Derived && concerns.iter().any(|c| c.about.contains(&field)) {
                continue;
            }
            let derived = if origin == Written::Derived { ", made from `lms_host`," } else { "" };
            let message = format!("the host `{name}`{derived} is used twice");
            let concern = Concern::at(field, message).also(first.clone());
            concerns.push(concern.hint(format!("the first is at `{first}`")));
        } else {
            seen.insert(name, field);
        }
    }
    concerns
}

pub(super) fn media_buckets(settings: &Settings) -> Vec<Concern> {
    let table = KeyPath::of(["platforms"]);
    let mut seen: BTreeMap<&str, KeyPath> = BTreeMap::new();
    let mut concerns = Vec::new();
    for (platform, site) in &settings.platforms {
        let Some(bucket) = site.media_bucket.as_deref() else { continue };
        let path = table.key(platform).key("media_bucket");
        let number =
            bucket.split('.').count() == 4 && bucket.split('.').all(|p| p.parse::<u8>().is_ok());
        let reserved = bucket.starts_with("xn--") || bucket.ends_with("-s3alias");
        if bucket.contains("..") || number || reserved {
            concerns.push(Concern::at(path.clone(), format!("S3 refuses the name `{bucket}`")));
        }
        if let Some(first) = seen.insert(bucket, path.clone()) {
            let message = format!("the bucket `{bucket}` is used twice");
            let concern = Concern::at(path, message).also(first.clone());
            concerns.push(concern.hint(format!("the first is at `{first}`")));
        }
    }
    concerns
}

fn inside(host: &str, zone: &str) -> bool {
    host == zone || host.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

fn not_a_domain(path: KeyPath, text: &str) -> Concern {
    let concern = Concern::at(path, format!("`{text}` is no domain name"));
    let lower = text.to_lowercase();
    let bare = lower.trim_start_matches("https://").trim_start_matches("http://");
    let bare = bare.split('/').next().unwrap_or_default().trim_end_matches('.');
    if is_domain(bare) {
        concern.hint(format!("did you mean `{bare}`?"))
    } else {
        concern.hint("write it like `edx.example.org`, in lower case")
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_word = text
        .rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    text.len() <= 253 && text.contains('.') && text.split('.').all(label) && last_is_word
}
