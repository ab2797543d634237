//! The AWS side of a stack, up and running, and below it one of the two Kubernetes.

use std::time::Duration;

use edxaws::address::Address;
use edxaws::aws::{Clients, Clock, Endpoint, Scope, connect};
use edxaws::engine::{Choice, Plan, Select, Summary, plan_destroy, plan_up};
use edxaws::kubernetes::{Api, Door, ObjectId, Target};
use edxaws_localstack::kubernetes::{Misbehaviour, Trouble};
use edxaws_localstack::{Fault, FaultRule, LocalAws, sdk_client};
use jiff::Timestamp;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::real::{SPEED, Server, old};
use super::stage::{OnCluster, Stage};

pub struct Ground {
    pub stage: Stage,
    pub host: Host,
}

/// Whose Kubernetes it is.
pub enum Host {
    Local(LocalAws),
    Real(Box<Server>),
}

/// The platform's namespace.
pub const SPACE: &str = "demo";

impl Ground {
    pub async fn local() -> Self {
        let stage = aws().await;
        let host = Host::Local(stage.local.clone());
        Self { stage, host }
    }

    /// AWS's half hour is virtual; then time is real, for nobody can hurry a real server.
    pub async fn real() -> Self {
        let mut stage = aws().await;
        tokio::time::resume();
        let server = Server::start().await;
        point_to(&mut stage, &server);
        stage.scope = through_the_network(&stage).await;
        if server.minor().await < 23 {
            stage.reshape = old::translated;
        }
        Self { stage, host: Host::Real(Box::new(server)) }
    }

    pub async fn up(&mut self) -> Summary {
        let summary = self.stage.up().await;
        assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
        summary
    }

    /// Only these and what they need.
    pub async fn up_to(&mut self, targets: &[&str]) -> Summary {
        let plan = self.plan_for(targets).await;
        self.stage.run(&plan).await
    }

    pub async fn plan_for(&self, targets: &[&str]) -> Plan {
        let graph = self.stage.graph().await;
        let survey = self.stage.survey(&graph).await;
        let targets = targets.iter().map(|one| Address::parse(one).unwrap()).collect();
        let choice = Choice { targets, ..Choice::default() };
        plan_up(&graph, &self.stage.state, &survey, &choice).unwrap()
    }

    /// What the next `up` would do.
    pub async fn next(&self) -> Vec<String> {
        let plan = self.stage.plan().await;
        plan.steps.iter().map(|step| step.address.to_string()).collect()
    }

    /// Removes all that is on the cluster, and nothing of AWS.
    pub async fn clear(&mut self) -> Summary {
        let records = self.stage.state.records.keys();
        let there = |kind: &str| kind.starts_with("kubernetes_") || kind == "cluster_drain";
        let targets = records.filter(|one| there(one.kind())).cloned().collect();
        let choice = Choice {
            targets,
            delete_data: Select::Yes,
            lift_protection: Select::Yes,
            ..Choice::default()
        };
        let graph = self.stage.graph().await;
        let survey = self.stage.survey(&graph).await;
        let plan = plan_destroy(&self.stage.state, &survey, &choice).unwrap();
        self.stage.run(&plan).await
    }

    /// Long enough for controllers to come to rest.
    pub async fn settle(&self) {
        let seconds = match self.host {
            Host::Local(_) => 600,
            Host::Real(_) => 40,
        };
        self.stage.scope.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// The cluster's API, with what the program itself would show it.
    pub async fn api(&self) -> Api {
        let of = |name: &str| {
            let world = self.stage.local.world(|world| {
                let mut all = world.things.values();
                all.find(|one| one.kind == "eks_cluster").map(|one| one.attrs[name].clone())
            });
            world.unwrap().unwrap()
        };
        let (name, endpoint, authority) = (of("name"), of("endpoint"), of("certificateAuthority"));
        let target = Target {
            name: name.as_str().unwrap(),
            endpoint: endpoint.as_str().unwrap(),
            certificate_authority: authority["data"].as_str().unwrap(),
        };
        Api::of(&self.stage.scope, target).await.unwrap()
    }

    pub async fn get(&self, version: &str, kind: &str, name: &str) -> Option<Value> {
        let id = ObjectId::new(version, kind, Some(SPACE), name);
        self.api().await.get(&id).await.unwrap()
    }

    /// Names of the objects of a kind in the platform's namespace.
    pub async fn names(&self, version: &str, kind: &str, labels: &str) -> Vec<String> {
        let like = ObjectId::new(version, kind, Some(SPACE), "");
        let all = self.api().await.list(&like, labels).await.unwrap();
        all.iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Somebody else takes fields of an object for himself.
    pub async fn taken_by(&self, manager: &str, id: &ObjectId, fields: Value) {
        let client = self.api().await.client();
        let objects: kube::Api<DynamicObject> =
            kube::Api::namespaced_with(client, SPACE, &id.resource());
        let mut body = fields;
        body["apiVersion"] = id.api_version.clone().into();
        body["kind"] = id.kind.clone().into();
        body["metadata"]["name"] = id.name.clone().into();
        let params = PatchParams::apply(manager).force();
        objects.patch(&id.name, &params, &Patch::Apply(body)).await.unwrap();
    }

    pub fn misbehave(&self, name: &str, trouble: Trouble) {
        let how = Misbehaviour::new(SPACE, name, trouble);
        match &self.host {
            Host::Local(local) => local.world(|world| cluster_of(world).misbehave(how)).unwrap(),
            Host::Real(server) => server.troubles.lock().unwrap().misbehave(how),
        }
    }

    pub fn behave(&self) {
        match &self.host {
            Host::Local(local) => local.world(|world| cluster_of(world).behave()).unwrap(),
            Host::Real(server) => server.troubles.lock().unwrap().behave(),
        }
    }

    /// Patience runs out sooner for what is made from now on: a quarter of an hour is too long for a
    /// test in real time.
    pub fn hurry(&mut self) {
        self.pace(10.0 * SPEED);
    }

    pub fn calm(&mut self) {
        self.pace(SPEED);
    }

    fn pace(&mut self, speed: f64) {
        if let Host::Real(_) = self.host {
            self.stage.scope.clock = Clock::fixed(speed, Timestamp::now());
        }
    }
}

impl Host {
    /// No token that was shown before is good any more.
    pub fn expire_tokens(&self) {
        match self {
            Self::Local(local) => {
                let long_ago = |world: &mut _| {
                    let tokens = cluster_of(world).tokens.values_mut();
                    tokens.for_each(|(first, _)| *first -= 10_000.0);
                };
                local.world(long_ago).unwrap();
            }
            Self::Real(server) => server.tokens.expire(),
        }
    }

    /// The API server dies, and is back after a while.
    pub async fn outage(&self, clock: Clock) {
        match self {
            Self::Local(local) => {
                local.faults.add(FaultRule::new("kubernetes", "*", 1_000, Fault::NotSent));
                clock.sleep(Duration::from_secs(30)).await;
                local.faults.clear();
            }
            Self::Real(server) => {
                server.crash().await;
                clock.sleep(Duration::from_secs(30)).await;
                server.again().await;
            }
        }
    }
}

fn cluster_of(world: &mut edxaws_localstack::World) -> &mut edxaws_localstack::kubernetes::Cluster {
    world.kubernetes.clusters.values_mut().next().unwrap()
}

/// All but the marker of a cluster that has to be emptied: nothing speaks to the cluster yet.
async fn aws() -> Stage {
    let mut stage = Stage::new("sandbox", 7).await;
    let graph = stage.graph().await;
    let survey = stage.survey(&graph).await;
    let excludes = vec![Address::new("cluster_drain", "main")];
    let choice = Choice { excludes, ..Choice::default() };
    let plan = plan_up(&graph, &stage.state, &survey, &choice).unwrap();
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    stage.on_cluster = OnCluster::Platforms;
    stage
}

/// What AWS says of the cluster, and what the state remembers of that, is the server.
fn point_to(stage: &mut Stage, server: &Server) {
    let (url, authority) = (&server.url, &server.authority);
    let cluster = stage.local.world(|world| {
        let cluster = world.things.values_mut().find(|one| one.kind == "eks_cluster").unwrap();
        let before = [
            cluster.text("endpoint").to_owned(),
            cluster.attrs["certificateAuthority"]["data"].as_str().unwrap().to_owned(),
        ];
        cluster.attrs.insert("endpoint".to_owned(), url.clone().into());
        cluster.attrs.insert("certificateAuthority".to_owned(), json!({"data": authority}));
        before
    });
    let [endpoint, data] = cluster.unwrap();
    let state = serde_json::to_string(&stage.state).unwrap();
    let state = state.replace(&endpoint, url).replace(&data, authority);
    stage.state = serde_json::from_str(&state).unwrap();
}

/// The same scope on a clock that follows the real one, with clusters behind sockets.
async fn through_the_network(stage: &Stage) -> Scope {
    let config = connect(&Endpoint::Local(sdk_client(&stage.local)), &stage.settings.region).await;
    let clients = Clients::new(&config).in_process(&stage.local);
    let kubernetes = clients.kubernetes.through(Door::Network);
    let id = (*stage.scope.stack).clone();
    let clock = Clock::fixed(SPEED, Timestamp::now());
    let tags = stage.settings.tags.clone();
    Scope::new(Clients { kubernetes, ..clients }, id, clock, tags, fastrand::Rng::with_seed(7))
}
