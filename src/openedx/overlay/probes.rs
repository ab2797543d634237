//! When a container has started, may be sent requests, and is beyond hope.

use serde_json::{Map, Value, json};

use super::{Wishes, pod};

/// Redis's port as the kernel writes it, and the state of an open connection: a worker without one
/// gets no tasks.
const HAS_BROKER: &str = "grep -q ':18EB 01 ' /proc/net/tcp /proc/net/tcp6";

/// Probes of a service's container; what was rendered with some keeps them.
///
/// Only the start asks Django itself: its answer depends on MySQL and MongoDB, so later it would
/// take every pod out of service at once, just when the databases are busy.
pub fn add(container: &mut Value, service: &str, wishes: &Wishes<'_>) {
    let kept = ["startupProbe", "readinessProbe", "livenessProbe"];
    if kept.iter().any(|probe| container.get(probe).is_some()) {
        return;
    }
    let probes = match service {
        "lms" => django(&wishes.inputs.lms_host),
        "cms" => django(&wishes.inputs.cms_host),
        "lms-worker" | "cms-worker" => worker(),
        "meilisearch" => {
            let health = json!({"httpGet": {"path": "/health", "port": 7700}});
            of_store(&health)
        }
        _ => match container.pointer("/ports/0/containerPort").cloned() {
            Some(port) => of_store(&json!({"tcpSocket": {"port": port}})),
            // Nothing listens: all that can be known is that the process lives, which is known.
            None => return,
        },
    };
    pod::lay(container, probes);
}

fn probe(how: &Value, period: u32, failures: u32, timeout: u32) -> Value {
    let mut probe = how.clone();
    probe["periodSeconds"] = period.into();
    probe["failureThreshold"] = failures.into();
    probe["timeoutSeconds"] = timeout.into();
    probe
}

fn probes(startup: Value, readiness: Value, liveness: Value) -> Map<String, Value> {
    let named =
        [("startupProbe", startup), ("readinessProbe", readiness), ("livenessProbe", liveness)];
    named.into_iter().map(|(name, probe)| (name.to_owned(), probe)).collect()
}

/// A host that Django does not know gets a 400, whatever its state.
fn django(host: &str) -> Map<String, Value> {
    let heartbeat = json!({"httpGet": {
        "path": "/heartbeat",
        "port": 8000,
        "httpHeaders": [{"name": "Host", "value": host}],
    }});
    let listens = json!({"tcpSocket": {"port": 8000}});
    probes(probe(&heartbeat, 5, 84, 10), probe(&listens, 10, 3, 5), probe(&listens, 20, 6, 5))
}

/// `celery inspect ping` would start a whole Django each time. Half an hour without its broker is
/// more than any failover takes: then a connection is stuck.
fn worker() -> Map<String, Value> {
    let connected = json!({"exec": {"command": ["sh", "-c", HAS_BROKER]}});
    probes(probe(&connected, 5, 84, 5), probe(&connected, 30, 4, 5), probe(&connected, 60, 30, 5))
}

/// For what answers by itself.
pub fn of_store(how: &Value) -> Map<String, Value> {
    probes(probe(how, 3, 60, 5), probe(how, 10, 3, 5), probe(how, 20, 6, 5))
}
