//! What plain renderers make and what is applied in the end, in files: `.ci/tutor.sh` shows them to
//! Kubernetes's schemas, `.ci/checkov.sh` to checkov.

use std::fs;
use std::path::Path;

use edxaws::openedx::overlay::{Surface, shared};
use edxaws::profile::Renderer;
use serde_json::Value;

use super::{Case, case, containers, place, pod, settings};

/// As a platform is meant to run: every image by the digest of what somebody looked at.
#[test]
#[ignore = "needs Python, and the network once"]
fn every_image_of_tutors_production_can_be_pinned() {
    let mut settings = settings("prod", Renderer::Tutor);
    for image in images(&whole(&case(settings.clone()))) {
        let name = image.rsplit('/').next().unwrap().split([':', '@']).next().unwrap();
        let digest = format!("sha256:{}", "0".repeat(64));
        settings.openedx.images.insert(name.to_owned(), digest);
    }
    let pinned = case(settings);
    for image in images(&whole(&pinned)) {
        assert!(image.contains("@sha256:"), "{image}");
    }
    keep("pinned", &pinned);
}

fn images(objects: &[Value]) -> Vec<String> {
    let all = objects.iter().filter_map(pod).flat_map(containers);
    all.filter_map(|one| Some(one["image"].as_str()?.to_owned())).collect()
}

/// `NAME-plain.yml` and `NAME-applied.yml` in the folder `manifests`.
pub fn keep(name: &str, case: &Case) {
    write(&format!("{name}-plain"), &case.rendered.objects);
    write(&format!("{name}-applied"), &whole(case));
}

/// With what all platforms of a cluster share.
fn whole(case: &Case) -> Vec<Value> {
    let place = place(&case.settings);
    let (region, version) = (&place.region, &place.kubernetes_version);
    let surface = Surface { cluster: "edx", region, version };
    let shared = shared(&case.settings, surface, &place.rendered);
    let mut all = vec![shared.storage_class];
    all.extend(shared.autoscaler);
    all.extend(shared.web);
    all.extend(shared.images);
    all.extend(case.applied());
    all
}

fn write(name: &str, objects: &[Value]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifests");
    fs::create_dir_all(&folder).unwrap();
    let texts: Vec<String> =
        objects.iter().map(|object| serde_json::to_string_pretty(object).unwrap()).collect();
    fs::write(folder.join(format!("{name}.yml")), texts.join("\n---\n")).unwrap();
}
