//! What a container may do: as little as it can run with.

use serde_json::{Value, json};

use super::pod;

/// What is known about an image.
struct Stance {
    /// Names of services that run it.
    services: &'static [&'static str],
    /// Who it runs as, unless the rendered pod says so.
    user: u32,
    /// Folders it writes to beside its volumes; the rest is read-only. `None`: it writes where it
    /// likes.
    writes: Option<&'static [&'static str]>,
    capabilities: &'static [&'static str],
}

/// Where the image does not care: a number that no user of a node has.
const NOBODYS: u32 = 10_001;

/// Services that are not here come from plugins; nobody knows whether their images can do without
/// root, so they lose only what no image needs.
const STANCES: &[Stance] = &[
    // Plugins and Django itself write beside their code.
    Stance {
        services: &["lms", "cms", "lms-worker", "cms-worker"],
        user: 1000,
        writes: None,
        capabilities: &[],
    },
    // The binary in Caddy's image carries this capability: without it, it does not even start.
    Stance {
        services: &["caddy", "mfe", "web"],
        user: NOBODYS,
        writes: Some(&["/config", "/data", "/tmp"]),
        capabilities: &["NET_BIND_SERVICE"],
    },
    Stance { services: &["meilisearch"], user: 1000, writes: Some(&["/tmp"]), capabilities: &[] },
    Stance {
        services: &["mongodb"],
        user: 999,
        writes: Some(&["/data/configdb", "/tmp"]),
        capabilities: &[],
    },
    Stance { services: &["redis"], user: 1000, writes: Some(&["/tmp"]), capabilities: &[] },
    // The client of the server, nothing else.
    Stance { services: &["mysql"], user: NOBODYS, writes: Some(&["/tmp"]), capabilities: &[] },
    // It keeps its spool and its logs beside its programs.
    Stance { services: &["smtp"], user: 100, writes: None, capabilities: &[] },
    Stance {
        services: &["cluster-autoscaler"],
        user: 65534,
        writes: Some(&["/tmp"]),
        capabilities: &[],
    },
    // Whatever image it is, it only starts and sleeps.
    Stance { services: &["images"], user: NOBODYS, writes: Some(&[]), capabilities: &[] },
];

fn stance(service: &str) -> Option<&'static Stance> {
    STANCES.iter().find(|stance| stance.services.contains(&service))
}

/// Whether it is known what the image of a service holds.
pub fn is_known(service: &str) -> bool {
    stance(service).is_some()
}

/// Restricts the pod of a service and its containers.
pub fn restrict(spec: &mut Value, service: &str) {
    let stance = stance(service);
    pod::default(spec, "securityContext", json!({}));
    spec["securityContext"]["seccompProfile"] = json!({"type": "RuntimeDefault"});
    pod::default(spec, "automountServiceAccountToken", false.into());
    if let Some(stance) = stance {
        let context = &mut spec["securityContext"];
        pod::default(context, "runAsUser", stance.user.into());
        pod::default(context, "runAsGroup", stance.user.into());
        context["runAsNonRoot"] = true.into();
        for (index, path) in stance.writes.into_iter().flatten().enumerate() {
            write_to(spec, &format!("edxaws-{index}"), path);
        }
    }
    pod::each_container(spec, |container| {
        pod::default(container, "securityContext", json!({}));
        let context = &mut container["securityContext"];
        context["allowPrivilegeEscalation"] = false.into();
        if let Some(stance) = stance {
            context["capabilities"] = match stance.capabilities {
                [] => json!({"drop": ["ALL"]}),
                add => json!({"drop": ["ALL"], "add": add}),
            };
            context["readOnlyRootFilesystem"] = stance.writes.is_some().into();
        }
    });
}

/// An empty folder of the pod's own, unless something is mounted there.
fn write_to(spec: &mut Value, volume: &str, path: &str) {
    let mut used = false;
    pod::each_container(spec, |container| {
        let taken = pod::items(container, "volumeMounts")
            .any(|mount| pod::text(mount, "/mountPath").trim_end_matches('/') == path);
        if !taken {
            pod::push(container, "volumeMounts", json!({"name": volume, "mountPath": path}));
            used = true;
        }
    });
    if used {
        pod::push(spec, "volumes", json!({"name": volume, "emptyDir": {"sizeLimit": "256Mi"}}));
    }
}
