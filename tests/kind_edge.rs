//! Zones, certificates, balancers, CDN and mail against the local AWS, under virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types as elb;
use aws_sdk_route53::types as dns;
use edxaws::address::{Address, Ref};
use edxaws::aws::{Clients, Clock, Endpoint, Failure, Scope, StackId, Verdict, connect, verdict};
use edxaws::diff::Change;
use edxaws::graph::{Graph, Node, topological};
use edxaws::kind::Ask;
use edxaws::profile::{Settings, load};
use edxaws::resource::{Claim, Facts, Found, Ready};
use edxaws::resources::kind;
use edxaws::stack::cluster::Compute;
use edxaws::stack::{Surroundings, edge, network, storage};
use edxaws_localstack::{LocalAws, Owner, Thing, World, sdk_client};
use serde_json::Value;

const REGION: &str = "eu-west-1";

/// The kinds this file is about.
const KINDS: &[&str] = &[
    "hosted_zone",
    "record_set",
    "certificate",
    "certificate_validation",
    "load_balancer",
    "target_group",
    "listener",
    "origin_access_control",
    "distribution",
    "email_identity",
    "email_verification",
];

/// A stack without an engine: one node after the other.
struct Rig {
    local: LocalAws,
    scope: Scope,
    nodes: BTreeMap<Address, Node>,
    live: BTreeMap<Address, Value>,
    claims: BTreeMap<Address, Claim>,
}

fn at(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let profiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut settings = load("sandbox", &profiles).unwrap().settings;
    settings.stack = "test".to_owned();
    settings.region = REGION.to_owned();
    settings.edge.zone = "edx.example.org".to_owned();
    for site in settings.platforms.values_mut() {
        site.lms_host = "learn.edx.example.org".to_owned();
    }
    change(&mut settings);
    settings
}

/// Everything the edge consists of and stands on, but for the nodes.
fn nodes(settings: &Settings) -> BTreeMap<Address, Node> {
    let place = Surroundings {
        account: "123456789012".to_owned(),
        region: REGION.to_owned(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/test".to_owned(),
        zones: ["a", "b", "c"].map(|letter| format!("{REGION}{letter}")).to_vec(),
        kubernetes_version: "1.35".to_owned(),
        rendered: BTreeMap::new(),
    };
    let mut graph = Graph::new();
    let network = network::build(&mut graph, settings, &place).unwrap();
    let storage = storage::build(&mut graph, settings, &place);
    let compute = Compute { cluster: Ref::to("main"), groups: BTreeMap::new() };
    edge::build(&mut graph, settings, &place, &network, &storage, &compute);
    let mut open: Vec<Address> = graph
        .nodes()
        .map(|node| node.address.clone())
        .filter(|address| KINDS.contains(&address.kind()))
        .collect();
    let mut kept = BTreeMap::new();
    while let Some(address) = open.pop() {
        let node = graph.get(&address).unwrap().clone();
        open.extend(node.needs.iter().cloned());
        kept.insert(address, node);
    }
    kept
}

impl Rig {
    async fn new(settings: &Settings) -> Self {
        let local = LocalAws::in_memory(7);
        let config = connect(&Endpoint::Local(sdk_client(&local)), REGION).await;
        let [name, account, region, partition] =
            ["test", "123456789012", REGION, "aws"].map(str::to_owned);
        let stack = StackId { name, account, region, partition };
        let random = fastrand::Rng::with_seed(1);
        let scope =
            Scope::new(Clients::new(&config), stack, Clock::real(), BTreeMap::new(), random);
        let nodes = nodes(settings);
        Self { local, scope, nodes, live: BTreeMap::new(), claims: BTreeMap::new() }
    }

    async fn up(settings: &Settings) -> Self {
        let mut rig = Self::new(settings).await;
        rig.raise_all().await;
        rig
    }

    fn facts(&self) -> Facts {
        Facts::new(self.live.clone())
    }

    fn scope(&self) -> Scope {
        self.scope.with_facts(self.facts())
    }

    async fn sleep(&self, seconds: u64) {
        self.scope.clock.sleep(Duration::from_secs(seconds)).await;
    }

    fn order(&self) -> Vec<Address> {
        let needs = self.nodes.values().map(|node| (node.address.clone(), node.needs.clone()));
        topological(&needs.collect()).unwrap()
    }

    fn ask(&self, node: &Node) -> Ask {
        Ask {
            address: node.address.clone(),
            desired: node.desired.clone(),
            live: self.live.get(&node.address).cloned(),
            claim: self.claims.get(&node.address).cloned(),
        }
    }

    async fn list(&self, name: &str) -> Vec<Found<Value>> {
        let of_kind = self.nodes.values().filter(|node| node.address.kind() == name);
        let asks: Vec<Ask> = of_kind.map(|node| self.ask(node)).collect();
        kind(name).unwrap().list(&self.scope(), &asks).await.unwrap()
    }

    async fn find(&self, address: &Address) -> Option<Found<Value>> {
        let found = self.list(address.kind()).await;
        let mut ours = found.into_iter().filter(|one| one.address.as_ref() == Some(address));
        let first = ours.next();
        assert!(ours.next().is_none(), "{address} was found twice");
        first
    }

    async fn create(&mut self, address: &Address) -> Result<Value, Failure> {
        let token = self.scope.token();
        let claim = Claim { address: address.clone(), token };
        let claim = self.claims.entry(address.clone()).or_insert(claim).clone();
        let desired = &self.nodes[address].desired;
        kind(address.kind()).unwrap().create(&self.scope(), desired, &claim).await
    }

    fn diff(&self, address: &Address, live: &Value) -> Change {
        let desired = &self.nodes[address].desired;
        kind(address.kind()).unwrap().diff(desired, live, &self.facts()).unwrap()
    }

    /// Create, then update until nothing differs, then wait until it is ready.
    async fn raise(&mut self, address: &Address) {
        let live = self.create(address).await.unwrap_or_else(|e| panic!("{address}: {e}"));
        self.live.insert(address.clone(), live);
        self.settle(address).await;
    }

    async fn settle(&mut self, address: &Address) {
        let kind = kind(address.kind()).unwrap();
        let desired = self.nodes[address].desired.clone();
        for round in 0.. {
            let live = self.live[address].clone();
            match self.diff(address, &live) {
                Change::Keep => match kind.ready(&desired, &live).unwrap() {
                    Ready::Yes => return,
                    Ready::Wait(_) => self.sleep(5).await,
                    Ready::Failed(why) => panic!("{address} failed: {why}"),
                },
                Change::Update(_) => {
                    let claim = self.claims[address].clone();
                    kind.update(&self.scope(), &desired, &live, &claim).await.unwrap();
                }
                other => panic!("{address}: {other:?}"),
            }
            assert!(round < 300, "{address} never settles");
            let found = self.find(address).await.unwrap_or_else(|| panic!("lost {address}"));
            self.live.insert(address.clone(), found.live);
        }
    }

    async fn raise_all(&mut self) {
        for address in self.order() {
            self.raise(&address).await;
        }
    }

    async fn delete(&self, address: &Address) -> Result<(), Failure> {
        let desired = &self.nodes[address].desired;
        kind(address.kind()).unwrap().delete(&self.scope(), desired, &self.live[address]).await
    }

    /// As the engine does: again while something is in the way, then until it is not listed.
    async fn lower(&mut self, address: &Address) {
        for round in 0.. {
            match self.delete(address).await {
                Ok(()) => break,
                Err(failure) => match verdict(&failure) {
                    Verdict::Gone => break,
                    Verdict::InUse | Verdict::NotYet => self.sleep(5).await,
                    _ => panic!("{address}: {failure}"),
                },
            }
            assert!(round < 300, "{address} never lets go");
        }
        let forgotten = kind(address.kind()).unwrap().forget_on_delete();
        for round in 0.. {
            if forgotten || self.find(address).await.is_none() {
                break;
            }
            assert!(round < 300, "{address} never goes");
            self.sleep(5).await;
        }
        // Again, as after a lost answer.
        if let Err(failure) = self.delete(address).await {
            assert_eq!(verdict(&failure), Verdict::Gone, "{address}: {failure}");
        }
        self.live.remove(address);
    }

    async fn refused(&self, address: &str) -> Failure {
        self.delete(&at(address)).await.unwrap_err()
    }

    fn text(&self, address: &str, name: &str) -> String {
        self.live[&at(address)][name].as_str().unwrap().to_owned()
    }

    fn only(&self, kind: &str, prefix: &str) -> Address {
        let fits = |one: &&Address| one.kind() == kind && one.name().starts_with(prefix);
        let mut all = self.nodes.keys().filter(fits);
        let first = all.next().unwrap().clone();
        assert!(all.next().is_none());
        first
    }

    /// Everything a client has made and that still exists, but for changes of DNS, which are no
    /// objects.
    fn left(&self) -> Vec<String> {
        let left = |world: &mut World| {
            let things = world.things.values().filter(|thing| thing.owner == Owner::Client);
            let objects = things.filter(|thing| thing.kind != "route53_change");
            objects.map(|thing| thing.id.clone()).collect()
        };
        self.local.world(left).unwrap()
    }

    async fn zone(&self, name: &str) -> String {
        let call = self.scope.aws.route53.create_hosted_zone().name(name);
        let answer = call.caller_reference(format!("by-hand-{name}")).send().await.unwrap();
        answer.hosted_zone().unwrap().id().rsplit('/').next().unwrap().to_owned()
    }

    async fn edit(
        &self,
        zone: &str,
        action: dns::ChangeAction,
        (name, kind, value): (&str, dns::RrType, &str),
    ) -> Result<(), Failure> {
        let value = dns::ResourceRecord::builder().value(value).build().unwrap();
        let record = dns::ResourceRecordSet::builder().name(name).r#type(kind).ttl(60);
        let record = record.resource_records(value).build().unwrap();
        let change = dns::Change::builder().action(action).resource_record_set(record);
        let batch = dns::ChangeBatch::builder().changes(change.build().unwrap()).build().unwrap();
        let call = self.scope.aws.route53.change_resource_record_sets().hosted_zone_id(zone);
        call.change_batch(batch).send().await?;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn the_edge_rises_and_falls() {
    let settings = settings(|one| {
        one.edge.parent_zone = Some("example.org".to_owned());
        one.edge.deletion_protection = true;
    });
    let mut rig = Rig::new(&settings).await;
    let parent = rig.zone("example.org").await;
    rig.raise_all().await;
    rig.local.clear_trace();
    let mut seen = BTreeSet::new();
    for name in KINDS {
        for found in rig.list(name).await {
            let address = found.address.unwrap();
            assert_eq!(rig.diff(&address, &found.live), Change::Keep, "{address}");
            let desired = &rig.nodes[&address].desired;
            assert_eq!(kind(name).unwrap().ready(desired, &found.live).unwrap(), Ready::Yes);
            assert!(seen.insert(address));
        }
    }
    let wanted = rig.nodes.keys().filter(|address| KINDS.contains(&address.kind()));
    assert_eq!(seen, wanted.cloned().collect(), "every node is found once");
    // zone 1, records 1 + 1 in the parent, certificates 2, their validations 2, balancer 2,
    // group 2, listeners 2, access control 1, distributions 1, identity 1, verification 1
    assert_eq!(rig.local.trace().len(), 17, "{:?}", rig.local.trace());

    for address in rig.order().iter().rev() {
        rig.lower(address).await;
    }
    let left = rig.left();
    assert_eq!(left, [parent], "only the parent zone stays");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_create_makes_no_second_object() {
    let mut rig = Rig::up(&settings(|_| {})).await;
    let before = rig.left();
    for (address, id) in [
        ("hosted_zone.main", "id"),
        ("load_balancer.main", "arn"),
        ("target_group.web", "arn"),
        ("listener.https", "arn"),
        ("distribution.demo", "id"),
    ] {
        let again = rig.create(&at(address)).await.unwrap();
        assert_eq!(again[id].as_str(), Some(rig.text(address, id).as_str()), "{address}");
    }
    let certificate = rig.only("certificate", "web-");
    let again = rig.create(&certificate).await.unwrap();
    assert_eq!(again["arn"], rig.live[&certificate]["arn"]);
    rig.create(&at("record_set.hosts")).await.unwrap();
    for address in ["origin_access_control.media", "email_identity.main"] {
        let failure = rig.create(&at(address)).await.unwrap_err();
        assert_eq!(verdict(&failure), Verdict::Exists, "{failure}");
    }
    assert_eq!(rig.left(), before);
}

#[tokio::test(start_paused = true)]
async fn what_was_made_before_a_crash_is_found_by_its_tags() {
    let mut rig = Rig::up(&settings(|_| {})).await;
    let all: Vec<Address> =
        rig.nodes.keys().filter(|address| KINDS.contains(&address.kind())).cloned().collect();
    for address in all {
        let known = rig.live.remove(&address).unwrap();
        let found = rig.find(&address).await.unwrap_or_else(|| panic!("{address} is lost"));
        for name in ["id", "arn", "domain", "zone_id", "records"] {
            assert_eq!(found.live.get(name), known.get(name), "{address} {name}");
        }
        if !["record_set", "certificate_validation", "email_verification"].contains(&address.kind())
        {
            assert_eq!(found.token, Some(rig.claims[&address].token.clone()), "{address}");
        }
        rig.live.insert(address, known);
    }
}

#[tokio::test(start_paused = true)]
async fn a_strangers_object_of_our_name_is_left_alone() {
    let mut rig = Rig::up(&settings(|_| {})).await;
    // Somebody else made them, or another stack did.
    let strangers = |world: &mut World| {
        let things: Vec<_> = world.things.values_mut().collect();
        for (index, thing) in things.into_iter().enumerate() {
            thing.tags.clear();
            if index % 2 == 0 {
                thing.tags.insert("edxaws:stack".to_owned(), "another".to_owned());
                thing.tags.insert("edxaws:address".to_owned(), "load_balancer.main".to_owned());
            }
            if thing.kind == "origin_access_control" {
                thing.set("Description", "made by hand");
            }
        }
    };
    rig.local.world(strangers).unwrap();
    for address in rig.order() {
        let waits_only = ["record_set", "certificate_validation", "email_verification"];
        if !KINDS.contains(&address.kind()) || waits_only.contains(&address.kind()) {
            continue;
        }
        let live = rig.live.remove(&address).unwrap();
        rig.claims.remove(&address);
        assert!(rig.find(&address).await.is_none(), "{address}");
        rig.live.insert(address, live);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_cannot_go() {
    let rig = Rig::up(&settings(|_| {})).await;
    let codes = [
        ("target_group.web", "ResourceInUse", Verdict::InUse),
        ("hosted_zone.main", "HostedZoneNotEmpty", Verdict::InUse),
        ("origin_access_control.media", "OriginAccessControlInUse", Verdict::InUse),
        ("distribution.demo", "DistributionNotDisabled", Verdict::NotYet),
        ("security_group.alb", "DependencyViolation", Verdict::InUse),
    ];
    for (address, code, meaning) in codes {
        let failure = rig.refused(address).await;
        assert_eq!(failure.code, code, "{address}: {failure}");
        assert_eq!(verdict(&failure), meaning, "{failure}");
    }
    for prefix in ["web-", "cdn-"] {
        let certificate = rig.only("certificate", prefix);
        let failure = rig.delete(&certificate).await.unwrap_err();
        assert_eq!(failure.code, "ResourceInUseException");
        assert_eq!(verdict(&failure), Verdict::InUse, "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_interfaces_of_a_balancer_outlive_it() {
    let mut rig = Rig::up(&settings(|_| {})).await;
    for address in ["record_set.hosts", "listener.https", "listener.http", "load_balancer.main"] {
        rig.lower(&at(address)).await;
    }
    rig.sleep(40).await;
    for address in ["subnet.public-a", "security_group.alb"] {
        let failure = rig.refused(address).await;
        assert_eq!(failure.code, "DependencyViolation", "{address}: {failure}");
    }
    rig.sleep(180).await;
    rig.delete(&at("security_group.alb")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_certificate_waits_for_its_records_in_a_delegated_zone() {
    let mut rig = Rig::new(&settings(|_| {})).await;
    let (certificate, issued) =
        (rig.only("certificate", "web-"), rig.only("certificate_validation", "web-"));
    rig.raise(&at("hosted_zone.main")).await;
    let undelegated = |world: &mut World, on: bool| {
        let zones = world.things.values_mut().filter(|thing| thing.kind == "hosted_zone");
        zones.for_each(|zone| zone.set("$undelegated", on));
    };
    rig.local.world(|world| undelegated(world, true)).unwrap();
    for address in
        [certificate.clone(), rig.only("certificate", "cdn-"), at("record_set.certificates")]
    {
        rig.raise(&address).await;
    }
    let live = rig.create(&issued).await.unwrap();
    rig.live.insert(issued.clone(), live);
    rig.sleep(3600).await;
    let waiting = rig.find(&issued).await.unwrap().live;
    assert_eq!(waiting["status"], "PENDING_VALIDATION");
    let desired = rig.nodes[&issued].desired.clone();
    let ready = kind("certificate_validation").unwrap().ready(&desired, &waiting).unwrap();
    assert!(matches!(ready, Ready::Wait(_)), "{ready:?}");

    // A listener takes no certificate that is not issued.
    for address in rig.order() {
        let needed = ["vpc", "subnet", "internet_gateway", "security_group", "load_balancer"];
        if needed.contains(&address.kind()) || address == at("target_group.web") {
            rig.raise(&address).await;
        }
    }
    let failure = rig.create(&at("listener.https")).await.unwrap_err();
    assert_eq!(failure.code, "UnsupportedCertificate");
    assert_eq!(verdict(&failure), Verdict::NotYet);

    rig.local.world(|world| undelegated(world, false)).unwrap();
    rig.settle(&issued).await;
    rig.raise(&at("listener.https")).await;
}

#[tokio::test(start_paused = true)]
async fn another_platform_changes_records_and_certificate_in_place() {
    let mut rig = Rig::up(&settings(|_| {})).await;
    let old = rig.only("certificate", "web-");
    let more = settings(|one| {
        let mut site = one.platforms["demo"].clone();
        site.lms_host = "second.edx.example.org".to_owned();
        site.cms_host = Some("studio.edx.example.org".to_owned());
        *one.platforms.get_mut("demo").unwrap() = site;
    });
    let after = nodes(&more);
    let removed: Vec<Address> =
        rig.nodes.keys().filter(|address| !after.contains_key(*address)).cloned().collect();
    assert!(removed.contains(&old));
    let before = std::mem::replace(&mut rig.nodes, after);
    for address in rig.order() {
        if rig.live.contains_key(&address) {
            rig.settle(&address).await
        } else {
            rig.raise(&address).await
        }
    }
    let hosts: BTreeSet<String> = rig.live[&at("record_set.hosts")]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["name"].as_str().unwrap().to_owned())
        .collect();
    let wanted = ["second", "studio", "apps.second", "meilisearch.second"];
    assert_eq!(hosts, wanted.map(|host| format!("{host}.edx.example.org")).into());
    let new = rig.only("certificate", "web-");
    assert_eq!(rig.live[&at("listener.https")]["certificate_arn"], rig.live[&new]["arn"]);
    // Nothing uses the old ones any more, and the records of the new ones stay.
    rig.nodes.extend(before.into_iter().filter(|(address, _)| removed.contains(address)));
    for address in removed {
        rig.lower(&address).await;
    }
    rig.settle(&at("record_set.certificates")).await;
    assert_eq!(rig.find(&new).await.unwrap().live["status"], "ISSUED");
}

#[tokio::test(start_paused = true)]
async fn nothing_in_the_parent_zone_is_overwritten() {
    let settings = settings(|one| one.edge.parent_zone = Some("example.org".to_owned()));
    let mut rig = Rig::new(&settings).await;
    let parent = rig.zone("example.org").await;
    let theirs = ("edx.example.org", dns::RrType::Ns, "ns.elsewhere.example");
    rig.edit(&parent, dns::ChangeAction::Create, theirs.clone()).await.unwrap();
    rig.raise(&at("hosted_zone.main")).await;
    let failure = rig.create(&at("record_set.delegation")).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::Exists, "{failure}");
    assert!(failure.message.contains("but it already exists"), "{failure}");
    assert!(rig.find(&at("record_set.delegation")).await.is_none());
    // Gone by hand, ours can be made; changed by hand, it is not ours any more.
    rig.edit(&parent, dns::ChangeAction::Delete, theirs.clone()).await.unwrap();
    rig.raise(&at("record_set.delegation")).await;
    rig.edit(&parent, dns::ChangeAction::Upsert, theirs).await.unwrap();
    assert!(rig.find(&at("record_set.delegation")).await.is_none());
    let failure = rig.delete(&at("record_set.delegation")).await.unwrap_err();
    assert!(failure.message.contains("do not match the current values"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_parent_zone_is_named() {
    let settings = settings(|one| one.edge.parent_zone = Some("example.org".to_owned()));
    let mut rig = Rig::new(&settings).await;
    rig.raise(&at("hosted_zone.main")).await;
    let failure = rig.create(&at("record_set.delegation")).await.unwrap_err();
    assert!(failure.message.contains("no public zone `example.org`"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn drift_is_seen_and_mended() {
    let mut rig = Rig::up(&settings(|_| {})).await;
    let arn = rig.text("load_balancer.main", "arn");
    let idle = elb::LoadBalancerAttribute::builder().key("idle_timeout.timeout_seconds").value("9");
    let call = rig.scope.aws.elbv2.modify_load_balancer_attributes().load_balancer_arn(&arn);
    call.attributes(idle.build()).send().await.unwrap();
    let zone = rig.text("hosted_zone.main", "id");
    let theirs = ("meilisearch.learn.edx.example.org", dns::RrType::A, "192.0.2.1");
    rig.edit(&zone, dns::ChangeAction::Upsert, theirs).await.unwrap();
    let group = rig.text("target_group.web", "arn");
    let call = rig.scope.aws.elbv2.modify_target_group().target_group_arn(&group);
    call.health_check_path("/other").send().await.unwrap();
    for (address, attribute) in [
        ("load_balancer.main", "idle_timeout"),
        ("record_set.hosts", "records"),
        ("target_group.web", "health_path"),
    ] {
        let live = rig.find(&at(address)).await.unwrap().live;
        let Change::Update(reasons) = rig.diff(&at(address), &live) else { panic!("{address}") };
        let names: Vec<_> = reasons.iter().map(|reason| reason.attribute.as_str()).collect();
        assert_eq!(names, [attribute], "{address}");
        rig.live.insert(at(address), live);
        rig.settle(&at(address)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn route53_refuses_what_route53_refuses() {
    let rig = Rig::new(&settings(|_| {})).await;
    let zone = rig.zone("example.org").await;
    let host = |value| ("a.example.org", dns::RrType::A, value);
    rig.edit(&zone, dns::ChangeAction::Create, host("192.0.2.1")).await.unwrap();
    let cases = [
        (dns::ChangeAction::Create, host("192.0.2.2"), "but it already exists"),
        (dns::ChangeAction::Delete, host("192.0.2.2"), "do not match the current values"),
        (
            dns::ChangeAction::Delete,
            ("b.example.org", dns::RrType::A, "192.0.2.1"),
            "was not found",
        ),
        (
            dns::ChangeAction::Upsert,
            ("example.com", dns::RrType::A, "192.0.2.1"),
            "not permitted in zone",
        ),
        (dns::ChangeAction::Upsert, ("example.org", dns::RrType::Cname, "b.test"), "at apex"),
        (
            dns::ChangeAction::Upsert,
            ("a.example.org", dns::RrType::Cname, "b.test"),
            "conflicts with other",
        ),
    ];
    for (action, record, message) in cases {
        let failure = rig.edit(&zone, action, record).await.unwrap_err();
        assert_eq!(failure.code, "InvalidChangeBatch");
        assert!(failure.message.contains(message), "{failure}");
    }
    let again = rig.scope.aws.route53.create_hosted_zone().name("example.org");
    let failure = again.caller_reference("by-hand-example.org").send().await.unwrap_err();
    assert_eq!(Failure::from(failure).code, "HostedZoneAlreadyExists");
    let failure = rig.scope.aws.route53.delete_hosted_zone().id(&zone).send().await.unwrap_err();
    assert_eq!(Failure::from(failure).code, "HostedZoneNotEmpty");
    rig.edit(&zone, dns::ChangeAction::Delete, host("192.0.2.1")).await.unwrap();
    rig.scope.aws.route53.delete_hosted_zone().id(&zone).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_change_of_dns_takes_its_time() {
    let mut rig = Rig::new(&settings(|_| {})).await;
    let zone = at("hosted_zone.main");
    rig.raise(&zone).await;
    rig.raise(&at("email_identity.main")).await;
    let dkim = at("record_set.dkim");
    let live = rig.create(&dkim).await.unwrap();
    assert_eq!(live["in_sync"], false);
    let desired = rig.nodes[&dkim].desired.clone();
    let ready = |live: &Value| kind("record_set").unwrap().ready(&desired, live).unwrap();
    assert_eq!(ready(&live), Ready::Wait("PENDING".to_owned()));
    rig.live.insert(dkim.clone(), live);
    rig.sleep(10).await;
    assert!(matches!(ready(&rig.find(&dkim).await.unwrap().live), Ready::Wait(_)));
    rig.sleep(60).await;
    assert_eq!(ready(&rig.find(&dkim).await.unwrap().live), Ready::Yes);
}

#[tokio::test(start_paused = true)]
async fn balancers_are_refused_as_aws_refuses_them() {
    let rig = Rig::up(&settings(|_| {})).await;
    let aws = &rig.scope.aws.elbv2;
    let subnet = |letter: &str| rig.text(&format!("subnet.public-{letter}"), "id");
    let code = |failure: Failure| failure.code;
    let one = aws.create_load_balancer().name("one").subnets(subnet("a")).send().await.unwrap_err();
    assert_eq!(code(one.into()), "ValidationError");
    let twice = aws.create_load_balancer().name("one").subnets(subnet("a")).subnets(subnet("a"));
    assert_eq!(code(twice.send().await.unwrap_err().into()), "InvalidConfigurationRequest");
    let both = |name: &str| {
        aws.create_load_balancer().name(name).subnets(subnet("a")).subnets(subnet("b"))
    };
    let long = both("a-name-that-is-longer-than-any-balancer-may-have").send().await.unwrap_err();
    assert_eq!(code(long.into()), "ValidationError");
    let taken = both("edxaws-test-web").send().await.unwrap_err();
    assert_eq!(code(taken.into()), "DuplicateLoadBalancerName");
    let nowhere = aws.create_load_balancer().name("one").subnets("subnet-1").subnets("subnet-2");
    assert_eq!(code(nowhere.send().await.unwrap_err().into()), "SubnetNotFound");
    let group = aws
        .create_target_group()
        .name("edxaws-test-web")
        .port(1)
        .vpc_id(rig.text("vpc.main", "id"));
    let failure = group.protocol(elb::ProtocolEnum::Http).send().await.unwrap_err();
    assert_eq!(code(failure.into()), "DuplicateTargetGroupName");
    let action = elb::Action::builder().r#type(elb::ActionTypeEnum::Forward);
    let action = action.target_group_arn(rig.text("target_group.web", "arn")).build();
    let listener = || {
        let call = aws.create_listener().load_balancer_arn(rig.text("load_balancer.main", "arn"));
        call.default_actions(action.clone())
    };
    let taken = listener().port(80).protocol(elb::ProtocolEnum::Http).send().await.unwrap_err();
    assert_eq!(code(taken.into()), "DuplicateListener");
    let bare = listener().port(8443).protocol(elb::ProtocolEnum::Https).send().await.unwrap_err();
    assert_eq!(code(bare.into()), "ValidationError");
    let unknown =
        elb::Certificate::builder().certificate_arn("arn:aws:acm:eu-west-1:1:certificate/no");
    let call =
        listener().port(8443).protocol(elb::ProtocolEnum::Https).certificates(unknown.build());
    assert_eq!(code(call.send().await.unwrap_err().into()), "CertificateNotFound");
    let many = vec!["arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1".to_owned(); 21];
    let failure = aws.describe_tags().set_resource_arns(Some(many)).send().await.unwrap_err();
    assert_eq!(code(failure.into()), "ValidationError");
}

#[tokio::test(start_paused = true)]
async fn a_protected_balancer_stays_until_the_protection_is_lifted() {
    let rig = Rig::up(&settings(|one| one.edge.deletion_protection = true)).await;
    let arn = rig.text("load_balancer.main", "arn");
    let call = rig.scope.aws.elbv2.delete_load_balancer().load_balancer_arn(&arn);
    let failure = Failure::from(call.send().await.unwrap_err());
    assert_eq!(failure.code, "OperationNotPermitted");
    rig.delete(&at("load_balancer.main")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn cloudfront_asks_for_versions_and_certificates() {
    let rig = Rig::up(&settings(|_| {})).await;
    let aws = &rig.scope.aws.cloudfront;
    let id = rig.text("distribution.demo", "id");
    let failure = Failure::from(aws.delete_distribution().id(&id).send().await.unwrap_err());
    assert_eq!(failure.code, "InvalidIfMatchVersion");
    let failure = aws.delete_distribution().id(&id).if_match("ESTALE").send().await.unwrap_err();
    assert_eq!(Failure::from(failure).code, "PreconditionFailed");
    let answer = aws.get_distribution_config().id(&id).send().await.unwrap();
    let mut config = answer.distribution_config.unwrap();
    config.caller_reference = "another".to_owned();
    let failure = aws.create_distribution().distribution_config(config.clone()).send().await;
    assert_eq!(Failure::from(failure.unwrap_err()).code, "CNAMEAlreadyExists");
    config.aliases.as_mut().unwrap().items = Some(vec!["not.covered.example".to_owned()]);
    let call = aws.create_distribution().distribution_config(config);
    assert_eq!(Failure::from(call.send().await.unwrap_err()).code, "InvalidViewerCertificate");
}

#[tokio::test(start_paused = true)]
async fn attached_nodes_become_healthy() {
    let rig = Rig::up(&settings(|_| {})).await;
    let arn = rig.text("target_group.web", "arn");
    let since = rig.local.clock.now();
    let attach = |world: &mut World| {
        let source = serde_json::json!([{"id": arn, "since": since, "leaving": false}]);
        let mut group = Thing::new("auto_scaling_group", "auto_scaling_group/eks-workers");
        group = group.with("$sources", source);
        group.region = REGION.to_owned();
        world.create(group, since).unwrap();
        let instance = Thing::new("instance", "i-1").child_of("auto_scaling_group/eks-workers");
        world.create(instance, since).unwrap();
    };
    rig.local.world(attach).unwrap();
    let state = async || {
        let call = rig.scope.aws.elbv2.describe_target_health().target_group_arn(&arn);
        let answer = call.send().await.unwrap();
        let all = answer.target_health_descriptions();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].target().unwrap().id(), Some("i-1"));
        assert_eq!(all[0].target().unwrap().port(), Some(30080));
        all[0].target_health().unwrap().state().unwrap().clone()
    };
    assert_eq!(state().await, elb::TargetHealthStateEnum::Initial);
    rig.sleep(25).await;
    assert_eq!(state().await, elb::TargetHealthStateEnum::Healthy);
}

/// What a person looks at with the AWS CLI; the SDK's parsers judge the answers.
#[tokio::test(start_paused = true)]
async fn what_a_person_would_look_at_can_be_read() {
    let rig = Rig::up(&settings(|_| {})).await;
    let Clients { route53, elbv2, cloudfront, ses, acm, .. } = &rig.scope.aws;
    let zone = rig.text("hosted_zone.main", "id");
    let zones = route53.list_hosted_zones().send().await.unwrap();
    assert_eq!(zones.hosted_zones()[0].name(), "edx.example.org.");
    let count = zones.hosted_zones()[0].resource_record_set_count().unwrap();
    let records = route53.list_resource_record_sets().hosted_zone_id(&zone).send().await.unwrap();
    assert_eq!(i64::try_from(records.resource_record_sets().len()).unwrap(), count);
    assert_eq!(route53.get_hosted_zone_count().send().await.unwrap().hosted_zone_count(), 1);
    let kind = dns::TagResourceType::Hostedzone;
    let call = route53.list_tags_for_resources().resource_type(kind.clone()).resource_ids(&zone);
    assert_eq!(call.send().await.unwrap().resource_tag_sets()[0].tags().len(), 4);
    let call = route53.change_tags_for_resource().resource_type(kind).resource_id(&zone);
    call.remove_tag_keys("Name").send().await.unwrap();

    let arn = rig.text("load_balancer.main", "arn");
    let call = elbv2.describe_load_balancers().names("edxaws-test-web").send().await.unwrap();
    assert_eq!(call.load_balancers()[0].availability_zones().len(), 3);
    let gone = elbv2.describe_load_balancers().names("no").send().await.unwrap_err();
    assert_eq!(Failure::from(gone).code, "LoadBalancerNotFound");
    let call = elbv2.describe_target_groups().load_balancer_arn(&arn).send().await.unwrap();
    assert_eq!(call.target_groups().len(), 1);
    let https = rig.text("listener.https", "arn");
    let call = elbv2.describe_listener_certificates().listener_arn(&https).send().await.unwrap();
    assert_eq!(call.certificates()[0].is_default(), Some(true));
    let tag = elb::Tag::builder().key("by").value("hand").build();
    elbv2.add_tags().resource_arns(&arn).tags(tag).send().await.unwrap();
    elbv2.remove_tags().resource_arns(&arn).tag_keys("by").send().await.unwrap();

    let certificates = acm.list_certificates().send().await.unwrap();
    assert_eq!(certificates.certificate_summary_list()[0].in_use(), Some(true));
    let arn = certificates.certificate_summary_list()[0].certificate_arn().unwrap();
    let detail = acm.describe_certificate().certificate_arn(arn).send().await.unwrap();
    assert_eq!(detail.certificate().unwrap().in_use_by(), [rig.text("load_balancer.main", "arn")]);

    let identities = ses.list_email_identities().send().await.unwrap();
    assert_eq!(identities.email_identities()[0].identity_name(), Some("edx.example.org"));
    assert!(!ses.get_account().send().await.unwrap().production_access_enabled());
    let arn = "arn:aws:ses:eu-west-1:123456789012:identity/edx.example.org";
    let tags = ses.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags().len(), 4);

    let id = rig.text("distribution.demo", "id");
    let answer = cloudfront.get_distribution().id(&id).send().await.unwrap();
    assert_eq!(answer.distribution().unwrap().status(), "Deployed");
    let arn = answer.distribution().unwrap().arn();
    let keys = aws_sdk_cloudfront::types::TagKeys::builder().items("Name").build();
    cloudfront.untag_resource().resource(arn).tag_keys(keys).send().await.unwrap();
    let tags = cloudfront.list_tags_for_resource().resource(arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().items().len(), 3);
}
