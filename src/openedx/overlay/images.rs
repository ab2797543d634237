//! Which images run: the rendered ones, another registry's, or the profile's own.

use serde_json::Value;

use super::pod;
use crate::profile::OpenedxSettings;

/// Every image of an object's pods as the profile wants it.
pub fn replace(object: &mut Value, wanted: &OpenedxSettings) {
    let Some(spec) = pod::spec_mut(object) else { return };
    pod::each_container(spec, |container| {
        let image = pod::text(container, "/image");
        if !image.is_empty() {
            container["image"] = pinned(image, wanted).into();
        }
    });
}

/// One image as the profile wants it.
pub fn pinned(image: &str, wanted: &OpenedxSettings) -> String {
    let moved = match &wanted.registry {
        Some(registry) => format!("{}/{}", registry.trim_end_matches('/'), path(image)),
        None => image.to_owned(),
    };
    match wanted.images.get(last(image)) {
        Some(digest) if digest.starts_with("sha256:") => {
            let (bare, _) = moved.split_once('@').unwrap_or((&moved, ""));
            format!("{bare}@{digest}")
        }
        Some(whole) => whole.clone(),
        None => moved,
    }
}

/// An image without its registry; those of Docker Hub without an owner belong to `library`.
fn path(image: &str) -> String {
    match image.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => {
            if host == "docker.io" { path(rest) } else { rest.to_owned() }
        }
        Some(_) => image.to_owned(),
        None => format!("library/{image}"),
    }
}

/// `openedx` of `docker.io/overhangio/openedx:22.0.3`.
pub fn last(image: &str) -> &str {
    let end = image.rsplit('/').next().unwrap_or(image);
    end.split([':', '@']).next().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(registry: Option<&str>, images: &[(&str, &str)]) -> OpenedxSettings {
        let folder = std::path::Path::new("profiles");
        let settings = crate::profile::load("sandbox", folder).unwrap().settings;
        OpenedxSettings {
            registry: registry.map(str::to_owned),
            images: images.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            ..settings.openedx
        }
    }

    #[test]
    fn an_image_is_pinned_replaced_or_pulled_from_elsewhere() {
        let plain = wanted(None, &[]);
        assert_eq!(pinned("docker.io/caddy:2.11", &plain), "docker.io/caddy:2.11");
        let digest = wanted(None, &[("openedx", "sha256:abc")]);
        let pin = "docker.io/overhangio/openedx:22@sha256:abc";
        assert_eq!(pinned("docker.io/overhangio/openedx:22", &digest), pin);
        assert_eq!(
            pinned("docker.io/overhangio/openedx-mfe:22", &digest),
            "docker.io/overhangio/openedx-mfe:22"
        );
        let cache =
            wanted(Some("1.dkr.ecr.eu-west-1.amazonaws.com/hub"), &[("mongo", "mine/mongo:7")]);
        let from_cache = "1.dkr.ecr.eu-west-1.amazonaws.com/hub/library/caddy:2.11";
        assert_eq!(pinned("docker.io/caddy:2.11", &cache), from_cache);
        assert_eq!(pinned("docker.io/mongo:7.0", &cache), "mine/mongo:7");
        assert!(pinned("overhangio/openedx:1", &cache).ends_with("/hub/overhangio/openedx:1"));
    }
}
