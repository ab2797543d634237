//! What a case is played on: a profile, whole or cut down to what a few kinds need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use edxaws::address::Address;
use edxaws::graph::Graph;
use edxaws::place as surroundings;
use edxaws::profile::{self, MongodbMode, Nat, Settings};
use edxaws::resources::KINDS;
use edxaws::stack::{self, Surroundings};
use futures_util::FutureExt;

/// The profiles: two as shipped, one that holds what neither of them has, and one with Open edX on
/// its cluster.
pub const PROFILES: [&str; 4] = ["dev", "prod", "wide", OPEN];
/// Those with nothing on their cluster.
pub const BARE: [&str; 3] = ["dev", "prod", "wide"];
pub const OPEN: &str = "open";
/// What only the last one has.
pub const ON_CLUSTER: [&str; 5] =
    ["kubernetes_object", "kubernetes_workload", "kubernetes_job", "https_check", "foreign_secret"];

/// A profile and the kinds it is cut down to; none is all of it.
#[derive(Debug, Clone)]
pub struct Ground {
    pub settings: Settings,
    kinds: Vec<String>,
    on_cluster: OnCluster,
}

/// Whether Open edX is part of it: three times the nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum OnCluster {
    Nothing,
    Platforms,
}

impl Ground {
    /// `dev/all`, or `prod/nat_gateway+alarm`: one object of each kind and all that these need.
    pub fn of(name: &str) -> Self {
        let (profile, kinds) = name.split_once('/').expect("profile/kinds");
        let kinds = match kinds {
            "all" => Vec::new(),
            some => some.split('+').map(str::to_owned).collect(),
        };
        let on_cluster = if profile == OPEN { OnCluster::Platforms } else { OnCluster::Nothing };
        Self { settings: settings(profile), kinds, on_cluster }
    }

    pub fn graph(&self, place: &Surroundings) -> Graph {
        let whole = self.whole(place);
        if self.kinds.is_empty() { whole } else { cut(&whole, &self.kinds) }
    }

    pub fn whole(&self, place: &Surroundings) -> Graph {
        let mut place = place.clone();
        if self.on_cluster == OnCluster::Platforms {
            // The builtin renderer waits for nothing.
            let rendered = surroundings::rendered(&self.settings, &|_| {}).now_or_never();
            place.rendered = rendered.expect("at once").expect("objects");
        }
        stack::build(&self.settings, &place).expect("a graph")
    }

    /// The same after a change of the profile: sizes, names and numbers, and now and then a part
    /// more or less.
    pub fn edited(&self, seed: u64) -> Self {
        let mut settings = self.settings.clone();
        let mut random = fastrand::Rng::with_seed(seed);
        settings.tags.insert("team".to_owned(), "courses".to_owned());
        if let (Some(group), true) =
            (settings.cluster.node_groups.values_mut().next(), seed.is_multiple_of(2))
        {
            group.disk_gib += 30;
        }
        for group in settings.cluster.node_groups.values_mut() {
            group.max += 1;
            if random.u8(..4) == 0 {
                group.instance_types = vec!["m6i.xlarge".to_owned()];
            }
        }
        settings.cluster.log_retention_days = 60;
        settings.mysql.backup_days = 7;
        settings.mysql.max_storage_gib += 10;
        settings.alerts.email = Some("others@example.org".to_owned());
        settings.budget.monthly_usd = settings.budget.monthly_usd.map(|usd| usd + 50);
        settings.storage.backups_days += 1;
        let setting = ("PLATFORM_NAME".to_owned(), "Courses for all".into());
        settings.openedx.settings.extend([setting]);
        if random.bool() {
            settings.network.nat = Nat::Single;
        }
        if random.bool() {
            settings.registry.ecr = !settings.registry.ecr;
            settings.backup.enabled = !settings.backup.enabled;
        }
        if random.bool() {
            settings.cache.nodes = 3 - settings.cache.nodes.min(2);
        }
        Self { settings, ..self.clone() }
    }

    /// Somebody else's stack of the same making in the same account.
    pub fn neighbour(&self) -> Self {
        let mut settings = self.settings.clone();
        settings.stack = "neighbour".to_owned();
        settings.edge.zone = "neighbour.example.net".to_owned();
        for platform in settings.platforms.values_mut() {
            platform.lms_host = "neighbour.example.net".to_owned();
        }
        Self { settings, ..self.clone() }
    }
}

fn settings(profile: &str) -> Settings {
    static LOADED: Mutex<BTreeMap<String, Settings>> = Mutex::new(BTreeMap::new());
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    loaded.entry(profile.to_owned()).or_insert_with(|| load(profile)).clone()
}

fn load(profile: &str) -> Settings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let shipped = |name: &str| profile::load(name, &folder).expect("the profile loads").settings;
    match profile {
        "wide" => wide(shipped("prod")),
        OPEN => open(shipped("sandbox")),
        _ => shipped(profile),
    }
}

fn wide(mut settings: Settings) -> Settings {
    settings.stack = "wide".to_owned();
    settings.mongodb.mode = MongodbMode::Documentdb;
    settings.mongodb.instances = 2;
    settings
}

fn open(mut settings: Settings) -> Settings {
    settings.stack = OPEN.to_owned();
    // What it is made of depends on it, and `place` asks nobody.
    settings.cluster.version = Some(KUBERNETES.to_owned());
    settings.mongodb.mode = MongodbMode::External;
    settings.mongodb.external_secret = Some(SECRET.to_owned());
    settings
}

/// Somebody else's, who runs a MongoDB.
pub const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:atlas-a1b2c3";

const KUBERNETES: &str = "1.35";

/// What AWS would say to a process that asks for zones and versions.
pub fn place(settings: &Settings) -> Surroundings {
    let zones = ["a", "b", "c", "d", "e", "f"].map(|zone| format!("{}{zone}", settings.region));
    Surroundings {
        account: "123456789012".to_owned(),
        region: settings.region.clone(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/sandbox".to_owned(),
        zones: zones.into_iter().take(usize::from(settings.network.zones)).collect(),
        kubernetes_version: KUBERNETES.to_owned(),
        rendered: BTreeMap::new(),
    }
}

/// Of each kind the object that needs least, and all it needs.
fn cut(whole: &Graph, kinds: &[String]) -> Graph {
    let kept: BTreeSet<Address> = kinds.iter().flat_map(|kind| least(whole, kind)).collect();
    let all = whole.nodes().map(|node| node.address.clone());
    let others: Vec<Address> = all.filter(|address| !kept.contains(address)).collect();
    whole.without(&others)
}

fn least(whole: &Graph, kind: &str) -> BTreeSet<Address> {
    let nodes = whole.nodes().filter(|node| node.address.kind() == kind);
    let needs = nodes.map(|node| needs(whole, &node.address));
    needs.min_by_key(BTreeSet::len).unwrap_or_default()
}

fn needs(whole: &Graph, address: &Address) -> BTreeSet<Address> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![address.clone()]);
    while let Some(next) = open.pop() {
        let Some(node) = whole.get(&next).filter(|_| !reached.contains(&next)) else { continue };
        open.extend(node.needs.iter().cloned());
        reached.insert(next);
    }
    reached
}

fn whole(profile: &str) -> Graph {
    let ground = Ground::of(&format!("{profile}/all"));
    ground.graph(&place(&ground.settings))
}

/// The kinds of a profile.
pub fn kinds(profile: &str) -> BTreeSet<String> {
    let graph = whole(profile);
    graph.nodes().map(|node| node.address.kind().to_owned()).collect()
}

/// The grounds that together hold every kind of a profile, none of them a part of another.
pub fn cuts(profile: &str) -> Vec<String> {
    let graph = whole(profile);
    let kinds = kinds(profile);
    let all: BTreeMap<&String, BTreeSet<Address>> =
        kinds.iter().map(|kind| (kind, least(&graph, kind))).collect();
    let largest = |kind: &&String| {
        all.iter().all(|(other, set)| {
            *kind == *other || !all[*kind].is_subset(set) || (all[*kind] == *set && *kind < *other)
        })
    };
    all.keys().copied().filter(largest).map(|kind| format!("{profile}/{kind}")).collect()
}

pub fn every_kind_is_covered() {
    let covered: BTreeSet<String> = PROFILES.iter().flat_map(|profile| kinds(profile)).collect();
    let missing: Vec<&str> =
        KINDS.iter().map(|kind| kind.name()).filter(|name| !covered.contains(*name)).collect();
    assert!(missing.is_empty(), "in no ground (see `load` in tests/sim/ground.rs): {missing:?}");
}
