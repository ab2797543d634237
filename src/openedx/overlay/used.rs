//! Which images the whole platform runs, and by which names the profile speaks of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{OverlayError, Surface, images, overlay, pod, shared};
use crate::openedx::{Rendered, inputs};
use crate::profile::{OpenedxSettings, Settings};

/// One image, under its name in `[openedx.images]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// The last part of the name it is rendered with.
    pub name: String,
    /// As it is pulled, without a digest.
    pub image: String,
    pub digest: Option<String>,
}

/// Every image of every platform and of what they share. The autoscaler's is made of the version of
/// Kubernetes, which the profile need not know.
pub fn used(
    settings: &Settings,
    rendered: &BTreeMap<String, Rendered>,
) -> Result<BTreeSet<Used>, OverlayError> {
    let rendered_as = as_rendered(settings);
    let mut objects = Vec::new();
    for (platform, rendered) in rendered {
        let Some(inputs) = inputs(&rendered_as, platform) else { continue };
        let overlay = overlay(rendered, &inputs, &rendered_as)?;
        objects.extend(overlay.objects);
        objects.extend(overlay.jobs.into_iter().map(|job| job.job));
    }
    let version = settings.cluster.version.as_deref();
    let surface = Surface { cluster: "", region: "", version: version.unwrap_or_default() };
    let shared = shared(&rendered_as, surface, rendered);
    objects.extend(shared.web);
    objects.extend(version.into_iter().flat_map(|_| shared.autoscaler.clone()));
    let specs = objects.iter().filter_map(pod::spec);
    let pulled = specs.flat_map(pod::containers).map(|container| pod::text(container, "/image"));
    let pulled = pulled.filter(|image| !image.is_empty());
    Ok(pulled.map(|image| one(image, &settings.openedx)).collect())
}

/// The same settings with every image as it is rendered: the profile's names are made of those.
fn as_rendered(settings: &Settings) -> Settings {
    let openedx =
        OpenedxSettings { registry: None, images: BTreeMap::new(), ..settings.openedx.clone() };
    Settings { openedx, ..settings.clone() }
}

fn one(rendered: &str, wanted: &OpenedxSettings) -> Used {
    let whole = images::pinned(rendered, wanted);
    let (image, digest) = match whole.split_once('@') {
        Some((image, digest)) => (image.to_owned(), Some(digest.to_owned())),
        None => (whole, None),
    };
    Used { name: images::last(rendered).to_owned(), image, digest }
}
