//! Nodes: one for every instance of the node groups, drained before their group goes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{key_of, owned_by_daemon};
use crate::kubernetes::json::{flag, list, map, name, namespace, number, set, stamp, text};
use crate::kubernetes::names::amount;
use crate::kubernetes::scene::Scene;
use crate::kubernetes::selector::matches;
use crate::world::{Thing, World};

/// Pods on a node, for most of EKS's instance types.
const MOST_PODS: usize = 58;

/// An instance that has joined, or will have.
struct Joined<'a> {
    instance: &'a Thing,
    group: &'a Thing,
    at: f64,
}

fn joined<'a>(world: &'a World, cluster: &str) -> Vec<Joined<'a>> {
    let id = format!("eks_cluster/{cluster}");
    let mut found = Vec::new();
    for group in world.of_kind("eks_nodegroup").filter(|group| group.refs.contains(&id)) {
        let scalers = world.children(&group.id).filter(|child| child.kind == "auto_scaling_group");
        for instance in scalers.flat_map(|scaler| world.children(&scaler.id)) {
            if instance.kind != "instance" || group.failure.is_some() {
                continue;
            }
            // The first nodes make the group active; later ones take about a minute.
            let late = instance.created > group.created + 1.0;
            let at = if late { instance.created + 55.0 * world.pace } else { group.ready };
            found.push(Joined { instance, group, at });
        }
    }
    found
}

/// The next moment when AWS has something new for the cluster.
pub fn milestone(scene: &Scene<'_>, after: f64, until: f64) -> Option<f64> {
    let id = format!("eks_cluster/{}", scene.cluster.name);
    let addons = scene.world.children(&id).filter(|child| child.kind == "eks_addon");
    let addons = addons.map(|addon| addon.ready);
    let nodes = joined(scene.world, &scene.cluster.name).into_iter().map(|one| one.at);
    let due = addons.chain(nodes).filter(|at| *at > after && *at <= until);
    due.min_by(f64::total_cmp)
}

/// Makes nodes of instances that have joined and forgets those whose instance is gone.
pub fn sync(scene: &mut Scene<'_>) {
    let now = scene.now;
    let all = joined(scene.world, &scene.cluster.name);
    let there: BTreeMap<&str, &str> = scene
        .cluster
        .list("nodes", None)
        .map(|node| (name(node), text(node, "/spec/providerID")))
        .collect();
    let alive: BTreeSet<&str> = all.iter().map(|one| one.instance.id.as_str()).collect();
    let lost = there.iter().filter(|(_, provider)| {
        let id = provider.rsplit('/').next().unwrap_or_default();
        !id.is_empty() && !alive.contains(id)
    });
    let lost: Vec<String> = lost.map(|(node, _)| (*node).to_owned()).collect();
    let (mut fresh, mut leaving) = (Vec::new(), Vec::new());
    for one in all.iter().filter(|one| one.at <= now) {
        let host = one.instance.text("privateDnsName");
        if !there.contains_key(host) {
            fresh.push(node(&scene.cluster.region, one));
        } else if one.group.gone.is_some() {
            leaving.push(host.to_owned());
        }
    }
    lost.iter().for_each(|node| forget(scene, node));
    fresh.into_iter().for_each(|node| drop(scene.make(node)));
    leaving.iter().for_each(|node| cordon(scene, node));
}

fn forget(scene: &mut Scene<'_>, node: &str) {
    scene.erase(&format!("nodes//{node}"));
    scene.cluster.images.retain(|image, _| !image.starts_with(&format!("{node} ")));
    for pod in pods_on(scene, node) {
        scene.erase(&key_of(&pod));
    }
}

fn pods_on(scene: &Scene<'_>, node: &str) -> Vec<Value> {
    let here = |pod: &&Value| text(pod, "/spec/nodeName") == node;
    scene.cluster.list("pods", None).filter(here).cloned().collect()
}

fn cordon(scene: &mut Scene<'_>, node: &str) {
    scene.change(&format!("nodes//{node}"), |node| {
        if !flag(node, "/spec/unschedulable") {
            set(node, "/spec/unschedulable", true);
            set(
                node,
                "/spec/taints",
                json!([{"key": "node.kubernetes.io/unschedulable",
                "effect": "NoSchedule"}]),
            );
        }
    });
}

/// A node that is going away evicts its pods, as far as disruption budgets let it.
pub fn look(scene: &mut Scene<'_>, key: &str, node: &Value) {
    let leaving = joined(scene.world, &scene.cluster.name)
        .iter()
        .any(|one| one.instance.text("privateDnsName") == name(node) && one.group.gone.is_some());
    if !leaving {
        return;
    }
    let mut left = 0;
    for pod in pods_on(scene, name(node)) {
        if owned_by_daemon(&pod) || crate::kubernetes::json::dying(&pod) {
            continue;
        }
        left += 1;
        if guarded(scene, &pod) {
            continue;
        }
        scene.delete(&key_of(&pod));
    }
    if left > 0 {
        let later = scene.now + 5.0;
        scene.cluster.wake(key, later);
    }
}

fn guarded(scene: &mut Scene<'_>, pod: &Value) -> bool {
    let labels = pod.pointer("/metadata/labels").unwrap_or(&Value::Null);
    let space = namespace(pod);
    let guards: Vec<Value> =
        scene.cluster.list("poddisruptionbudgets", Some(space)).cloned().collect();
    for guard in guards {
        if matches(guard.pointer("/spec/selector").unwrap_or(&Value::Null), labels) {
            let left = number(&guard, "/status/disruptionsAllowed").unwrap_or(0);
            if left < 1 {
                return true;
            }
            scene.change(&key_of(&guard), |guard| {
                set(guard, "/status/disruptionsAllowed", left - 1);
            });
        }
    }
    false
}

/// vCPUs and MiB of an instance type.
fn size(kind: &str) -> (i64, i64, String) {
    let rows = include_str!("../../services/ec2/instance_types.csv").lines();
    let row = rows.map(|line| line.split(',').collect::<Vec<_>>()).find(|row| row[0] == kind);
    let cell = |at: usize| row.as_ref().and_then(|row| row.get(at).copied()).unwrap_or_default();
    let arch = if cell(3) == "arm64" { "arm64" } else { "amd64" };
    (cell(1).parse().unwrap_or(2), cell(2).parse().unwrap_or(4096), arch.to_owned())
}

fn node(region: &str, one: &Joined<'_>) -> Value {
    let Joined { instance, group, at } = one;
    let kind = instance.text("instanceType");
    let (cpus, memory, arch) = size(kind);
    let zone = instance.attrs.get("placement").map(|place| text(place, "/availabilityZone"));
    let (zone, host) = (zone.unwrap_or_default(), instance.text("privateDnsName"));
    let mut labels: Map<String, Value> = [
        ("beta.kubernetes.io/arch", arch.as_str()),
        ("beta.kubernetes.io/os", "linux"),
        ("eks.amazonaws.com/capacityType", group.text("capacityType")),
        ("eks.amazonaws.com/nodegroup", group.text("nodegroupName")),
        ("kubernetes.io/arch", &arch),
        ("kubernetes.io/hostname", host),
        ("kubernetes.io/os", "linux"),
        ("node.kubernetes.io/instance-type", kind),
        ("topology.ebs.csi.aws.com/zone", zone),
        ("topology.kubernetes.io/region", region),
        ("topology.kubernetes.io/zone", zone),
    ]
    .iter()
    .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
    .collect();
    let own = Value::Object(group.attrs.clone());
    labels.extend(map(&own, "/labels").map(|(key, value)| (key.clone(), value.clone())));
    let taints: Vec<Value> = list(&own, "/taints").iter().map(taint).collect();
    let amounts = |cpu: String, memory: i64| {
        json!({"cpu": cpu, "memory": format!("{memory}Mi"), "pods": MOST_PODS.to_string(),
            "ephemeral-storage": "20Gi"})
    };
    // What kubelet and system keep for themselves, about as EKS's AMIs reckon.
    let kept = 255 + 11 * 29 + 100;
    let time = stamp(*at);
    let condition = |kind: &str, truth: &str, reason: &str| {
        json!({"type": kind, "status": truth, "reason": reason, "lastHeartbeatTime": time,
            "lastTransitionTime": time})
    };
    json!({"kind": "Node", "metadata": {"name": host, "labels": labels},
        "spec": {"providerID": format!("aws:///{zone}/{}", instance.id), "taints": taints},
        "status": {
            "capacity": amounts(cpus.to_string(), memory),
            "allocatable": amounts(format!("{}m", cpus * 1000 - 70), memory - kept),
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                condition("Ready", "True", "KubeletReady")],
            "addresses": [{"type": "InternalIP", "address": instance.text("privateIpAddress")},
                {"type": "InternalDNS", "address": host}, {"type": "Hostname", "address": host}],
            "nodeInfo": {"kubeletVersion": format!("v{}.1-eks", group.text("version")),
                "osImage": "none (sandbox)", "kernelVersion": "none", "architecture": arch,
                "operatingSystem": "linux", "containerRuntimeVersion": "none://0",
                "machineID": instance.id, "systemUUID": instance.id, "bootID": instance.id,
                "kubeProxyVersion": ""}}})
}

/// EKS spells effects in capitals, Kubernetes does not.
fn taint(given: &Value) -> Value {
    let effect = match text(given, "/effect") {
        "NO_SCHEDULE" => "NoSchedule",
        "NO_EXECUTE" => "NoExecute",
        _ => "PreferNoSchedule",
    };
    json!({"key": given["key"], "value": given["value"], "effect": effect})
}

/// What pods take of their nodes: CPU, memory, places.
pub fn taken<'a>(scene: &'a Scene<'_>) -> BTreeMap<&'a str, (f64, f64, usize)> {
    let mut taken: BTreeMap<&str, (f64, f64, usize)> = BTreeMap::new();
    for pod in scene.cluster.list("pods", None).filter(|pod| !super::pods::over(pod)) {
        let (cpus, bytes) = super::scheduler::requests(pod);
        let (cpu, memory, count) = taken.entry(text(pod, "/spec/nodeName")).or_default();
        *cpu += cpus;
        *memory += bytes;
        *count += 1;
    }
    taken
}

/// What is left of a node for pods: CPU, memory, places.
pub fn room(node: &Value, taken: Option<&(f64, f64, usize)>) -> (f64, f64, usize) {
    let of = |pointer: &str| node.pointer(pointer).and_then(amount).unwrap_or(0.0);
    let (cpu, memory) = (of("/status/allocatable/cpu"), of("/status/allocatable/memory"));
    let (cpus, bytes, count) = taken.copied().unwrap_or_default();
    (cpu - cpus, memory - bytes, MOST_PODS.saturating_sub(count))
}
