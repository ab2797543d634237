//! Every name that a stack gives its resources fits AWS's limits, whatever the stack is called.

use std::collections::BTreeMap;

use edxaws::graph::Graph;
use edxaws::profile::{self, CacheMode, MongodbMode, Settings};
use edxaws::stack::{Surroundings, build};
use proptest::prelude::*;

/// The longest name that AWS takes, by kind and field.
const LIMITS: &[(&str, &str, usize)] = &[
    ("alarm", "name", 255),
    ("backup_plan", "name", 50),
    ("backup_selection", "name", 50),
    ("backup_vault", "name", 50),
    ("bucket", "name", 63),
    ("budget", "name", 100),
    ("cache_parameter_group", "name", 255),
    ("cache_subnet_group", "name", 255),
    ("db_instance", "id", 63),
    ("db_parameter_group", "name", 255),
    ("db_subnet_group", "name", 255),
    ("docdb_cluster", "id", 63),
    ("docdb_instance", "id", 63),
    ("eks_cluster", "name", 100),
    ("eks_nodegroup", "name", 63),
    ("launch_template", "name", 128),
    ("load_balancer", "name", 32),
    ("log_group", "name", 512),
    ("origin_access_control", "name", 64),
    ("replication_group", "id", 40),
    ("repository", "name", 256),
    ("role", "name", 64),
    ("role_policy", "name", 128),
    ("secret", "name", 512),
    ("security_group", "name", 255),
    ("smtp_user", "name", 64),
    ("target_group", "name", 32),
    ("topic", "name", 256),
];

fn place() -> Surroundings {
    Surroundings {
        account: "123456789012".to_owned(),
        region: "ap-southeast-7".to_owned(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/test".to_owned(),
        zones: ["a", "b", "c"].map(|letter| format!("ap-southeast-7{letter}")).to_vec(),
        kubernetes_version: "1.35".to_owned(),
        rendered: BTreeMap::new(),
    }
}

/// The largest stack of that name, with platforms and node groups of those names.
fn largest(stack: &str, part: &str) -> Result<Settings, String> {
    let text = format!(
        "extends = \"prod\"\nstack = \"{stack}\"\n[platforms.{part}]\nlms_host = \"{part}.edx.example.org\"\n\
         [cluster.node_groups.{part}]\ncapacity = \"spot\"\ninstance_types = [\"m7i.large\"]\nmin = 1\n\
         desired = 1\nmax = 2\ndisk_gib = 20\n"
    );
    let mut settings = profile::from_text("any.toml", &text).map_err(|e| e.to_string())?.settings;
    settings.edge.cdn = true;
    settings.mail.ses = true;
    settings.registry.ecr = true;
    settings.cache.mode = CacheMode::Managed;
    settings.mongodb.mode = MongodbMode::Documentdb;
    Ok(settings)
}

fn graph(stack: &str, part: &str) -> Result<Graph, String> {
    build(&largest(stack, part)?, &place()).map_err(|error| error.to_string())
}

fn name_of_field(kind: &str) -> Option<&'static (&'static str, &'static str, usize)> {
    LIMITS.iter().find(|(name, ..)| *name == kind)
}

/// What two resources of one kind may share: a name is unique where AWS wants it to be.
fn check(graph: &Graph) -> Result<(), TestCaseError> {
    let mut taken: BTreeMap<(String, String), String> = BTreeMap::new();
    for node in graph.nodes() {
        let kind = node.address.kind();
        let Some((_, field, limit)) = name_of_field(kind) else { continue };
        let name = node.desired[*field].as_str().unwrap_or_else(|| panic!("{kind} has no {field}"));
        let length = name.chars().count();
        prop_assert!(
            (1..=*limit).contains(&length),
            "{}: `{name}` has {length}, not {limit}",
            node.address
        );
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=,@".contains(c);
        prop_assert!(name.chars().all(plain), "{}: `{name}`", node.address);
        if !["role_policy", "eks_nodegroup"].contains(&kind) {
            let other = taken.insert((kind.to_owned(), name.to_owned()), node.address.to_string());
            prop_assert!(other.is_none(), "{} and {other:?} are both `{name}`", node.address);
        }
    }
    Ok(())
}

/// A kind that AWS wants a name for, and whose limit nobody wrote down, is noticed.
#[test]
fn every_kind_with_a_name_has_a_limit() {
    let graph = graph("prod", "main").unwrap();
    for node in graph.nodes() {
        let named = node.desired.get("name").is_some_and(serde_json::Value::is_string);
        let listed = name_of_field(node.address.kind()).is_some();
        let free =
            ["record_set", "hosted_zone", "eks_addon", "eks_addon_check", "service_linked_role"];
        let outside = node.address.kind().starts_with("kubernetes_");
        let others = free.contains(&node.address.kind()) || outside;
        assert!(!named || listed || others, "no limit for the name of `{}`", node.address);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_fit_whatever_the_stack_is_called(
        stack in "[a-z][a-z0-9-]{0,24}",
        part in "[a-z][a-z0-9]{0,20}",
    ) {
        match graph(&stack, &part) {
            Ok(graph) => check(&graph)?,
            // What does not fit is refused with the profile, before anything is made.
            Err(refused) => prop_assert!(refused.contains("any.toml:"), "{refused}"),
        }
    }
}

/// The longest names that a profile may have at all are among those that fit.
#[test]
fn the_longest_stack_name_fits() {
    let longest = (1..40).rev().find(|length| graph(&"s".repeat(*length), "p").is_ok()).unwrap();
    assert!(longest >= 10, "at most {longest} characters?");
    check(&graph(&"s".repeat(longest), "p").unwrap()).unwrap();
    let part = (1..40).rev().find(|length| graph("st", &"p".repeat(*length)).is_ok()).unwrap();
    check(&graph("st", &"p".repeat(part)).unwrap()).unwrap();
}
