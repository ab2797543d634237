//! Whether what a shipped profile asks for finds room on the nodes that it starts with.

use edxaws::openedx::overlay::{Surface, room, shared};
use edxaws::profile::{NodeGroupSettings, Renderer, Settings};
use edxaws::stack::Surroundings;
use serde_json::Value;

use super::{SHIPPED, case, name, place, pod, settings};

/// Thousandths of a core, and MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Amount {
    cpu: u64,
    memory: u64,
}

/// What a node leaves to pods once EKS and the kubelet have their share: 4 % of one core and 255 MiB
/// and 11 MiB a pod, and a little for what runs on every node: network, proxy, identity, storage.
fn left_on(kind: &str) -> Amount {
    let (cpu, memory, pods) = match kind.split_once('.').unwrap().1 {
        "large" => (2000, 8192, 29),
        "xlarge" => (4000, 16384, 58),
        other => panic!("no {other} is known"),
    };
    // The machine's own firmware and kernel take about 4 % of the memory.
    let kubelet = Amount { cpu: 80, memory: 255 + 11 * pods + 100 + memory / 25 };
    let everywhere = Amount { cpu: 200, memory: 300 };
    Amount {
        cpu: cpu - kubelet.cpu - everywhere.cpu,
        memory: memory - kubelet.memory - everywhere.memory,
    }
}

fn cpu(text: &str) -> u64 {
    match text.strip_suffix('m') {
        Some(thousandths) => thousandths.parse().unwrap(),
        None => (text.parse::<f64>().unwrap() * 1000.0) as u64,
    }
}

fn memory(text: &str) -> u64 {
    match text.strip_suffix("Gi") {
        Some(gib) => gib.parse::<u64>().unwrap() * 1024,
        None => text.strip_suffix("Mi").unwrap().parse().unwrap(),
    }
}

/// The containers that run together, or the one that runs before them and asks for more.
fn asked(pod: &Value) -> Amount {
    let of = |what: &str, number: fn(&str) -> u64| -> u64 {
        let ask = |one: &Value| number(one["resources"]["requests"][what].as_str().unwrap());
        let list = |name: &str| pod[name].as_array().into_iter().flatten().map(ask);
        list("containers").sum::<u64>().max(list("initContainers").max().unwrap_or_default())
    };
    Amount { cpu: of("cpu", cpu), memory: of("memory", memory) }
}

/// DNS, metrics and the storage driver's controller, as their add-ons ask.
const ADDONS: &[(u64, Amount)] = &[
    (2, Amount { cpu: 100, memory: 70 }),
    (2, Amount { cpu: 100, memory: 200 }),
    (2, Amount { cpu: 60, memory: 240 }),
];

/// Every pod there is at the start, one more of each that rolls, and a Job.
fn pods(settings: &Settings, place: &Surroundings) -> Vec<Amount> {
    let mut all: Vec<Amount> =
        ADDONS.iter().flat_map(|(count, one)| vec![*one; *count as usize]).collect();
    let surface = Surface { cluster: "x", region: "x", version: "1.35" };
    let common = shared(settings, surface, &place.rendered);
    let case = case(settings.clone());
    let objects = common.autoscaler.iter().chain(&common.web).chain(&case.overlay.objects);
    let mut largest = Amount { cpu: 0, memory: 0 };
    for object in objects {
        let Some(pod) = pod(object) else { continue };
        let count = room(&settings.openedx, None, name(object)).min;
        let one = asked(pod);
        all.extend(vec![one; count as usize]);
        if one.memory > largest.memory {
            largest = one;
        }
    }
    let jobs = case.overlay.jobs.iter().map(|job| asked(pod(&job.job).unwrap()));
    all.push(jobs.max_by_key(|job| job.memory).unwrap());
    all.push(largest);
    all
}

/// Largest first, each where it fits: what the scheduler does no worse.
fn fits(mut nodes: Vec<Amount>, mut pods: Vec<Amount>) -> Result<(), Amount> {
    pods.sort_by_key(|pod| std::cmp::Reverse((pod.memory, pod.cpu)));
    for pod in pods {
        let node = nodes.iter_mut().find(|node| node.cpu >= pod.cpu && node.memory >= pod.memory);
        let node = node.ok_or(pod)?;
        node.cpu -= pod.cpu;
        node.memory -= pod.memory;
    }
    Ok(())
}

/// What each has left beside the pod that fetches images.
fn nodes(settings: &Settings, count: fn(&NodeGroupSettings) -> u32) -> Vec<Amount> {
    let surface = Surface { cluster: "x", region: "x", version: "1.35" };
    let images = shared(settings, surface, &place(settings).rendered).images.unwrap();
    let fetching = asked(pod(&images).unwrap());
    let groups = settings.cluster.node_groups.values();
    let of = |group: &NodeGroupSettings| {
        let kinds = group.instance_types.iter().map(|kind| left_on(kind));
        let mut least = kinds.min_by_key(|left| left.memory).unwrap();
        least.cpu -= fetching.cpu;
        least.memory -= fetching.memory;
        vec![least; count(group) as usize]
    };
    groups.flat_map(of).collect()
}

#[test]
fn everything_is_scheduled_on_the_first_nodes() {
    for profile in SHIPPED {
        let settings = settings(profile, Renderer::Builtin);
        let pods = pods(&settings, &place(&settings));
        let nodes = nodes(&settings, |group| group.desired);
        assert_eq!(fits(nodes, pods), Ok(()), "{profile}");
    }
}

#[test]
fn the_most_pods_find_room_on_the_most_nodes() {
    for profile in SHIPPED {
        let settings = settings(profile, Renderer::Builtin);
        let mut pods = pods(&settings, &place(&settings));
        for (_, deployment) in case(settings.clone()).of_kind("Deployment") {
            let room = room(&settings.openedx, None, name(&deployment));
            pods.extend(vec![asked(pod(&deployment).unwrap()); (room.max - room.min) as usize]);
        }
        let nodes = nodes(&settings, |group| group.max);
        assert_eq!(fits(nodes, pods), Ok(()), "{profile}");
    }
}
