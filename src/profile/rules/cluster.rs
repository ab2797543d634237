//! The cluster and its node groups: versions, who may come in, sizes, instance types.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::Concern;
use crate::profile::key_path::KeyPath;
use crate::profile::{NodeGroupSettings, Settings};

/// Minor versions of Kubernetes 1 that EKS may run. What it really offers is asked before the first
/// change; this catches the typing error.
const MINORS: std::ops::RangeInclusive<u32> = 32..=40;

/// What CloudWatch Logs takes as days of retention.
const RETENTIONS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

pub(super) fn version(settings: &Settings) -> Vec<Concern> {
    let Some(version) = &settings.cluster.version else { return Vec::new() };
    let minor = version.strip_prefix("1.").and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_some_and(|minor| MINORS.contains(&minor)) {
        return Vec::new();
    }
    let message = format!("EKS runs no Kubernetes `{version}`");
    let concern = Concern::at(KeyPath::of(["cluster", "version"]), message);
    vec![concern.hint("leave it out for the newest in standard support")]
}

pub(super) fn public_access(settings: &Settings) -> Vec<Concern> {
    let path = KeyPath::of(["cluster", "public_access_cidrs"]);
    let ranges = settings.cluster.public_access_cidrs.iter().enumerate();
    let concerns = ranges.filter_map(|(index, text)| {
        let path = path.index(index);
        match text.parse::<Ipv4Net>() {
            Err(_) => Some(
                Concern::at(path, format!("`{text}` is no IPv4 range"))
                    .hint("a single address is written with `/32`"),
            ),
            Ok(range) if range != range.trunc() => Some(
                Concern::at(path, format!("`{text}` does not start at its first address"))
                    .hint(format!("did you mean `{}`?", range.trunc())),
            ),
            Ok(range) if range.addr().is_private() => Some(
                Concern::at(path, format!("`{text}` is private, nobody comes from there"))
                    .hint("the VPC always has access; name the public addresses of people here"),
            ),
            Ok(_) => None,
        }
    });
    concerns.collect()
}

pub(super) fn log_retention(settings: &Settings) -> Vec<Concern> {
    let days = settings.cluster.log_retention_days;
    if RETENTIONS.contains(&days) {
        return Vec::new();
    }
    let near = RETENTIONS.into_iter().find(|allowed| *allowed > days).unwrap_or(3653);
    let path = KeyPath::of(["cluster", "log_retention_days"]);
    let concern = Concern::at(path, format!("AWS cannot keep logs for {days} days"));
    vec![concern.hint(format!("the next it can is {near}"))]
}

pub(super) fn admins(settings: &Settings) -> Vec<Concern> {
    let path = KeyPath::of(["cluster", "admins"]);
    let mut seen = BTreeSet::new();
    let concerns = settings.cluster.admins.iter().enumerate().filter_map(|(index, arn)| {
        let path = path.index(index);
        if !seen.insert(arn) {
            return Some(Concern::at(path, format!("`{arn}` is named twice")));
        }
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [arn_word, partition, service, _, account, resource] = parts.as_slice() else {
            return Some(not_an_admin(path, arn));
        };
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        match (*arn_word, *service, kind) {
            ("arn", "iam", "user" | "role") if is_account && !name.is_empty() => None,
            ("arn", "sts", "assumed-role") => {
                let role = name.split('/').next().unwrap_or_default();
                let message = format!("`{arn}` is a session, not a role");
                let hint = format!("did you mean `arn:{partition}:iam::{account}:role/{role}`?");
                Some(Concern::at(path, message).hint(hint))
            }
            _ => Some(not_an_admin(path, arn)),
        }
    });
    concerns.collect()
}

fn not_an_admin(path: KeyPath, arn: &str) -> Concern {
    Concern::at(path, format!("`{arn}` is no IAM user or role"))
        .hint("write its ARN, like `arn:aws:iam::123456789012:role/admin`")
}

fn groups(settings: &Settings) -> impl Iterator<Item = (KeyPath, &NodeGroupSettings)> {
    let table = KeyPath::of(["cluster", "node_groups"]);
    settings.cluster.node_groups.iter().map(move |(name, group)| (table.key(name), group))
}

/// `min` ≤ `desired` ≤ `max`.
pub(super) fn sizes(settings: &Settings) -> Vec<Concern> {
    let concerns = groups(settings).filter_map(|(path, group)| {
        let [min, desired, max] = ["min", "desired", "max"].map(|key| path.key(key));
        let NodeGroupSettings { min: least, desired: first, max: most, .. } = *group;
        if least > most {
            let message = format!("`{min}` is {least}, more than `max`, which is {most}");
            return Some(Concern::at(min, message).also(max));
        }
        let (bound, name) = match first {
            _ if first < least => (min, format!("less than `min`, which is {least}")),
            _ if first > most => (max, format!("more than `max`, which is {most}")),
            _ => return None,
        };
        let message = format!("`{desired}` is {first}, {name}");
        Some(Concern::at(desired, message).also(bound))
    });
    concerns.collect()
}

/// CoreDNS and the storage driver wait in vain for a cluster without a node.
pub(super) fn first_node(settings: &Settings) -> Vec<Concern> {
    if groups(settings).any(|(_, group)| group.desired > 0) {
        return Vec::new();
    }
    let path = KeyPath::of(["cluster", "node_groups"]);
    let concern = Concern::at_key(path, "no node group starts with a node");
    vec![concern.hint("set `desired = 1` or more in one of them")]
}

pub(super) fn instance_types(settings: &Settings) -> Vec<Concern> {
    groups(settings).flat_map(|(path, group)| types_of(&path, group)).collect()
}

fn types_of(path: &KeyPath, group: &NodeGroupSettings) -> Vec<Concern> {
    let path = path.key("instance_types");
    let mut concerns = Vec::new();
    let mut first: Option<(&str, Architecture)> = None;
    for (index, kind) in group.instance_types.iter().enumerate() {
        match (architecture(kind), first) {
            (None, _) => concerns.push(
                Concern::at(path.index(index), format!("`{kind}` is no instance type"))
                    .hint("write it like `m7i.large`"),
            ),
            (Some(own), Some((other, expected))) if own != expected => {
                let message = format!(
                    "`{kind}` is {}, `{other}` is {}: a node group has one architecture",
                    own.name(),
                    expected.name()
                );
                let hint = "make a second node group for the other architecture";
                concerns.push(Concern::at(path.index(index), message).hint(hint));
            }
            (Some(own), None) => first = Some((kind, own)),
            (Some(_), Some(_)) => {}
        }
    }
    concerns
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Architecture {
    Arm,
    X86,
}

impl Architecture {
    fn name(self) -> &'static str {
        match self {
            Self::Arm => "arm64",
            Self::X86 => "x86_64",
        }
    }
}

/// AWS's naming: after the generation, `g` stands for Graviton (`m7g`, `c7gn`); `a1` was the first.
fn architecture(kind: &str) -> Option<Architecture> {
    let (family, size) = kind.split_once('.')?;
    let plain = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let generation = family.find(|c: char| c.is_ascii_digit())?;
    if !plain(family) || !plain(size) || generation == 0 {
        return None;
    }
    let attributes = family[generation..].trim_start_matches(|c: char| c.is_ascii_digit());
    let arm = family == "a1" || attributes.starts_with('g');
    Some(if arm { Architecture::Arm } else { Architecture::X86 })
}
