//! The EKS and Auto Scaling kinds against the local AWS, under virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use edxaws::address::{Address, Ref};
use edxaws::aws::{Clients, Clock, Endpoint, Failure, Scope, StackId, Verdict, connect, verdict};
use edxaws::resource::{Change, Claim, Facts, Found, Ready, Resource, Wanted};
use edxaws::resources::autoscaling::TargetGroupAttachment;
use edxaws::resources::ec2::{
    InternetGateway, LaunchTemplate, Route, RouteTable, SecurityGroup, Subnet, Vpc, Way,
};
use edxaws::resources::eks::{
    AccessEntry, Addon, Cluster, ClusterLive, NodeGroup, PodIdentityAssociation, Taint,
};
use edxaws::resources::elbv2::TargetGroup;
use edxaws::resources::iam::Role;
use edxaws::stack::{self, Surroundings};
use edxaws_localstack::{LocalAws, sdk_client};
use serde_json::{Value, json};

/// An account with a network and roles, and what has been made in it.
struct Lab {
    local: LocalAws,
    scope: Scope,
    live: BTreeMap<Address, Value>,
}

async fn scope_of(local: &LocalAws, stack: &str, seed: u64) -> Scope {
    let config = connect(&Endpoint::Local(sdk_client(local)), "us-east-1").await;
    let [name, account, region, partition] =
        [stack, "123456789012", "us-east-1", "aws"].map(str::to_owned);
    let stack = StackId { name, account, region, partition };
    let random = fastrand::Rng::with_seed(seed);
    Scope::new(Clients::new(&config), stack, Clock::real(), BTreeMap::new(), random)
}

/// Tries again while AWS says "not yet" or "in use", as the engine does.
async fn patient<T, F: Future<Output = Result<T, Failure>>>(
    scope: &Scope,
    mut call: impl FnMut() -> F,
) -> Result<T, Failure> {
    for _ in 0..200 {
        match call().await {
            Err(failure) if matches!(verdict(&failure), Verdict::NotYet | Verdict::InUse) => {
                scope.clock.sleep(Duration::from_secs(5)).await;
            }
            other => return other,
        }
    }
    panic!("it never came to an end");
}

impl Lab {
    async fn new() -> Self {
        let local = LocalAws::in_memory(11);
        let scope = scope_of(&local, "test", 1).await;
        Self { local, scope, live: BTreeMap::new() }
    }

    /// With VPC, two public subnets, security group, launch template and roles.
    async fn furnished() -> Self {
        let mut lab = Self::new().await;
        let vpc = lab.make("main", Vpc { cidr: "10.0.0.0/16".to_owned() }).await;
        let gateway = lab.make("main", InternetGateway { vpc: vpc.clone() }).await;
        let mut subnets = Vec::new();
        for (zone, cidr) in [("a", "10.0.0.0/20"), ("b", "10.0.16.0/20")] {
            let subnet = Subnet {
                vpc: vpc.clone(),
                cidr: cidr.to_owned(),
                zone: format!("us-east-1{zone}"),
                public_addresses: true,
                extra_tags: BTreeMap::new(),
            };
            subnets.push(lab.make(&format!("public-{zone}"), subnet).await);
        }
        let table = lab.make("public", RouteTable { vpc: vpc.clone(), subnets }).await;
        let destination = "0.0.0.0/0".to_owned();
        lab.make("public", Route { table, destination, to: Way::InternetGateway(gateway) }).await;
        let [name, description] = ["edxaws-test-nodes", "Nodes"].map(str::to_owned);
        let group = lab.make("nodes", SecurityGroup { vpc, name, description }).await;
        let security_groups = vec![group];
        let name = "edxaws-test-nodes".to_owned();
        lab.make("nodes", LaunchTemplate { name, security_groups, disk_gib: 50 }).await;
        for (what, service) in [("cluster", "eks"), ("node", "ec2"), ("ebs-csi", "pods.eks")] {
            lab.make(what, role(what, service)).await;
        }
        lab
    }

    fn facts(&self) -> Facts {
        Facts::new(self.live.clone())
    }

    fn scope(&self) -> Scope {
        self.scope.with_facts(self.facts())
    }

    fn claim<R: Resource>(&self, name: &str) -> Claim {
        Claim { address: Address::new(R::KIND, name), token: self.scope.token() }
    }

    fn wanted<R: Resource>(&self, name: &str, desired: &R) -> Wanted<R> {
        let address = Address::new(R::KIND, name);
        let live = self.live.get(&address).and_then(R::Live::deserialize_value);
        Wanted { address, desired: desired.clone(), live, claim: None }
    }

    async fn found<R: Resource>(&self, name: &str, desired: &R) -> Vec<Found<R::Live>> {
        let address = Address::new(R::KIND, name);
        let found = R::list(&self.scope(), &[self.wanted(name, desired)]).await.unwrap();
        found.into_iter().filter(|one| one.address.as_ref() == Some(&address)).collect()
    }

    /// Creates it and brings it to readiness the way the engine does.
    async fn make<R: Resource>(&mut self, name: &str, desired: R) -> Ref<R> {
        let claim = self.claim::<R>(name);
        self.make_as(name, &desired, &claim).await
    }

    async fn make_as<R: Resource>(&mut self, name: &str, desired: &R, claim: &Claim) -> Ref<R> {
        let scope = self.scope();
        let live = patient(&scope, || desired.create(&scope, claim)).await.unwrap();
        self.record::<R>(name, &live);
        self.settle(name, desired, claim).await;
        Ref::to(name)
    }

    fn record<R: Resource>(&mut self, name: &str, live: &R::Live) {
        self.live.insert(Address::new(R::KIND, name), serde_json::to_value(live).unwrap());
    }

    /// Updates and waits until it is ready and as desired; the number of updates it took.
    async fn settle<R: Resource>(&mut self, name: &str, desired: &R, claim: &Claim) -> u32 {
        let mut updates = 0;
        for _ in 0..2000 {
            let found = self.found(name, desired).await;
            assert_eq!(found.len(), 1, "{}.{name} is there once", R::KIND);
            let live = found[0].live.clone();
            self.record::<R>(name, &live);
            let scope = self.scope();
            match (desired.ready(&live), desired.diff(&live, &self.facts())) {
                (Ready::Failed(why), _) => panic!("{}.{name} failed: {why}", R::KIND),
                (Ready::Wait(_), _) => scope.clock.sleep(Duration::from_secs(5)).await,
                (Ready::Yes, Change::Keep) => return updates,
                (Ready::Yes, Change::Update(_)) => {
                    updates += 1;
                    patient(&scope, || desired.update(&scope, &live, claim)).await.unwrap();
                }
                (Ready::Yes, Change::Replace(why)) => panic!("{}.{name}: {why:?}", R::KIND),
            }
        }
        panic!("{}.{name} never settled", R::KIND);
    }

    /// A second create under the same claim gives the same object.
    async fn repeat<R: Resource>(&self, name: &str, desired: &R, claim: &Claim, id: &str) {
        let scope = self.scope();
        let again = desired.create(&scope, claim).await.unwrap();
        let again = serde_json::to_value(again).unwrap();
        let first = &self.live[&Address::new(R::KIND, name)];
        assert!(first[id].is_string(), "{first}");
        assert_eq!(again[id], first[id]);
        assert_eq!(self.found(name, desired).await.len(), 1);
    }

    /// Another claim for the same name is refused as taken.
    async fn refuse_double<R: Resource>(&self, desired: &R) {
        let scope = self.scope();
        let failure = desired.create(&scope, &self.claim::<R>("other")).await.unwrap_err();
        assert_eq!(verdict(&failure), Verdict::Exists, "{failure}");
    }

    /// Somebody else's stack does not see it, and its own list is empty.
    async fn hidden_from_strangers<R: Resource>(&self, name: &str, desired: &R) {
        let other = scope_of(&self.local, "other", 2).await.with_facts(self.facts());
        let wanted = Wanted { live: None, ..self.wanted(name, desired) };
        assert!(R::list(&other, &[wanted]).await.unwrap().is_empty());
        // Unrecorded but ours: found, by its tags.
        let wanted = Wanted { live: None, ..self.wanted(name, desired) };
        let found = R::list(&self.scope(), &[wanted]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].token.is_some());
    }

    /// Deletes it, waits until it is gone, and deletes it once more.
    async fn unmake<R: Resource>(&mut self, name: &str, desired: &R) {
        let address = Address::new(R::KIND, name);
        let live = R::Live::deserialize_value(&self.live[&address]).unwrap();
        let scope = self.scope();
        patient(&scope, || desired.delete(&scope, &live)).await.unwrap();
        for _ in 0..500 {
            if self.found(name, desired).await.is_empty() {
                if let Err(failure) = desired.delete(&scope, &live).await {
                    assert_eq!(verdict(&failure), Verdict::Gone, "{failure}");
                }
                self.live.remove(&address);
                return;
            }
            scope.clock.sleep(Duration::from_secs(5)).await;
        }
        panic!("{address} never went");
    }

    fn count(&self, kind: &str) -> usize {
        self.local.world(|world| world.of_kind(kind).count()).unwrap()
    }
}

trait FromValue: Sized {
    fn deserialize_value(value: &Value) -> Option<Self>;
}

impl<T: serde::de::DeserializeOwned> FromValue for T {
    fn deserialize_value(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}

fn role(what: &str, service: &str) -> Role {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": format!("{service}.amazonaws.com")},
        "Action": if service == "pods.eks" { json!(["sts:AssumeRole", "sts:TagSession"]) }
            else { json!("sts:AssumeRole") },
    }]});
    let name = format!("edxaws-test-{what}");
    Role { name, arn: None, trust, policies: Vec::new(), permissions: None }
}

fn subnets() -> Vec<Ref<Subnet>> {
    vec![Ref::to("public-a"), Ref::to("public-b")]
}

const NAME: &str = "edxaws-test-main";

fn cluster() -> Cluster {
    Cluster {
        name: NAME.to_owned(),
        version: "1.34".to_owned(),
        role: Ref::to("cluster"),
        subnets: subnets(),
        security_groups: vec![Ref::to("nodes")],
        public_access_cidrs: vec!["203.0.113.7/32".to_owned()],
        logs: vec!["authenticator".to_owned(), "api".to_owned()],
        deletion_protection: false,
    }
}

fn addon(name: &str) -> Addon {
    Addon {
        name: name.to_owned(),
        cluster: Ref::to("main"),
        cluster_name: NAME.to_owned(),
        version: None,
        follows: None,
        configuration: None,
        checked_later: false,
    }
}

fn group() -> NodeGroup {
    NodeGroup {
        name: "edxaws-test-workers".to_owned(),
        cluster: Ref::to("main"),
        cluster_name: NAME.to_owned(),
        version: "1.34".to_owned(),
        role: Ref::to("node"),
        subnets: subnets(),
        template: Ref::to("nodes"),
        capacity: "ON_DEMAND".to_owned(),
        instance_types: vec!["m7g.large".to_owned(), "m6g.large".to_owned()],
        ami_type: "AL2023_ARM_64_STANDARD".to_owned(),
        min: 1,
        max: 4,
        desired: 2,
        labels: BTreeMap::from([("part".to_owned(), "web".to_owned())]),
        taints: vec![Taint {
            key: "spot".to_owned(),
            effect: "NO_SCHEDULE".to_owned(),
            value: None,
        }],
    }
}

fn pod_identity() -> PodIdentityAssociation {
    PodIdentityAssociation {
        cluster: Ref::to("main"),
        cluster_name: NAME.to_owned(),
        namespace: "kube-system".to_owned(),
        service_account: "ebs-csi-controller-sa".to_owned(),
        role: Ref::to("ebs-csi"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_lives_changes_and_dies() {
    let mut lab = Lab::furnished().await;
    let before = (lab.count("security_group"), lab.count("network_interface"));
    let (wish, claim) = (cluster(), lab.claim::<Cluster>("main"));
    let began = lab.scope.clock.elapsed();
    let made = lab.make_as("main", &wish, &claim).await;
    let took = (lab.scope.clock.elapsed() - began).as_secs();
    assert!((500..800).contains(&took), "{took} s");
    let live: ClusterLive = lab.facts().get(&made).unwrap();
    assert!(live.endpoint.is_some() && live.issuer.is_some(), "{live:?}");
    assert!(live.certificate_authority.is_some());
    assert!(live.security_group_id.as_ref().is_some_and(|id| id.starts_with("sg-")));
    // AWS's own: a security group and an interface in each subnet.
    assert_eq!(lab.count("security_group"), before.0 + 1);
    assert_eq!(lab.count("network_interface"), before.1 + 2);
    lab.repeat("main", &wish, &claim, "arn").await;
    lab.refuse_double(&wish).await;
    lab.hidden_from_strangers("main", &wish).await;

    // Several kinds of change at once are made one after the other.
    let mut other = Cluster {
        logs: vec!["audit".to_owned()],
        public_access_cidrs: Vec::new(),
        deletion_protection: true,
        version: "1.36".to_owned(),
        ..wish
    };
    // Five changes; the last try finds that there is nothing left to do.
    assert_eq!(lab.settle("main", &other, &claim).await, 6);
    let live: ClusterLive = lab.facts().get(&made).unwrap();
    assert_eq!(
        (live.version.as_str(), live.logs.as_slice()),
        ("1.36", ["audit".to_owned()].as_slice())
    );
    assert!(live.public_access_cidrs.is_empty() && live.deletion_protection);
    // Never back.
    other.version = "1.35".to_owned();
    assert_eq!(other.diff(&live, &lab.facts()), Change::Keep);

    // Without a group of ours, AWS makes one that nobody deletes.
    assert_eq!(lab.count("log_group"), 1);
    lab.unmake("main", &other).await;
    assert_eq!(lab.count("log_group"), 1);
    assert_eq!((lab.count("security_group"), lab.count("network_interface")), before);
}

#[tokio::test(start_paused = true)]
async fn nodes_addons_and_identities() {
    let mut lab = Lab::furnished().await;
    lab.make("main", cluster()).await;
    let quiet = lab.count("network_interface");
    for name in ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"] {
        let claim = lab.claim::<Addon>(name);
        lab.make_as(name, &addon(name), &claim).await;
        lab.repeat(name, &addon(name), &claim, "arn").await;
    }
    lab.refuse_double(&addon("vpc-cni")).await;
    lab.hidden_from_strangers("vpc-cni", &addon("vpc-cni")).await;

    let (mut wish, claim) = (group(), lab.claim::<NodeGroup>("workers"));
    let made = lab.make_as("workers", &wish, &claim).await;
    let live = lab.facts().get(&made).unwrap();
    assert_eq!(live.asg_names.len(), 1, "{live:?}");
    assert!(live.asg_names[0].starts_with("eks-edxaws-test-workers-"));
    assert_eq!((lab.count("instance"), lab.count("network_interface")), (2, quiet + 2));
    lab.repeat("workers", &wish, &claim, "arn").await;
    lab.refuse_double(&wish).await;
    lab.hidden_from_strangers("workers", &wish).await;

    // An autoscaler's size is not a difference; limits, labels and taints are, in one update.
    let scale = lab.scope.aws.autoscaling.set_desired_capacity();
    let scale = scale.auto_scaling_group_name(&live.asg_names[0]).desired_capacity(4);
    scale.send().await.unwrap();
    assert_eq!(lab.count("instance"), 4);
    assert_eq!(lab.settle("workers", &wish, &claim).await, 0);
    assert_eq!(lab.facts().get(&made).unwrap().desired, 4);
    wish.max = 3;
    wish.labels = BTreeMap::from([("tier".to_owned(), "web".to_owned())]);
    wish.taints[0].effect = "NO_EXECUTE".to_owned();
    assert_eq!(lab.settle("workers", &wish, &claim).await, 1);
    assert_eq!(lab.count("instance"), 3);

    storage_driver_needs_its_role(&mut lab).await;
    kube_proxy_follows_the_cluster(&mut lab, &mut wish, &claim).await;

    lab.unmake("workers", &wish).await;
    assert_eq!((lab.count("instance"), lab.count("network_interface")), (0, quiet));
    assert_eq!((lab.count("auto_scaling_group"), lab.count("volume")), (0, 0));
    for name in ["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "aws-ebs-csi-driver"] {
        lab.unmake(name, &addon(name)).await;
    }
    lab.unmake("ebs-csi", &pod_identity()).await;
}

async fn storage_driver_needs_its_role(lab: &mut Lab) {
    let driver = addon("aws-ebs-csi-driver");
    let scope = lab.scope();
    driver.create(&scope, &lab.claim::<Addon>("aws-ebs-csi-driver")).await.unwrap();
    scope.clock.sleep(Duration::from_secs(100)).await;
    let found = lab.found("aws-ebs-csi-driver", &driver).await;
    assert_eq!(found[0].live.status, "DEGRADED");
    assert!(
        matches!(driver.ready(&found[0].live), Ready::Wait(why) if why.contains("credentials"))
    );
    let (wish, claim) = (pod_identity(), lab.claim::<PodIdentityAssociation>("ebs-csi"));
    lab.make_as("ebs-csi", &wish, &claim).await;
    lab.repeat("ebs-csi", &wish, &claim, "id").await;
    lab.refuse_double(&wish).await;
    lab.hidden_from_strangers("ebs-csi", &wish).await;
    assert_eq!(lab.settle("aws-ebs-csi-driver", &driver, &claim).await, 0);
    // A recorded association costs one call; one with another role is looked at and changed.
    lab.local.clear_trace();
    lab.found("ebs-csi", &wish).await;
    assert_eq!(lab.local.trace().len(), 1);
    lab.make("other", role("other", "pods.eks")).await;
    let other = PodIdentityAssociation { role: Ref::to("other"), ..wish.clone() };
    assert_eq!(lab.settle("ebs-csi", &other, &claim).await, 1);
    assert_eq!(lab.settle("ebs-csi", &wish, &claim).await, 1);
}

async fn kube_proxy_follows_the_cluster(lab: &mut Lab, group: &mut NodeGroup, claim: &Claim) {
    let raised = Cluster { version: "1.35".to_owned(), ..cluster() };
    assert_eq!(lab.settle("main", &raised, claim).await, 2);
    let proxy = Addon { follows: Some("1.35".to_owned()), ..addon("kube-proxy") };
    assert_eq!(lab.settle("kube-proxy", &proxy, claim).await, 1);
    let live = lab.found("kube-proxy", &proxy).await.remove(0).live;
    assert!(live.version.starts_with("v1.35."), "{}", live.version);
    // A new template version and a new Kubernetes version are one rolling update.
    let template = LaunchTemplate {
        name: "edxaws-test-nodes".to_owned(),
        security_groups: vec![Ref::to("nodes")],
        disk_gib: 80,
    };
    assert_eq!(lab.settle("nodes", &template, claim).await, 1);
    group.version = "1.35".to_owned();
    assert_eq!(lab.settle("workers", group, claim).await, 1);
}

#[tokio::test(start_paused = true)]
async fn administrators_come_and_go() {
    let mut lab = Lab::furnished().await;
    lab.make("main", cluster()).await;
    let pathless = AccessEntry {
        cluster: Ref::to("main"),
        cluster_name: NAME.to_owned(),
        principal: "arn:aws:iam::123456789012:role/edxaws-test-admin".to_owned(),
    };
    // A role of this account must be there, and be named with its path.
    let admin = lab.make("admin", role("admin", "ec2")).await;
    let other = lab.claim::<AccessEntry>("other");
    let failure = pathless.create(&lab.scope(), &other).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::NotYet, "{failure}");
    let wish = AccessEntry {
        cluster: Ref::to("main"),
        cluster_name: NAME.to_owned(),
        principal: lab.facts().get(&admin).unwrap().arn,
    };
    let claim = lab.claim::<AccessEntry>("role-Admin");
    let made = lab.make_as("role-Admin", &wish, &claim).await;
    assert!(lab.facts().get(&made).unwrap().admin);
    lab.repeat("role-Admin", &wish, &claim, "arn").await;
    lab.refuse_double(&wish).await;
    lab.hidden_from_strangers("role-Admin", &wish).await;
    let session = AccessEntry {
        principal: "arn:aws:sts::123456789012:assumed-role/Admin/me".to_owned(),
        ..wish.clone()
    };
    let other = lab.claim::<AccessEntry>("other");
    let failure = session.create(&lab.scope(), &other).await.unwrap_err();
    assert_eq!(failure.code, "InvalidParameterException");
    assert_eq!(verdict(&failure), Verdict::Fatal, "{failure}");
    lab.unmake("role-Admin", &wish).await;
}

#[tokio::test(start_paused = true)]
async fn traffic_reaches_the_nodes() {
    let mut lab = Lab::furnished().await;
    lab.make("main", cluster()).await;
    lab.make("vpc-cni", addon("vpc-cni")).await;
    let nodes = lab.make("workers", group()).await;
    let target_group = TargetGroup {
        name: "edxaws-test-web".to_owned(),
        vpc: Ref::to("main"),
        port: 30080,
        health_path: "/heartbeat".to_owned(),
        health_codes: "200-399".to_owned(),
        deregistration_delay: 30,
    };
    let target_group = lab.make("web", target_group).await;
    let wish = TargetGroupAttachment { group: nodes, target_group };
    let (wanted, claim) = (lab.wanted("web", &wish), lab.claim::<TargetGroupAttachment>("web"));
    assert!(TargetGroupAttachment::list(&lab.scope(), &[wanted]).await.unwrap().is_empty());
    let made = lab.make_as("web", &wish, &claim).await;
    assert_eq!(lab.facts().get(&made).unwrap().groups.len(), 1);
    // Once more changes nothing.
    wish.create(&lab.scope(), &claim).await.unwrap();
    assert_eq!(lab.settle("web", &wish, &claim).await, 0);
    // Detached behind our back: a difference that an update mends.
    let live = lab.facts().get(&made).unwrap();
    wish.delete(&lab.scope(), &live).await.unwrap();
    lab.scope.clock.sleep(Duration::from_secs(60)).await;
    assert!(lab.found("web", &wish).await.is_empty());
    lab.make_as("web", &wish, &claim).await;
    lab.unmake("web", &wish).await;
    // A node group takes its Auto Scaling group with it: the attachment counts as gone.
    lab.make_as("web", &wish, &claim).await;
    lab.unmake("workers", &group()).await;
    assert!(lab.found("web", &wish).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_local_aws_refuses_what_aws_refuses() {
    let mut lab = Lab::furnished().await;
    let scope = lab.scope();
    let claim = lab.claim::<Cluster>("main");
    // One zone is not enough.
    let narrow = Cluster { subnets: vec![Ref::to("public-a")], ..cluster() };
    let failure = narrow.create(&scope, &claim).await.unwrap_err();
    assert!(failure.message.contains("two different AZs"), "{failure}");
    // A role that EKS may not assume, however long it has been there.
    scope.clock.sleep(Duration::from_secs(60)).await;
    let mistrusted = Cluster { role: Ref::to("node"), ..cluster() };
    let failure = mistrusted.create(&scope, &claim).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::NotYet, "{failure}");
    let failure = Cluster { version: "1.20".to_owned(), ..cluster() }.create(&scope, &claim).await;
    assert_eq!(verdict(&failure.unwrap_err()), Verdict::Fatal);
    // Nothing goes into a cluster that is not there, or not yet.
    let cni = addon("vpc-cni");
    let failure = cni.create(&scope, &lab.claim::<Addon>("vpc-cni")).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::Gone);
    patient(&scope, || async { cluster().create(&scope, &claim).await }).await.unwrap();
    let failure = cni.create(&scope, &lab.claim::<Addon>("vpc-cni")).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::NotYet, "{failure}");
    lab.settle("main", &cluster(), &claim).await;
    let eks = &lab.scope.aws.eks;
    let both = eks.update_cluster_config().name(NAME).deletion_protection(true);
    let policy = aws_sdk_eks::types::UpgradePolicyRequest::builder()
        .support_type(aws_sdk_eks::types::SupportType::Extended)
        .build();
    let failure: Failure = both.upgrade_policy(policy).send().await.unwrap_err().into();
    assert!(failure.message.contains("Only one type of update"), "{failure}");
    let jump = eks.update_cluster_version().name(NAME).version("1.36").send().await;
    assert_eq!(verdict(&jump.unwrap_err().into()), Verdict::Fatal);
    // One update at a time; the same once more is no change.
    let protect = |on| eks.update_cluster_config().name(NAME).deletion_protection(on).send();
    protect(true).await.unwrap();
    assert_eq!(verdict(&protect(false).await.unwrap_err().into()), Verdict::NotYet);
    lab.scope.clock.sleep(Duration::from_secs(600)).await;
    assert_eq!(verdict(&protect(true).await.unwrap_err().into()), Verdict::Exists);
    let failure: Failure = eks.delete_cluster().name(NAME).send().await.unwrap_err().into();
    assert_eq!(failure.code, "InvalidRequestException");
}

#[tokio::test(start_paused = true)]
async fn nodes_that_cannot_join_fail_after_half_an_hour() {
    let mut lab = Lab::furnished().await;
    lab.make("main", cluster()).await;
    let (wish, claim) = (group(), lab.claim::<NodeGroup>("workers"));
    wish.create(&lab.scope(), &claim).await.unwrap();
    let wrong = NodeGroup { ami_type: "AL2023_x86_64_STANDARD".to_owned(), ..group() };
    let wrong = NodeGroup { name: "x".to_owned(), ..wrong };
    let failure = wrong.create(&lab.scope(), &lab.claim::<NodeGroup>("x")).await;
    assert!(failure.unwrap_err().message.contains("not a valid instance type"));
    lab.scope.clock.sleep(Duration::from_secs(900)).await;
    let live = lab.found("workers", &wish).await.remove(0).live;
    assert!(matches!(wish.ready(&live), Ready::Wait(_)), "{live:?}");
    lab.scope.clock.sleep(Duration::from_secs(1300)).await;
    let live = lab.found("workers", &wish).await.remove(0).live;
    assert!(matches!(wish.ready(&live), Ready::Failed(why) if why.contains("join")), "{live:?}");
    assert!(matches!(wish.diff(&live, &lab.facts()), Change::Replace(_)));
    lab.record::<NodeGroup>("workers", &live);
    // The cluster cannot go before its node group, and may go after.
    let cluster_live = lab.facts().get(&Ref::<Cluster>::to("main")).unwrap();
    let failure = cluster().delete(&lab.scope(), &cluster_live).await.unwrap_err();
    assert_eq!(verdict(&failure), Verdict::InUse, "{failure}");
    lab.unmake("workers", &wish).await;
    // An add-on made in time saves the next one.
    wish.create(&lab.scope(), &lab.claim::<NodeGroup>("workers")).await.unwrap();
    lab.make("vpc-cni", addon("vpc-cni")).await;
    lab.settle("workers", &wish, &claim).await;
    lab.unmake("workers", &wish).await;
    lab.unmake("main", &cluster()).await;
}

#[tokio::test(start_paused = true)]
async fn interfaces_leak_only_on_request() {
    let mut lab = Lab::furnished().await;
    lab.make("main", cluster()).await;
    lab.make("vpc-cni", addon("vpc-cni")).await;
    lab.make("workers", group()).await;
    let id = format!("eks_nodegroup/{NAME}/edxaws-test-workers");
    lab.local.world(|world| world.things.get_mut(&id).unwrap().set("$leaks", true)).unwrap();
    let before = lab.count("network_interface");
    lab.unmake("workers", &group()).await;
    // Two nodes' own interfaces are gone, two of the CNI's are left.
    assert_eq!(lab.count("network_interface"), before);
    let left = |world: &mut edxaws_localstack::World| {
        let loose =
            |one: &&edxaws_localstack::Thing| one.text("description").starts_with("aws-K8S-");
        world.of_kind("network_interface").filter(loose).count()
    };
    assert_eq!(lab.local.world(left).unwrap(), 2);
}

fn stack_of(profile: &str, caller: &str) -> edxaws::graph::Graph {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let settings = edxaws::profile::load(profile, &folder).unwrap().settings;
    let place = Surroundings {
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        caller: caller.to_owned(),
        zones: ["a", "b", "c"].map(|zone| format!("eu-west-1{zone}")).to_vec(),
        kubernetes_version: "1.35".to_owned(),
        rendered: BTreeMap::new(),
    };
    stack::build(&settings, &place).unwrap()
}

#[test]
fn the_cluster_waits_for_no_nat_and_nodes_for_all_they_need() {
    let session = "arn:aws:sts::123456789012:assumed-role/Admin/me";
    let graph = stack_of("prod", session);
    let upstream = |address: &str| {
        let mut all: Vec<Address> = vec![Address::parse(address).unwrap()];
        let mut seen = 0;
        while let Some(next) = all.get(seen).cloned() {
            seen += 1;
            let needs = graph.get(&next).unwrap_or_else(|| panic!("no {next}")).needs.clone();
            all.extend(needs.into_iter().filter(|one| !all.contains(one)).collect::<Vec<_>>());
        }
        all.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>()
    };
    let has = |address: &str, up: &str| upstream(address).iter().any(|one| one == up);
    let kinds = |address: &str, kind: &str| {
        upstream(address).iter().any(|one| one.starts_with(&format!("{kind}.")))
    };
    for kind in ["nat_gateway", "route", "internet_gateway", "elastic_ip"] {
        assert!(!kinds("eks_cluster.main", kind), "the cluster waits for a {kind}");
        assert!(kinds("eks_nodegroup.workers", kind), "nodes do not wait for a {kind}");
    }
    assert!(has("eks_cluster.main", "log_group.eks"));
    assert!(has("eks_nodegroup.system", "eks_addon.vpc-cni"));
    assert!(has("eks_addon.aws-ebs-csi-driver", "eks_addon.eks-pod-identity-agent"));
    // DaemonSets follow the nodes by themselves: nothing waits for them.
    for addon in ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"] {
        assert!(!kinds(&format!("eks_addon.{addon}"), "eks_nodegroup"));
    }
    for addon in ["coredns", "aws-ebs-csi-driver", "metrics-server"] {
        assert!(has(&format!("eks_addon.{addon}"), "eks_nodegroup.system"), "{addon}");
        assert!(!has(&format!("eks_addon.{addon}"), "eks_nodegroup.workers"), "{addon}");
    }
    assert!(has("eks_addon.aws-ebs-csi-driver", "eks_pod_identity.ebs-csi"));
    // The session's role administers it.
    let entry = graph.get(&Address::parse("eks_access_entry.role-Admin").unwrap()).unwrap();
    assert_eq!(entry.desired["principal"], "arn:aws:iam::123456789012:role/Admin");
    for group in ["system", "workers"] {
        assert!(has(&format!("eks_nodegroup.{group}"), &format!("launch_template.{group}")));
    }
}
