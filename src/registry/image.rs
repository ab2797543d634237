//! The name of an image, taken apart as Docker does.

use std::fmt;
use std::net::IpAddr;

/// Where Docker Hub answers: not under its own name.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// `docker.io/overhangio/openedx:22.0.3` as a registry wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    name: String,
    /// With its port, if it has one of its own.
    pub registry: String,
    pub repository: String,
    pub tag: String,
}

impl Image {
    /// `None` for what no registry could have.
    pub fn parse(name: &str) -> Option<Self> {
        let (plain, _) = name.split_once('@').unwrap_or((name, ""));
        let (registry, path) = match plain.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => ("docker.io", plain),
        };
        let (repository, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
        let repository = match (registry, repository.contains('/')) {
            ("docker.io", false) => format!("library/{repository}"),
            _ => repository.to_owned(),
        };
        let registry = if registry == "docker.io" { DOCKER_HUB } else { registry };
        let fits = |text: &str, more: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !text.is_empty() && text.chars().all(fits)
        };
        let sound = fits(registry, ".-:[]")
            && repository.split('/').all(|part| fits(part, "._-"))
            && fits(tag, "._-");
        sound.then(|| Self {
            name: name.to_owned(),
            registry: registry.to_owned(),
            repository,
            tag: tag.to_owned(),
        })
    }

    /// Where its manifest is.
    pub fn manifest(&self) -> String {
        let Self { registry, repository, tag, .. } = self;
        let scheme = if self.is_loopback() { "http" } else { "https" };
        format!("{scheme}://{registry}/v2/{repository}/manifests/{tag}")
    }

    /// Whether its registry runs on this machine, where nobody listens in on plain HTTP.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.registry)
    }

    /// Whether it is one of an AWS account's own, which shows nothing to strangers.
    pub fn is_private_ecr(&self) -> bool {
        self.registry.contains(".dkr.ecr.")
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Of a host, with or without a port.
pub fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_docker_does() {
        let manifest = |name: &str| Image::parse(name).map(|image| image.manifest());
        let hub = |path: &str| Some(format!("https://registry-1.docker.io/v2/{path}"));
        assert_eq!(manifest("caddy"), hub("library/caddy/manifests/latest"));
        assert_eq!(manifest("docker.io/caddy:2.11.7"), hub("library/caddy/manifests/2.11.7"));
        let pinned = "overhangio/openedx:22.0.3@sha256:abc";
        assert_eq!(manifest(pinned), hub("overhangio/openedx/manifests/22.0.3"));
        assert_eq!(
            manifest("localhost:5000/a/b:1"),
            Some("http://localhost:5000/v2/a/b/manifests/1".to_owned())
        );
        assert_eq!(
            manifest("registry.k8s.io/autoscaling/cluster-autoscaler:v1.35.0"),
            Some(
                "https://registry.k8s.io/v2/autoscaling/cluster-autoscaler/manifests/v1.35.0"
                    .to_owned()
            )
        );
        for odd in ["", "a b", "x.y/", "x.y/a?b", "x.y/a/../b c", "x.y//a", "é"] {
            assert_eq!(manifest(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        for near in ["localhost", "localhost:5000", "127.0.0.1:80", "127.1.2.3", "[::1]:5000"] {
            assert!(is_loopback(near), "{near}");
        }
        for far in ["localhost.example.org", "10.0.0.1:5000", "127.0.0.1.example.org", "docker.io"]
        {
            assert!(!is_loopback(far), "{far}");
        }
    }
}
