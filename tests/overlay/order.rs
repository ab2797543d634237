//! The platform in the stack's graph: what comes before what, and that nothing waits in vain.

use std::collections::BTreeSet;

use edxaws::address::Address;
use edxaws::graph::Graph;
use edxaws::profile::Renderer;
use edxaws::stack;
use edxaws::stack::platform::owns;

use super::{SHIPPED, place, settings};

fn graph(profile: &str) -> Graph {
    let settings = settings(profile, Renderer::Builtin);
    stack::build(&settings, &place(&settings)).unwrap()
}

/// Everything that must be ready before a node, however far away.
fn before(graph: &Graph, address: &Address) -> BTreeSet<Address> {
    let (mut all, mut open) = (BTreeSet::new(), vec![address.clone()]);
    while let Some(one) = open.pop() {
        for need in &graph.get(&one).unwrap().needs {
            if all.insert(need.clone()) {
                open.push(need.clone());
            }
        }
    }
    all
}

fn starting<'a>(graph: &'a Graph, text: &str) -> Vec<&'a Address> {
    let all: Vec<_> = graph
        .nodes()
        .map(|node| &node.address)
        .filter(|one| one.as_str().starts_with(text))
        .collect();
    assert!(!all.is_empty(), "nothing is called {text}");
    all
}

fn one<'a>(graph: &'a Graph, text: &str) -> &'a Address {
    let all = starting(graph, text);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0]
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn every_profile_has_an_order() {
    for profile in SHIPPED {
        let graph = graph(profile);
        graph.order().unwrap();
        let addresses: Vec<_> = graph
            .nodes()
            .map(|node| node.address.name())
            .filter(|name| name.contains('.'))
            .collect();
        assert!(addresses.is_empty(), "{addresses:?}");
    }
}

#[test]
fn each_thing_waits_for_what_it_needs() {
    let graph = graph("prod");
    let chain = [
        ("kubernetes_object.main-namespace", "eks_access_entry."),
        ("kubernetes_object.main-serviceaccount-openedx", "kubernetes_object.main-namespace"),
        ("kubernetes_object.main-secret-openedx-config", "db_instance.mysql"),
        ("kubernetes_object.main-secret-openedx-settings-lms", "replication_group.main"),
        (
            "kubernetes_object.main-persistentvolumeclaim-mongodb",
            "kubernetes_object.cluster-storageclass",
        ),
        ("kubernetes_object.main-persistentvolumeclaim-mongodb", "eks_addon.aws-ebs-csi-driver"),
        (
            "kubernetes_workload.main-mongodb",
            "kubernetes_object.main-persistentvolumeclaim-mongodb",
        ),
        ("kubernetes_workload.main-mongodb", "eks_addon.coredns"),
        ("kubernetes_job.main-mysql-1-", "db_instance.mysql"),
        ("kubernetes_job.main-mysql-1-", "eks_nodegroup.workers"),
        ("kubernetes_job.main-lms-2-", "kubernetes_job.main-mysql-1-"),
        ("kubernetes_job.main-lms-2-", "kubernetes_workload.main-meilisearch"),
        ("kubernetes_job.main-lms-3-", "kubernetes_workload.main-mongodb"),
        ("kubernetes_job.main-lms-3-", "kubernetes_job.main-lms-2-"),
        ("kubernetes_job.main-cms-4-", "kubernetes_job.main-lms-3-"),
        ("kubernetes_workload.main-lms-worker", "kubernetes_job.main-lms-6-"),
        ("kubernetes_workload.main-cms", "eks_pod_identity.openedx-main"),
        ("kubernetes_workload.main-caddy", "kubernetes_job.main-lms-6-"),
        ("kubernetes_object.main-horizontalpodautoscaler-mfe", "kubernetes_workload.main-mfe"),
        ("kubernetes_workload.cluster-web", "kubernetes_object.cluster-service-web"),
        ("kubernetes_workload.cluster-cluster-autoscaler", "eks_pod_identity.autoscaler"),
        ("https_check.main", "kubernetes_workload.main-caddy"),
        ("https_check.main", "kubernetes_workload.cluster-web"),
        ("https_check.main", "certificate_validation."),
        ("https_check.main", "record_set.hosts"),
        ("https_check.main", "target_group_attachment.workers"),
    ];
    for (later, earlier) in chain {
        let later = starting(&graph, later)[0];
        assert!(before(&graph, later).contains(one(&graph, earlier)), "{later} after {earlier}");
    }
    // The check is the platform's last.
    let last = before(&graph, &address("https_check.main"));
    let workloads = starting(&graph, "kubernetes_workload.main-");
    assert!(workloads.into_iter().all(|one| last.contains(one)));
}

#[test]
fn texts_do_not_wait_for_nodes() {
    let graph = graph("prod");
    let addresses = starting(&graph, "kubernetes_object.main-");
    let ground = ["namespace", "service-", "secret-", "configmap-", "serviceaccount-"];
    let early =
        |one: &&&Address| ground.iter().any(|kind| one.name().starts_with(&format!("main-{kind}")));
    for one in addresses.iter().filter(early) {
        let slow = before(&graph, one).into_iter().find(|need| need.kind() == "eks_nodegroup");
        assert_eq!(slow, None, "{one}");
    }
}

#[test]
fn what_is_filled_in_has_a_source() {
    for profile in SHIPPED {
        let graph = graph(profile);
        for node in graph.nodes().filter(|node| node.address.kind().starts_with("kubernetes_")) {
            let body = node.desired.get("body").map(ToString::to_string).unwrap_or_default();
            let fills = node.desired.get("fills").and_then(|fills| fills.as_object());
            for name in edxaws::openedx::values::tokens_in(&body) {
                assert!(
                    fills.is_some_and(|fills| fills.contains_key(&name)),
                    "{} {name}",
                    node.address
                );
            }
        }
    }
}

#[test]
fn what_belongs_to_one_platform_stands_under_nothing_else() {
    let mut settings = settings("sandbox", Renderer::Builtin);
    let mut second = settings.platforms["demo"].clone();
    second.lms_host = "two.edx.sandbox.test".to_owned();
    settings.platforms.insert("demo-two".to_owned(), second);
    let graph = stack::build(&settings, &place(&settings)).unwrap();
    let of = |platform: &str| -> BTreeSet<Address> {
        let owned = graph.nodes().filter(|node| owns(platform, &node.address, &node.desired));
        owned.map(|node| node.address.clone()).collect()
    };
    let (one, two) = (of("demo"), of("demo-two"));
    assert_eq!(one.len(), two.len(), "alike platforms have alike parts");
    assert!(one.is_disjoint(&two));
    for owned in [&one, &two] {
        for node in graph.nodes().filter(|node| !owned.contains(&node.address)) {
            let stands_on = node.needs.iter().find(|need| owned.contains(*need));
            assert_eq!(stands_on, None, "{}", node.address);
        }
    }
    assert!(one.len() > 40, "{}", one.len());
}
