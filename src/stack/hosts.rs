//! The host names of the platforms: what points at the load balancer, what at the CDN, and what the
//! certificate must cover.

use std::collections::{BTreeMap, BTreeSet};

use crate::openedx::Rendered;
use crate::profile::{PlatformSettings, Settings};

/// Names in one certificate, unless the account's quota is raised.
const MOST_CERTIFICATE_NAMES: usize = 10;

/// Host of the search service, as Tutor names it.
pub fn search(site: &PlatformSettings) -> String {
    format!("meilisearch.{}", site.lms_host)
}

/// Host of the media behind CloudFront.
pub fn cdn(site: &PlatformSettings) -> String {
    format!("cdn.{}", site.lms_host)
}

/// By platform, what was rendered of it; nothing where nobody asked for that.
pub type Platforms = BTreeMap<String, Rendered>;

/// All hosts on the load balancer, sorted: the profile's, and those in the zone that plugins add.
pub fn web(settings: &Settings, platforms: &Platforms) -> Vec<String> {
    let sites = settings.platforms.values();
    let hosts = sites.flat_map(|site| site.hosts().into_iter().chain([search(site)]));
    let below = format!(".{}", settings.edge.zone);
    let added = platforms.values().flat_map(|rendered| rendered.hosts.iter().cloned());
    let added = added.filter(|host| host.ends_with(&below));
    hosts.chain(added).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The zone and everything one label below it, and a wildcard for each domain that has hosts further
/// down: a wildcard covers one label only.
fn certificate_names(settings: &Settings, platforms: &Platforms) -> Vec<String> {
    let zone = &settings.edge.zone;
    let cdn = settings.platforms.values().filter(|_| settings.edge.cdn).map(cdn);
    let deeper: BTreeSet<String> = web(settings, platforms)
        .into_iter()
        .chain(cdn)
        .filter_map(|host| Some(host.split_once('.')?.1.to_owned()).filter(|_| host != *zone))
        .filter(|parent| parent != zone)
        .map(|parent| format!("*.{parent}"))
        .collect();
    [zone.clone(), format!("*.{zone}")].into_iter().chain(deeper).collect()
}

/// The names of the first certificate, and those of as many more as it takes.
pub fn certificates(settings: &Settings, platforms: &Platforms) -> (Vec<String>, Vec<Vec<String>>) {
    let mut first = certificate_names(settings, platforms);
    let rest = first.split_off(first.len().min(MOST_CERTIFICATE_NAMES));
    (first, rest.chunks(MOST_CERTIFICATE_NAMES).map(<[String]>::to_vec).collect())
}

/// Whether a certificate with these names is good for a host: a wildcard stands for one label.
pub fn covers(names: &[String], host: &str) -> bool {
    let wildcard = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
    names.iter().any(|name| name == host || wildcard.as_ref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Settings;

    fn settings(cdn: bool, sites: &[(&str, Option<&str>)]) -> Settings {
        let mut settings = crate::stack::edge::tests::settings();
        settings.edge.zone = "edx.example.org".to_owned();
        settings.edge.cdn = cdn;
        settings.platforms = sites
            .iter()
            .map(|(lms, cms)| {
                let site = PlatformSettings {
                    lms_host: (*lms).to_owned(),
                    cms_host: cms.map(str::to_owned),
                    mfe_host: None,
                    media_bucket: None,
                    openedx: crate::profile::PlatformOpenedxSettings::default(),
                };
                ((*lms).replace('.', "-"), site)
            })
            .collect();
        settings
    }

    #[test]
    fn a_site_on_the_zone_itself_needs_no_more_names() {
        let settings = settings(true, &[("edx.example.org", None)]);
        assert_eq!(
            certificate_names(&settings, &Platforms::new()),
            ["edx.example.org", "*.edx.example.org"]
        );
        assert_eq!(
            web(&settings, &Platforms::new()),
            [
                "apps.edx.example.org",
                "edx.example.org",
                "meilisearch.edx.example.org",
                "studio.edx.example.org",
            ]
        );
    }

    #[test]
    fn hosts_further_down_share_one_wildcard() {
        let settings = settings(true, &[("learn.edx.example.org", None)]);
        let names = certificate_names(&settings, &Platforms::new());
        assert_eq!(names, ["edx.example.org", "*.edx.example.org", "*.learn.edx.example.org"]);
    }

    #[test]
    fn every_host_is_covered() {
        let sites =
            [("a.edx.example.org", Some("cms.b.edx.example.org")), ("c.edx.example.org", None)];
        let settings = settings(true, &sites);
        let names = certificate_names(&settings, &Platforms::new());
        let covered = |host: &String| covers(&names, host);
        let all: Vec<String> = web(&settings, &Platforms::new())
            .into_iter()
            .chain(settings.platforms.values().map(cdn))
            .collect();
        assert_eq!(all.len(), 10);
        assert!(all.iter().all(covered), "{names:?}");
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn ten_names_fit_into_one_certificate() {
        let hosts: Vec<String> = (10..35).map(|n| format!("s{n}.edx.example.org")).collect();
        let sites: Vec<_> = hosts.iter().map(|host| (host.as_str(), None)).collect();
        let settings = settings(true, &sites);
        let (first, more) = certificates(&settings, &Platforms::new());
        assert_eq!(first[..2], ["edx.example.org", "*.edx.example.org"]);
        assert_eq!(more.iter().map(Vec::len).collect::<Vec<_>>(), [10, 7]);
        let all: Vec<&Vec<String>> = [&first].into_iter().chain(&more).collect();
        let hosts = web(&settings, &Platforms::new())
            .into_iter()
            .chain(settings.platforms.values().map(cdn));
        for host in hosts {
            assert!(all.iter().any(|names| covers(names, &host)), "{host}");
        }
    }

    #[test]
    fn what_a_plugin_adds_is_found_in_the_zone_alone() {
        let settings = settings(false, &[("edx.example.org", None)]);
        let hosts = ["notes.edx.example.org", "a.b.edx.example.org", "elsewhere.org"];
        let hosts = hosts.map(str::to_owned).to_vec();
        let rendered =
            Rendered { renderer: String::new(), objects: Vec::new(), tasks: Vec::new(), hosts };
        let platforms = Platforms::from([("main".to_owned(), rendered)]);
        let web = web(&settings, &platforms);
        assert!(web.contains(&"notes.edx.example.org".to_owned()), "{web:?}");
        assert!(!web.contains(&"elsewhere.org".to_owned()), "{web:?}");
        let (names, _) = certificates(&settings, &platforms);
        assert!(web.iter().all(|host| covers(&names, host)), "{names:?}");
    }
}
