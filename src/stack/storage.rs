//! The buckets: media of each platform, database dumps, access logs.

use std::collections::BTreeMap;

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{PlatformSettings, Settings};
use crate::resources::s3::Bucket;
use crate::stack::{Surroundings, name};

/// The buckets that other parts read from and write to.
#[derive(Debug, Clone)]
pub struct Storage {
    /// By platform.
    pub media: BTreeMap<String, Ref<Bucket>>,
    pub backups: Ref<Bucket>,
    pub logs: Option<Ref<Bucket>>,
}

pub fn build(graph: &mut Graph, settings: &Settings, place: &Surroundings) -> Storage {
    graph.part("storage");
    let media = settings.platforms.iter().map(|(platform, site)| {
        let bucket =
            graph.add(&format!("{platform}-media"), media(settings, place, platform, site));
        (platform.clone(), bucket)
    });
    let media = media.collect();
    let backups = Bucket {
        expire_days: Some(settings.storage.backups_days),
        ..plain(settings, place, "backups")
    };
    let backups = graph.add("backups", backups);
    let logs = Bucket { versioned: false, expire_days: Some(90), ..plain(settings, place, "logs") };
    let logs = settings.storage.logs.then(|| graph.add("logs", logs));
    Storage { media, backups, logs }
}

fn media(
    settings: &Settings,
    place: &Surroundings,
    platform: &str,
    site: &PlatformSettings,
) -> Bucket {
    let plain = plain(settings, place, &format!("{platform}-media"));
    let name = site.media_bucket.clone().unwrap_or_else(|| plain.name.clone());
    Bucket { name, cors_origins: origins(site), ..plain }
}

/// Bucket names are unique among all accounts, hence the account in them.
fn plain(settings: &Settings, place: &Surroundings, what: &str) -> Bucket {
    Bucket {
        name: name(settings, &format!("{what}-{}", place.account)),
        versioned: settings.storage.versioned,
        cors_origins: Vec::new(),
        expire_days: None,
        keep_on_destroy: settings.storage.keep_on_destroy,
    }
}

/// The pages of the site, which read media and upload to it straight from the browser; sorted.
fn origins(site: &PlatformSettings) -> Vec<String> {
    let mut origins: Vec<String> =
        site.hosts().into_iter().map(|host| format!("https://{host}")).collect();
    origins.sort();
    origins.dedup();
    origins
}
