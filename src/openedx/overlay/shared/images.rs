//! Images fetched before anyone needs them: each node pulls what its pods will run as soon as it joins,
//! which is minutes before the databases are made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::{WEB, images, pod, security};
use crate::kubernetes::UNAWAITED;
use crate::openedx::Rendered;
use crate::profile::{OpenedxSettings, Settings};

const NAME: &str = "images";
/// Nothing in these pods can fail but the node itself, so nobody looks often.
const SELDOM: u32 = 600;

/// One pod on every node, for all platforms; none when nothing is known of any image.
pub fn object(settings: &Settings, platforms: &BTreeMap<String, Rendered>) -> Option<Value> {
    let wanted = wanted(&settings.openedx, platforms);
    let biggest = wanted.first()?;
    let pulled = wanted.iter().enumerate().map(|(number, image)| {
        let mut container = container(&format!("image-{number}"), image);
        container["command"] = json!(["true"]);
        container
    });
    let mut last = container(NAME, biggest);
    last["command"] = json!(["sleep", "2147483647"]);
    for probe in ["livenessProbe", "readinessProbe"] {
        last[probe] = json!({"exec": {"command": ["true"]}, "periodSeconds": SELDOM});
    }
    let mut spec = json!({
        "initContainers": pulled.collect::<Vec<_>>(),
        "containers": [last],
        // A shell's `sleep` takes no notice of being asked to end.
        "terminationGracePeriodSeconds": 1,
    });
    security::restrict(&mut spec, NAME);
    let labels = json!({"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "edxaws"});
    Some(json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": NAME,
            "namespace": WEB,
            "labels": labels,
            "annotations": {UNAWAITED: "it only makes others start sooner"},
        },
        "spec": {
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }))
}

fn container(name: &str, image: &str) -> Value {
    json!({
        "name": name,
        "image": image,
        "imagePullPolicy": "Always",
        "resources": {
            "requests": {"cpu": "5m", "memory": "16Mi"},
            "limits": {"cpu": "50m", "memory": "64Mi"},
        },
    })
}

/// Open edX's own image first: it holds more than all the others together, and the first Job needs
/// it. Of a plugin's image nobody knows whether it has a shell, and who names a secret for its
/// registry has that in another namespace.
fn wanted(openedx: &OpenedxSettings, platforms: &BTreeMap<String, Rendered>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for object in platforms.values().flat_map(|rendered| &rendered.objects) {
        let service = pod::name(object).trim_end_matches("-job");
        let spec = pod::spec(object).filter(|spec| spec.get("imagePullSecrets").is_none());
        for container in spec.into_iter().flat_map(pod::containers) {
            if security::is_known(service) {
                let image = images::pinned(pod::text(container, "/image"), openedx);
                found.insert((!service.starts_with("lms"), image));
            }
        }
    }
    let mut wanted: Vec<String> = Vec::new();
    for (_, image) in found {
        if !wanted.contains(&image) {
            wanted.push(image);
        }
    }
    wanted
}
