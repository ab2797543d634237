//! Databases, caches and secrets against the local AWS, under virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use edxaws::address::{Address, Ref};
use edxaws::aws::{
    Clients, Clock, DataPolicy, Endpoint, Failure, Scope, StackId, Verdict, connect, verdict,
};
use edxaws::graph::Graph;
use edxaws::resource::{Change, Claim, Facts, Found, OnDestroy, Ready, Resource, Wanted};
use edxaws::resources::docdb::{DocdbCluster, DocdbInstance};
use edxaws::resources::ec2::{SecurityGroup, Subnet, Vpc};
use edxaws::resources::elasticache::{CacheParameterGroup, CacheSubnetGroup, ReplicationGroup};
use edxaws::resources::rds::{DbInstance, DbParameterGroup, DbSubnetGroup};
use edxaws::resources::secrets::{Password, Secret, Shape};
use edxaws::stack::{self, Surroundings};
use edxaws_localstack::{FaultRule, LocalAws, sdk_client};
use serde_json::Value;

/// An account with a network, and what has been made in it.
struct Lab {
    local: LocalAws,
    scope: Scope,
    live: BTreeMap<Address, Value>,
    /// Everything that was shown or recorded, for the canary.
    seen: Vec<String>,
}

/// What stands in every lab.
struct Net {
    subnets: Vec<Ref<Subnet>>,
    group: Ref<SecurityGroup>,
}

async fn scope_of(local: &LocalAws, stack: &str, seed: u64) -> Scope {
    let config = connect(&Endpoint::Local(sdk_client(local)), "us-east-1").await;
    let [name, account, region, partition] =
        [stack, "123456789012", "us-east-1", "aws"].map(str::to_owned);
    let stack = StackId { name, account, region, partition };
    let random = fastrand::Rng::with_seed(seed);
    Scope::new(Clients::new(&config), stack, Clock::real(), BTreeMap::new(), random)
}

impl Lab {
    async fn new() -> (Self, Net) {
        let local = LocalAws::in_memory(5);
        let scope = scope_of(&local, "test", 1).await;
        let mut lab = Self { local, scope, live: BTreeMap::new(), seen: Vec::new() };
        let vpc = lab.make("main", Vpc { cidr: "10.0.0.0/16".to_owned() }).await;
        let mut subnets = Vec::new();
        for (zone, cidr) in [("a", "10.0.0.0/24"), ("b", "10.0.1.0/24")] {
            let subnet = Subnet {
                vpc: vpc.clone(),
                cidr: cidr.to_owned(),
                zone: format!("us-east-1{zone}"),
                public_addresses: false,
                extra_tags: BTreeMap::new(),
            };
            subnets.push(lab.make(&format!("data-{zone}"), subnet).await);
        }
        let [name, description] = ["data", "databases"].map(str::to_owned);
        let group = SecurityGroup { vpc: vpc.clone(), name, description };
        let group = lab.make("data", group).await;
        (lab, Net { subnets, group })
    }

    fn facts(&self) -> Facts {
        Facts::new(self.live.clone())
    }

    fn scope(&self) -> Scope {
        self.scope.with_facts(self.facts())
    }

    fn note(&mut self, thing: &(impl serde::Serialize + std::fmt::Debug)) {
        self.seen.push(serde_json::to_string(thing).unwrap());
        self.seen.push(format!("{thing:?} {thing:#?}"));
    }

    /// Creates, creates again under the same claim, and waits until it is ready and as desired.
    async fn make<R: Resource>(&mut self, name: &str, desired: R) -> Ref<R> {
        let scope = self.scope();
        let address = Address::new(R::KIND, name);
        let claim = Claim { address: address.clone(), token: scope.token() };
        let live = desired.create(&scope, &claim).await.unwrap();
        self.note(&live);
        if R::IDENTITY == edxaws::resource::Identity::Name {
            match desired.create(&scope, &claim).await {
                Ok(again) => {
                    assert_eq!(json(&again), json(&live), "a repeat made another {address}")
                }
                Err(failure) => assert_eq!(verdict(&failure), Verdict::Exists, "{failure}"),
            }
        }
        self.settle(name, &desired, &claim).await;
        Ref::to(name)
    }

    /// Updates and waits as the engine does.
    async fn settle<R: Resource>(&mut self, name: &str, desired: &R, claim: &Claim) -> R::Live {
        self.note(desired);
        let scope = self.scope();
        let address = Address::new(R::KIND, name);
        let mut updates = 0;
        for _ in 0..2000 {
            let found = self.find(name, desired, claim).await;
            let [Found { live, .. }] = found.as_slice() else {
                panic!("{address} was found {} times", found.len());
            };
            self.note(live);
            match (desired.ready(live), desired.diff(live, &self.facts())) {
                (Ready::Failed(why), _) => panic!("{address}: {why}"),
                // It answers, but it cannot be changed before its first backup is taken.
                _ if json(live)["status"] == "backing-up" => {
                    scope.clock.sleep(Duration::from_secs(7)).await;
                }
                (Ready::Wait(_), _) => scope.clock.sleep(Duration::from_secs(7)).await,
                (Ready::Yes, Change::Keep) => {
                    self.live.insert(address, json(live));
                    return live.clone();
                }
                (Ready::Yes, Change::Update(reasons)) => {
                    updates += 1;
                    assert!(updates <= 5, "{address} is stubborn: {reasons:?}");
                    desired.update(&scope, live, claim).await.unwrap();
                }
                (Ready::Yes, other) => panic!("{address}: {other:?}"),
            }
        }
        panic!("{address} is never ready");
    }

    /// What a run that knows nothing but its claim finds at the address.
    async fn find<R: Resource>(
        &self,
        name: &str,
        desired: &R,
        claim: &Claim,
    ) -> Vec<Found<R::Live>> {
        let address = Address::new(R::KIND, name);
        let (desired, claim) = (desired.clone(), Some(claim.clone()));
        let wanted = Wanted { address: address.clone(), desired, live: None, claim };
        let found = R::list(&self.scope(), &[wanted]).await.unwrap();
        found.into_iter().filter(|one| one.address.as_ref() == Some(&address)).collect()
    }

    /// What a run that has recorded it sees, and how many calls that takes.
    async fn look<R: Resource>(&self, name: &str, desired: &R) -> (Option<R::Live>, usize) {
        let address = Address::new(R::KIND, name);
        let live =
            self.live.get(&address).map(|live| serde_json::from_value(live.clone()).unwrap());
        let desired = desired.clone();
        let wanted = Wanted { address, desired, live, claim: None };
        self.local.clear_trace();
        let found = R::list(&self.scope(), &[wanted]).await.unwrap();
        (found.into_iter().next().map(|found| found.live), self.local.trace().len())
    }

    fn recorded<R: Resource>(&self, of: &Ref<R>) -> R::Live {
        serde_json::from_value(self.live[&of.address].clone()).unwrap()
    }

    /// Deletes until it is gone; a repeat is harmless.
    async fn unmake<R: Resource>(&mut self, of: &Ref<R>, desired: &R, data: DataPolicy) {
        let scope = self.scope().with_data(data);
        let name = of.address.name();
        let live = self.look(name, desired).await.0.unwrap();
        desired.delete(&scope, &live).await.unwrap();
        for _ in 0..2000 {
            let Some(live) = self.look(name, desired).await.0 else { break };
            assert_eq!(desired.delete(&scope, &live).await.map_err(|f| f.to_string()), Ok(()));
            scope.clock.sleep(Duration::from_secs(7)).await;
        }
        assert!(self.look(name, desired).await.0.is_none(), "{} never goes", of.address);
        if let Err(failure) = desired.delete(&scope, &live).await {
            assert_eq!(verdict(&failure), Verdict::Gone, "{failure}");
        }
        self.live.remove(&of.address);
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn code<T: std::fmt::Debug, E: Into<Failure>>(result: Result<T, E>) -> String {
    result.map_err(Into::into).unwrap_err().code
}

fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn subnet_group(net: &Net) -> DbSubnetGroup {
    let [name, description] = ["edxaws-test-data", "data"].map(str::to_owned);
    DbSubnetGroup { name, description, subnets: net.subnets.clone() }
}

fn parameter_group() -> DbParameterGroup {
    DbParameterGroup {
        name: "edxaws-test-mysql-8-4".to_owned(),
        family: "mysql8.4".to_owned(),
        description: "MySQL".to_owned(),
        parameters: parameters(&[
            ("character_set_server", "utf8mb4"),
            ("require_secure_transport", "ON"),
        ]),
    }
}

fn mysql(net: &Net) -> DbInstance {
    DbInstance {
        id: "edxaws-test-mysql".to_owned(),
        class: "db.t4g.medium".to_owned(),
        version: "8.4".to_owned(),
        storage_gib: 50,
        max_storage_gib: 200,
        multi_az: false,
        backup_days: 7,
        deletion_protection: false,
        final_snapshot: true,
        performance_insights: true,
        username: "edxaws".to_owned(),
        subnet_group: Ref::to("main"),
        parameter_group: Ref::to("mysql"),
        security_groups: vec![net.group.clone()],
    }
}

async fn with_mysql(lab: &mut Lab, net: &Net, wanted: &DbInstance) -> Ref<DbInstance> {
    lab.make("main", subnet_group(net)).await;
    lab.make("mysql", parameter_group()).await;
    lab.make("mysql", wanted.clone()).await
}

fn token() -> Secret {
    let [name, description] = ["edxaws-test-cache-auth", "token"].map(str::to_owned);
    Secret { name, description, shape: Shape::Password(Password::of(64)), force_delete: true }
}

fn cache_subnets(net: &Net) -> CacheSubnetGroup {
    let [name, description] = ["edxaws-test-cache", "data"].map(str::to_owned);
    CacheSubnetGroup { name, description, subnets: net.subnets.clone() }
}

fn cache_parameters() -> CacheParameterGroup {
    CacheParameterGroup {
        name: "edxaws-test-valkey8".to_owned(),
        family: "valkey8".to_owned(),
        description: "cache".to_owned(),
        parameters: parameters(&[("maxmemory-policy", "volatile-lru")]),
    }
}

fn cache(net: &Net) -> ReplicationGroup {
    ReplicationGroup {
        id: "edxaws-test-cache".to_owned(),
        description: "cache".to_owned(),
        engine: "valkey".to_owned(),
        version: "8.0".to_owned(),
        node_type: "cache.t4g.small".to_owned(),
        nodes: 2,
        snapshot_days: 1,
        subnet_group: Ref::to("main"),
        parameter_group: Ref::to("valkey8"),
        security_groups: vec![net.group.clone()],
        token: Ref::to("cache-auth"),
    }
}

async fn with_cache(lab: &mut Lab, net: &Net, wanted: &ReplicationGroup) -> Ref<ReplicationGroup> {
    lab.make("cache-auth", token()).await;
    lab.make("main", cache_subnets(net)).await;
    lab.make("valkey8", cache_parameters()).await;
    lab.make("main", wanted.clone()).await
}

fn site_keys() -> BTreeMap<String, Password> {
    let keys = [("secret_key", Password::of(50)), ("uid", Password::UUID)];
    keys.map(|(key, value)| (key.to_owned(), value)).into()
}

fn site(shape: Shape) -> Secret {
    let [name, description] = ["edxaws-test-openedx-main", "site"].map(str::to_owned);
    Secret { name, description, shape, force_delete: false }
}

/// The current text of every secret in the account.
fn secret_texts(lab: &Lab) -> BTreeMap<String, String> {
    let text =
        |version: &Value| version.get("SecretString").and_then(Value::as_str).map(str::to_owned);
    lab.local
        .world(|world| {
            let all = world.of_kind("secret").map(|secret| {
                let versions = secret.attrs["$versions"].as_object().unwrap();
                let current = versions.values().find(|one| one["stage"] == "AWSCURRENT").unwrap();
                (secret.text("Name").to_owned(), text(current).unwrap())
            });
            all.collect()
        })
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_database_lives_changes_and_leaves_a_snapshot() {
    let (mut lab, net) = Lab::new().await;
    let mut wanted = mysql(&net);
    let database = with_mysql(&mut lab, &net, &wanted).await;
    let live = lab.recorded(&database);
    assert!(live.endpoint.is_some() && live.master_secret_arn.is_some());
    assert!(live.version.starts_with("8.4.") && live.encrypted && !live.public);
    assert_eq!(lab.look("mysql", &wanted).await.1, 1, "calls of a no-op look");
    assert_eq!(lab.look("main", &subnet_group(&net)).await.1, 1);
    assert_eq!(lab.look("mysql", &parameter_group()).await.1, 2);

    wanted.class = "db.m7g.large".to_owned();
    wanted.multi_az = true;
    wanted.storage_gib = 100;
    wanted.backup_days = 14;
    wanted.performance_insights = false;
    let claim = Claim { address: database.address.clone(), token: "unused".to_owned() };
    lab.local.clear_trace();
    let live = lab.settle("mysql", &wanted, &claim).await;
    let modified =
        lab.local.trace().iter().filter(|call| call.action == "ModifyDBInstance").count();
    assert_eq!(modified, 1, "one change is one call");
    assert_eq!((live.storage_gib, live.multi_az, live.backup_days), (100, true, 14));

    wanted.max_storage_gib = 100;
    assert_eq!(lab.settle("mysql", &wanted, &claim).await.max_storage_gib, None);
    assert_eq!(wanted.on_destroy(), OnDestroy::Snapshot);

    lab.unmake(&database, &wanted, DataPolicy::Snapshot).await;
    let snapshots = lab.scope.aws.rds.describe_db_snapshots().send().await.unwrap();
    let [snapshot] = snapshots.db_snapshots() else { panic!("no final snapshot") };
    assert_eq!(snapshot.status(), Some("available"));
    assert!(snapshot.db_snapshot_identifier().unwrap().starts_with("edxaws-test-mysql-final-"));
    assert!(secret_texts(&lab).is_empty(), "the master secret went with its database");

    lab.unmake(&Ref::to("main"), &subnet_group(&net), DataPolicy::Snapshot).await;
    lab.unmake(&Ref::to("mysql"), &parameter_group(), DataPolicy::Snapshot).await;
    let id = lab.recorded(&net.subnets[0]).id;
    lab.scope.aws.ec2.delete_subnet().subnet_id(id).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn storage_that_grew_by_itself_is_no_difference() {
    let (mut lab, net) = Lab::new().await;
    let wanted = mysql(&net);
    let database = with_mysql(&mut lab, &net, &wanted).await;
    let mut live = lab.recorded(&database);
    for size in [120, 200] {
        live.storage_gib = size;
        assert_eq!(wanted.diff(&live, &lab.facts()), Change::Keep, "at {size} GiB");
    }
    live.version = "8.4.99".to_owned();
    assert_eq!(wanted.diff(&live, &lab.facts()), Change::Keep);
    live.public = true;
    assert!(matches!(wanted.diff(&live, &lab.facts()), Change::Update(_)));
}

/// Only these four may ever cost the data, and all of them are impossible to change.
#[tokio::test(start_paused = true)]
async fn little_replaces_a_database() {
    let (mut lab, net) = Lab::new().await;
    let database = with_mysql(&mut lab, &net, &mysql(&net)).await;
    let live = lab.recorded(&database);
    let unknown = mysql(&net).diff(&live, &Facts::default());
    let Change::Replace(reasons) = unknown else { panic!("{unknown:?}") };
    let forcing = |reasons: &[edxaws::diff::Reason]| -> Vec<String> {
        let fixed = reasons
            .iter()
            .filter(|one| one.forces_replacement == edxaws::diff::Forces::Replacement);
        fixed.map(|one| one.attribute.clone()).collect()
    };
    assert_eq!(forcing(&reasons), ["subnet_group"]);
    let other = DbInstance {
        class: "db.r7g.large".to_owned(),
        version: "9.0".to_owned(),
        storage_gib: 999,
        max_storage_gib: 9999,
        multi_az: true,
        backup_days: 30,
        deletion_protection: true,
        final_snapshot: false,
        performance_insights: false,
        security_groups: Vec::new(),
        ..mysql(&net)
    };
    assert!(
        matches!(other.diff(&live, &lab.facts()), Change::Update(reasons) if reasons.len() == 9)
    );
}

#[tokio::test(start_paused = true)]
async fn protection_is_lifted_by_delete_only() {
    let (mut lab, net) = Lab::new().await;
    let wanted = DbInstance { deletion_protection: true, ..mysql(&net) };
    let database = with_mysql(&mut lab, &net, &wanted).await;
    assert_eq!(wanted.on_destroy(), OnDestroy::Protected);
    let rds = lab.scope.aws.rds.clone();
    let delete = || rds.delete_db_instance().db_instance_identifier(&wanted.id);
    let refused =
        delete().skip_final_snapshot(true).send().await.map_err(Failure::from).unwrap_err();
    assert!(refused.message.contains("disable deletion protection"), "{refused}");
    lab.unmake(&database, &wanted, DataPolicy::Delete).await;
    let snapshots = rds.describe_db_snapshots().send().await.unwrap();
    assert!(snapshots.db_snapshots().is_empty(), "--delete-data leaves nothing");
}

#[tokio::test(start_paused = true)]
async fn a_database_without_an_endpoint_needs_no_snapshot() {
    let (mut lab, net) = Lab::new().await;
    lab.make("main", subnet_group(&net)).await;
    lab.make("mysql", parameter_group()).await;
    let wanted = mysql(&net);
    let scope = lab.scope();
    let claim = Claim { address: Address::new(DbInstance::KIND, "mysql"), token: scope.token() };
    let live = wanted.create(&scope, &claim).await.unwrap();
    assert_eq!((live.endpoint.as_deref(), live.status.as_str()), (None, "creating"));
    wanted.delete(&scope, &live).await.unwrap();
    let snapshots = lab.scope.aws.rds.describe_db_snapshots().send().await.unwrap();
    assert!(snapshots.db_snapshots().is_empty());
}

#[tokio::test(start_paused = true)]
async fn rds_refuses_what_aws_refuses() {
    let (mut lab, net) = Lab::new().await;
    let wanted = mysql(&net);
    let database = with_mysql(&mut lab, &net, &wanted).await;
    let (rds, ec2) = (lab.scope.aws.rds.clone(), lab.scope.aws.ec2.clone());
    let delete = || rds.delete_db_instance().db_instance_identifier(&wanted.id);
    let modify = || rds.modify_db_instance().db_instance_identifier(&wanted.id);
    assert_eq!(code(delete().send().await), "InvalidParameterCombination");
    assert_eq!(code(modify().allocated_storage(20).send().await), "InvalidParameterCombination");
    assert_eq!(code(modify().engine_version("8.0").send().await), "InvalidParameterCombination");
    let tiny = modify().db_instance_class("db.t9.tiny").apply_immediately(true);
    assert_eq!(code(tiny.send().await), "InvalidParameterValue");
    let odd = aws_sdk_rds::types::Filter::builder().name("colour").values("red").build();
    assert_eq!(
        code(rds.describe_db_instances().filters(odd).send().await),
        "InvalidParameterValue"
    );

    let subnet = lab.recorded(&net.subnets[0]).id;
    assert_eq!(code(ec2.delete_subnet().subnet_id(&subnet).send().await), "DependencyViolation");
    let group = || rds.delete_db_subnet_group().db_subnet_group_name("edxaws-test-data");
    let parameters =
        || rds.delete_db_parameter_group().db_parameter_group_name("edxaws-test-mysql-8-4");
    assert_eq!(code(parameters().send().await), "InvalidDBParameterGroupState");
    delete().skip_final_snapshot(true).send().await.unwrap();
    let while_leaving: Failure = group().send().await.unwrap_err().into();
    assert_eq!(verdict(&while_leaving), Verdict::InUse, "{while_leaving}");
    assert_eq!(code(delete().skip_final_snapshot(true).send().await), "InvalidDBInstanceState");
    assert_eq!(lab.look("mysql", &wanted).await.0.unwrap().status, "deleting");
    lab.scope.clock.sleep(Duration::from_secs(1000)).await;
    assert_eq!(code(delete().skip_final_snapshot(true).send().await), "DBInstanceNotFound");
    group().send().await.unwrap();
    parameters().send().await.unwrap();
    lab.live.remove(&database.address);
}

#[tokio::test(start_paused = true)]
async fn parameters_converge_and_leave_no_rest() {
    let (mut lab, _) = Lab::new().await;
    let group = lab.make("mysql", parameter_group()).await;
    let address = group.address.clone();
    let claim = Claim { address, token: "unused".to_owned() };
    let wanted = DbParameterGroup {
        parameters: parameters(&[("require_secure_transport", "1"), ("wait_timeout", "600")]),
        ..parameter_group()
    };
    let live = lab.settle("mysql", &wanted, &claim).await;
    assert_eq!(
        live.parameters,
        parameters(&[("require_secure_transport", "ON"), ("wait_timeout", "600")])
    );
    let wrong = DbParameterGroup { parameters: parameters(&[("no_such", "1")]), ..wanted };
    let failure = wrong.update(&lab.scope(), &live, &claim).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::Fatal, "{failure}");
}

#[tokio::test(start_paused = true)]
async fn strangers_of_the_same_name_are_left_alone() {
    let (mut lab, net) = Lab::new().await;
    let ids: Vec<_> = net.subnets.iter().map(|subnet| lab.recorded(subnet).id).collect();
    let aws = lab.scope.aws.clone();
    let (group, pool) = (subnet_group(&net), cache_subnets(&net));
    let call = aws.rds.create_db_subnet_group().db_subnet_group_name(&group.name);
    call.db_subnet_group_description("theirs")
        .set_subnet_ids(Some(ids.clone()))
        .send()
        .await
        .unwrap();
    let call = aws.elasticache.create_cache_subnet_group().cache_subnet_group_name(&pool.name);
    call.cache_subnet_group_description("theirs").set_subnet_ids(Some(ids)).send().await.unwrap();
    let secret = site(Shape::Keys(site_keys()));
    aws.secrets.create_secret().name(&secret.name).secret_string("theirs").send().await.unwrap();
    // Another stack's tags are a stranger's, too.
    let other = scope_of(&lab.local, "other", 2).await;
    let token = other.token();
    let claim = Claim { address: Address::new("db_parameter_group", "mysql"), token };
    parameter_group().create(&other, &claim).await.unwrap();

    not_adopted(&mut lab, "main", group).await;
    not_adopted(&mut lab, "main", pool).await;
    not_adopted(&mut lab, "main", secret).await;
    not_adopted(&mut lab, "mysql", parameter_group()).await;
}

async fn not_adopted<R: Resource>(lab: &mut Lab, name: &str, desired: R) {
    let scope = lab.scope();
    let claim = Claim { address: Address::new(R::KIND, name), token: scope.token() };
    let failure = desired.create(&scope, &claim).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::Exists, "{failure}");
    assert_eq!(lab.find(name, &desired, &claim).await.len(), 0, "{} was adopted", R::KIND);
    scope.clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(lab.find(name, &desired, &claim).await.len(), 0, "{} was adopted", R::KIND);
}

#[tokio::test(start_paused = true)]
async fn a_cache_lives_grows_shrinks_and_dies() {
    let (mut lab, net) = Lab::new().await;
    let mut wanted = cache(&net);
    let group = with_cache(&mut lab, &net, &wanted).await;
    let live = lab.recorded(&group);
    assert!(live.has_token && live.encrypted_in_transit && live.encrypted_at_rest && live.failover);
    assert_eq!((live.nodes, live.endpoint.is_some()), (2, true));
    assert_eq!(lab.look("main", &wanted).await.1, 2, "calls of a no-op look");
    assert_eq!(lab.look("main", &cache_subnets(&net)).await.1, 1);
    assert_eq!(lab.look("valkey8", &cache_parameters()).await.1, 2);

    let claim = Claim { address: group.address.clone(), token: "unused".to_owned() };
    wanted.nodes = 3;
    wanted.node_type = "cache.m7g.large".to_owned();
    let live = lab.settle("main", &wanted, &claim).await;
    assert_eq!((live.nodes, live.node_type.as_str()), (3, "cache.m7g.large"));
    wanted.nodes = 1;
    let live = lab.settle("main", &wanted, &claim).await;
    assert_eq!((live.nodes, live.failover, live.multi_az), (1, false, false));
    wanted.nodes = 2;
    assert!(lab.settle("main", &wanted, &claim).await.multi_az);

    let client = lab.scope.aws.elasticache.clone();
    let subnets =
        || client.delete_cache_subnet_group().cache_subnet_group_name("edxaws-test-cache");
    let used: Failure = subnets().send().await.unwrap_err().into();
    assert_eq!(verdict(&used), Verdict::InUse, "{used}");
    let subnet = lab.recorded(&net.subnets[1]).id;
    let blocked = lab.scope.aws.ec2.delete_subnet().subnet_id(&subnet).send().await;
    assert_eq!(code(blocked), "DependencyViolation");
    lab.unmake(&group, &wanted, DataPolicy::Snapshot).await;
    lab.unmake(&Ref::to("main"), &cache_subnets(&net), DataPolicy::Snapshot).await;
    lab.unmake(&Ref::to("valkey8"), &cache_parameters(), DataPolicy::Snapshot).await;
    lab.unmake(&Ref::to("cache-auth"), &token(), DataPolicy::Snapshot).await;
    lab.scope.aws.ec2.delete_subnet().subnet_id(&subnet).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn redis_becomes_valkey_in_place_and_never_back() {
    let (mut lab, net) = Lab::new().await;
    let [name, family] = ["edxaws-test-redis7", "redis7"].map(str::to_owned);
    lab.make("redis7", CacheParameterGroup { name, family, ..cache_parameters() }).await;
    let [engine, version] = ["redis", "7.1"].map(str::to_owned);
    let redis =
        ReplicationGroup { engine, version, parameter_group: Ref::to("redis7"), ..cache(&net) };
    let group = with_cache(&mut lab, &net, &redis).await;
    let claim = Claim { address: group.address.clone(), token: "unused".to_owned() };
    let live = lab.settle("main", &cache(&net), &claim).await;
    assert_eq!(
        (live.engine.as_str(), live.parameter_group.as_str()),
        ("valkey", "edxaws-test-valkey8")
    );
    assert!(matches!(redis.diff(&live, &lab.facts()), Change::Replace(_)));
}

#[tokio::test(start_paused = true)]
async fn documentdb_lives_and_dies() {
    let (mut lab, net) = Lab::new().await;
    lab.make("main", subnet_group(&net)).await;
    let wanted = DocdbCluster {
        id: "edxaws-test-docdb".to_owned(),
        version: "5.0".to_owned(),
        backup_days: 3,
        deletion_protection: true,
        final_snapshot: true,
        username: "edxaws".to_owned(),
        subnet_group: Ref::to("main"),
        security_groups: vec![net.group.clone()],
    };
    let cluster = lab.make("main", wanted.clone()).await;
    let one = DocdbInstance {
        id: "edxaws-test-docdb-1".to_owned(),
        cluster: cluster.clone(),
        class: "db.t4g.medium".to_owned(),
    };
    let instance = lab.make("1", one.clone()).await;
    // One of them asks which version of its secret counts.
    assert_eq!(lab.look("main", &wanted).await.1, 2, "calls of a no-op look");
    assert_eq!(lab.look("1", &one).await.1, 1);
    // RDS and DocumentDB share an endpoint: neither takes the other's for its own.
    assert!(DbInstance::list(&lab.scope(), &[]).await.unwrap().is_empty());

    let claim = Claim { address: cluster.address.clone(), token: "unused".to_owned() };
    let longer = DocdbCluster { backup_days: 9, ..wanted.clone() };
    assert_eq!(lab.settle("main", &longer, &claim).await.backup_days, 9);
    let larger = DocdbInstance { class: "db.r6g.large".to_owned(), ..one.clone() };
    let claim = Claim { address: instance.address.clone(), token: "unused".to_owned() };
    assert_eq!(lab.settle("1", &larger, &claim).await.class, "db.r6g.large");

    let docdb = lab.scope.aws.docdb.clone();
    let delete = docdb.delete_db_cluster().db_cluster_identifier(&wanted.id);
    docdb
        .modify_db_cluster()
        .db_cluster_identifier(&wanted.id)
        .deletion_protection(false)
        .send()
        .await
        .unwrap();
    assert_eq!(code(delete.skip_final_snapshot(true).send().await), "InvalidDBClusterStateFault");
    lab.unmake(&instance, &larger, DataPolicy::Snapshot).await;
    lab.unmake(&cluster, &longer, DataPolicy::Snapshot).await;
    let snapshots = docdb.describe_db_cluster_snapshots().send().await.unwrap();
    assert_eq!(snapshots.db_cluster_snapshots().len(), 1);
    lab.unmake(&Ref::to("main"), &subnet_group(&net), DataPolicy::Snapshot).await;
}

#[tokio::test(start_paused = true)]
async fn a_secret_gains_keys_and_keeps_its_values() {
    let (mut lab, _) = Lab::new().await;
    let secret = lab.make("main", site(Shape::Keys(site_keys()))).await;
    let before: Value =
        serde_json::from_str(&secret_texts(&lab)["edxaws-test-openedx-main"]).unwrap();
    assert_eq!(before["secret_key"].as_str().unwrap().len(), 50);
    assert!(uuid::Uuid::parse_str(before["uid"].as_str().unwrap()).is_ok());
    lab.scope.clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(
        lab.look("main", &site(Shape::Keys(site_keys()))).await.1,
        1,
        "calls of a no-op look"
    );

    let mut keys = site_keys();
    keys.remove("uid");
    keys.insert("added".to_owned(), Password::of(20));
    let claim = Claim { address: secret.address.clone(), token: lab.scope.token() };
    let live = lab.settle("main", &site(Shape::Keys(keys)), &claim).await;
    assert_eq!(live.keys, ["added", "secret_key", "uid"]);
    let after: Value =
        serde_json::from_str(&secret_texts(&lab)["edxaws-test-openedx-main"]).unwrap();
    assert_eq!(after["added"].as_str().unwrap().len(), 20);
    assert_eq!((&after["secret_key"], &after["uid"]), (&before["secret_key"], &before["uid"]));
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_ours_comes_back_from_recovery() {
    let (mut lab, _) = Lab::new().await;
    let wanted = site(Shape::Keys(site_keys()));
    let secret = lab.make("main", wanted.clone()).await;
    let before = secret_texts(&lab);
    lab.unmake(&secret, &wanted, DataPolicy::Snapshot).await;
    lab.make("main", wanted.clone()).await;
    assert_eq!(secret_texts(&lab), before, "the old values are back");

    // A run that was killed between restoring and tagging left another claim's token on it.
    let scope = lab.scope();
    let claim = Claim { address: secret.address.clone(), token: scope.token() };
    let token = lab.find("main", &wanted, &claim).await[0].token.clone();
    assert_ne!(token.as_ref(), Some(&claim.token));
    wanted.create(&scope, &claim).await.unwrap();
    assert_eq!(lab.find("main", &wanted, &claim).await[0].token, Some(claim.token));
    assert_eq!(secret_texts(&lab), before);

    // Without recovery the name is free after a moment, and the values are new ones.
    lab.unmake(&secret, &wanted, DataPolicy::Delete).await;
    let claim = Claim { address: secret.address.clone(), token: scope.token() };
    let failure = wanted.create(&scope, &claim).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::NotYet, "{failure}");
    scope.clock.sleep(Duration::from_secs(30)).await;
    wanted.create(&scope, &claim).await.unwrap();
    assert_ne!(secret_texts(&lab), before);
}

#[tokio::test(start_paused = true)]
async fn a_strangers_secret_in_recovery_is_not_restored() {
    let (mut lab, _) = Lab::new().await;
    let wanted = site(Shape::Keys(site_keys()));
    let secrets = lab.scope.aws.secrets.clone();
    secrets.create_secret().name(&wanted.name).secret_string("theirs").send().await.unwrap();
    secrets.delete_secret().secret_id(&wanted.name).send().await.unwrap();
    let scope = lab.scope();
    let claim = Claim { address: Address::new(Secret::KIND, "main"), token: scope.token() };
    let failure = wanted.create(&scope, &claim).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::Fatal, "{failure}");
    assert!(failure.message.contains("belongs to another"), "{failure}");
    assert!(lab.find("main", &wanted, &claim).await.is_empty());
    lab.note(&failure);
}

/// The values AWS makes up reach nothing that is shown, recorded or logged.
#[tokio::test(start_paused = true)]
async fn no_secret_is_ever_seen() {
    let (mut lab, net) = Lab::new().await;
    with_mysql(&mut lab, &net, &mysql(&net)).await;
    let wanted = cache(&net);
    let group = with_cache(&mut lab, &net, &wanted).await;
    let secret = lab.make("main", site(Shape::Keys(site_keys()))).await;
    failures(&mut lab, &wanted, &group, &secret).await;
    let texts = secret_texts(&lab);
    assert_eq!(texts.len(), 3, "cache token, site, master password");
    let mut canaries = Vec::new();
    for text in texts.values() {
        match serde_json::from_str::<BTreeMap<String, String>>(text) {
            Ok(map) => canaries
                .extend(map.into_iter().filter(|(key, _)| key != "username").map(|(_, v)| v)),
            Err(_) => canaries.push(text.clone()),
        }
    }
    assert_eq!(canaries.len(), 4);
    lab.seen.push(format!("{:?} {:?}", lab.local.trace(), lab.scope.aws.trace.calls()));
    for canary in canaries {
        assert!(canary.len() >= 24, "too short to be a canary");
        let leak = lab.seen.iter().find(|text| text.contains(&canary));
        assert!(leak.is_none(), "a secret is in {leak:?}");
    }
    // Passwords AWS holds for databases and caches are kept as digests only.
    let tokens = lab.local.world(|world| {
        let caches = world.of_kind("elasticache_replication_group");
        caches.map(|cache| cache.text("$token").to_owned()).collect::<Vec<_>>()
    });
    assert!(tokens.unwrap().iter().all(|token| !texts.values().any(|text| text == token)));
}

/// Calls with secrets in them that go wrong.
async fn failures(
    lab: &mut Lab,
    cache: &ReplicationGroup,
    group: &Ref<ReplicationGroup>,
    secret: &Ref<Secret>,
) {
    let (scope, live) = (lab.scope(), lab.recorded(group));
    let claim = Claim { address: group.address.clone(), token: scope.token() };
    let failure = cache.create(&scope, &claim).await.unwrap_err();
    lab.note(&failure);
    lab.local.faults.add(FaultRule::error("elasticache", "ModifyReplicationGroup", 1, 400, "Odd"));
    let bare = edxaws::resources::elasticache::ReplicationGroupLive { has_token: false, ..live };
    let failure = cache.update(&scope, &bare, &claim).await.unwrap_err();
    assert_eq!(failure.code, "Odd");
    lab.note(&failure);
    let mut keys = site_keys();
    keys.insert("more".to_owned(), Password::of(30));
    let wanted = site(Shape::Keys(keys));
    for (action, result) in [("PutSecretValue", 500), ("GetSecretValue", 400)] {
        lab.local.faults.add(FaultRule::error("secretsmanager", action, 1, result, "Odd"));
        let failure = wanted.update(&scope, &lab.recorded(secret), &claim).await.unwrap_err();
        assert_eq!(failure.code, "Odd");
        lab.note(&failure);
    }
}

/// The data part of a shipped profile, on a graph of its own.
fn data_of(profile: &str) -> (Graph, stack::data::Data) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let settings = edxaws::profile::load(profile, &folder).unwrap().settings;
    let region = settings.region.clone();
    let place = Surroundings {
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/somebody".to_owned(),
        zones: ["a", "b", "c"].iter().map(|zone| format!("{region}{zone}")).collect(),
        kubernetes_version: "1.35".to_owned(),
        rendered: BTreeMap::new(),
        region,
    };
    let mut graph = Graph::new();
    let network = stack::network::build(&mut graph, &settings, &place).unwrap();
    let storage = stack::storage::build(&mut graph, &settings, &place);
    let identity = stack::identity::build(&mut graph, &settings, &place, &storage);
    let data = stack::data::build(&mut graph, &settings, &place, &network, &identity);
    (graph, data)
}

#[test]
fn databases_wait_for_nothing_but_their_own() {
    let (graph, data) = data_of("prod");
    graph.order().unwrap();
    let needs = |address: &Address| -> Vec<String> {
        graph.get(address).unwrap().needs.iter().map(ToString::to_string).collect()
    };
    let mysql = [
        "db_parameter_group.mysql-8-4",
        "db_subnet_group.mysql",
        "security_group.mysql",
        "service_linked_role.rds",
    ];
    assert_eq!(needs(&data.mysql.address), mysql);
    let cache = data.cache.unwrap();
    assert_eq!(needs(&cache.address).len(), 5);
    assert!(data.secrets.contains_key("cache-auth"));
    assert!(data.secrets.keys().any(|name| name.starts_with("openedx-")));
}

#[test]
fn small_profiles_have_small_data() {
    let (graph, data) = data_of("dev");
    graph.order().unwrap();
    assert!(data.documentdb.is_none() && data.documentdb_instances.is_empty());
    assert_eq!(data.cache.is_some(), data.secrets.contains_key("cache-auth"));
}
