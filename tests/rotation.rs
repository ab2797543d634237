//! A secret that was rotated behind edxaws' back: the next plan shows what uses it, and `up` rolls out
//! just that, in an order in which nobody is locked out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::collections::BTreeMap;
use std::time::Duration;

use edxaws::address::Ref;
use edxaws::engine::{Action, Plan, Why};
use edxaws::event::Event;
use edxaws::kubernetes::{ObjectId, Progress, progress};
use edxaws::profile::MongodbMode;
use edxaws::resources::kubernetes::wire;
use edxaws_localstack::Thing;
use edxaws_localstack::kubernetes::{Cluster, Misbehaviour, Trouble};
use serde_json::{Value, json};
use stage::{OnCluster, Stage};

const PASSWORD: &str = "rotatedByTheTest1234";
const SITE: &str = "version of secret.openedx-demo";

async fn came_up(change: fn(&mut Stage)) -> Stage {
    let mut stage = Stage::new("sandbox", 7).await;
    stage.on_cluster = OnCluster::Platforms;
    change(&mut stage);
    up(&mut stage).await;
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0], "nothing was rotated");
    stage
}

async fn up(stage: &mut Stage) {
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
}

/// Lists show what was changed, and autoscalers have seen the new pods.
async fn settle(stage: &Stage) {
    stage.scope.clock.sleep(Duration::from_secs(600)).await;
}

fn steps(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.address.as_str()).collect()
}

fn thing<T>(stage: &Stage, fits: impl Fn(&Thing) -> bool, read: impl Fn(&Thing) -> T) -> T {
    let found = stage.local.world(|world| {
        let mut fitting = world.things.values().filter(|thing| fits(thing));
        let found = read(fitting.next().expect("it is there"));
        assert!(fitting.next().is_none(), "there is one");
        found
    });
    found.expect("a world in memory")
}

/// The name of the secret that is made for an address.
fn secret(stage: &Stage, address: &str) -> String {
    let fits = |thing: &Thing| {
        thing.kind == "secret" && thing.tags.get("edxaws:address").is_some_and(|one| one == address)
    };
    thing(stage, fits, |thing| thing.text("Name").to_owned())
}

/// Another value, as the AWS CLI would put it.
async fn put(stage: &Stage, secret: &str, change: impl FnOnce(String) -> String) -> String {
    let client = &stage.scope.aws.secrets;
    let now = client.get_secret_value().secret_id(secret).send().await.unwrap();
    let value = change(now.secret_string().unwrap().to_owned());
    let answer = client.put_secret_value().secret_id(secret).secret_string(value).send().await;
    answer.unwrap().version_id().unwrap().to_owned()
}

fn with_password(value: String) -> String {
    let mut value: Value = serde_json::from_str(&value).unwrap();
    value["mysql_password"] = PASSWORD.into();
    value.to_string()
}

/// When each step of the last run began, and when it was done.
fn spans(stage: &Stage) -> BTreeMap<(String, Action), (f64, f64)> {
    let mut spans = BTreeMap::new();
    for stamped in &stage.events {
        match &stamped.event {
            Event::StepStarted { address, action, .. } => {
                let span = (stamped.elapsed, f64::INFINITY);
                spans.insert((address.to_string(), *action), span);
            }
            Event::StepDone { address, action, .. } => {
                if let Some(span) = spans.get_mut(&(address.to_string(), *action)) {
                    span.1 = stamped.elapsed;
                }
            }
            _ => {}
        }
    }
    spans
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_rotated_password_rolls_out_what_uses_it_and_nothing_else() {
    let mut stage = came_up(|_| {}).await;
    let secret = secret(&stage, "secret.openedx-demo");
    let version = put(&stage, &secret, with_password).await;
    settle(&stage).await;

    let plan = stage.plan().await;
    let workload = |name: &str| format!("kubernetes_workload.demo-{name}");
    let addresses = steps(&plan);
    for name in ["lms", "lms-worker", "cms", "cms-worker", "meilisearch"] {
        assert!(addresses.contains(&workload(name).as_str()), "{name}: {addresses:#?}");
    }
    for name in ["mfe", "caddy", "mongodb"] {
        assert!(!addresses.contains(&workload(name).as_str()), "{name}: {addresses:#?}");
    }
    let only =
        ["kubernetes_object.demo-secret-", "kubernetes_workload.demo-", "kubernetes_job.demo-"];
    for step in &plan.steps {
        let address = step.address.as_str();
        assert!(only.iter().any(|start| address.starts_with(start)), "{address}");
        if step.action != Action::Delete {
            assert!(step.reasons.iter().any(|reason| reason.attribute == SITE), "{step:#?}");
            assert!(matches!(step.why, Why::Drifted | Why::Replaced), "{step:#?}");
        }
    }
    // Tasks that write one of the secret's values down run again, and no other.
    let ends = |address: &&&str| {
        let name = address.strip_prefix("kubernetes_job.demo-").unwrap_or_default();
        name.rsplit_once('-').map(|(task, _)| task.to_owned())
    };
    let mut again: Vec<String> = addresses.iter().filter_map(|one| ends(&one)).collect();
    again.dedup();
    assert_eq!(again, ["mysql-1", "lms-2", "lms-3"]);

    stage.events.clear();
    let summary = stage.run(&plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let spans = spans(&stage);
    let account = spans.iter().find(|((address, action), _)| {
        address.starts_with("kubernetes_job.demo-mysql-1-") && *action == Action::Create
    });
    let account = account.expect("the account's task ran").1.1;
    for ((address, action), (began, _)) in &spans {
        // What is done with goes first, and nobody waits for it.
        if *action == Action::Delete {
            continue;
        }
        let later = ["lms", "cms", "lms-worker", "cms-worker"].map(workload).contains(address)
            || address.starts_with("kubernetes_job.demo-lms-");
        assert!(!later || *began >= account, "{address} did not wait for the account");
    }

    settle(&stage).await;
    let next = stage.plan().await;
    assert_eq!(steps(&next), [""; 0], "{next:#?}");
    let told = serde_json::to_string(&(&stage.state, &plan)).unwrap()
        + &serde_json::to_string(&stage.events).unwrap();
    assert!(told.contains(&version) && !told.contains(PASSWORD), "values are told to nobody");
}

/// Which version an object was applied with stands on the object: a run that ended half-way is gone
/// on with where it ended.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn half_a_rollout_is_gone_on_with() {
    let mut stage = came_up(|_| {}).await;
    let secret = secret(&stage, "secret.openedx-demo");
    put(&stage, &secret, with_password).await;
    settle(&stage).await;
    let mut half = stage.plan().await;
    let (texts, rest): (Vec<_>, Vec<_>) =
        half.steps.into_iter().partition(|step| step.address.kind() == "kubernetes_object");
    assert!(texts.iter().all(|step| step.needs.is_empty()), "they wait for nobody");
    half.steps = texts;
    assert!(stage.run(&half).await.failed.is_empty());
    let addresses: Vec<&str> = rest.iter().map(|step| step.address.as_str()).collect();
    assert_eq!(steps(&stage.plan().await), addresses, "the other half");
    up(&mut stage).await;
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0]);
}

/// Pods that got stuck, perhaps for a password that counts no more, are not waited for: another version
/// of it replaces them.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn what_is_stuck_is_replaced_by_a_rotation() {
    let mut stage = came_up(|_| {}).await;
    let cluster = |stage: &Stage, change: fn(&mut Cluster)| {
        let changed =
            stage.local.world(|world| world.kubernetes.clusters.values_mut().for_each(change));
        changed.expect("a world in memory");
    };
    cluster(&stage, |one| {
        one.misbehave(Misbehaviour::new("demo", "lms-worker", Trouble::NeverReady));
    });
    let scope = stage.scope.with_facts(stage.state.facts());
    let api = wire::api(&scope, &Ref::to("main")).await.unwrap();
    let worker = ObjectId::new("apps/v1", "Deployment", Some("demo"), "lms-worker");
    let restart = json!({"spec": {"template": {"metadata": {"annotations": {"again": "yes"}}}}});
    let before = api.merge(&worker, &restart).await.unwrap();
    stage.scope.clock.sleep(Duration::from_secs(3600)).await;
    cluster(&stage, Cluster::behave);
    let stuck = api.get(&worker).await.unwrap().unwrap();
    assert!(matches!(progress(&stuck), Progress::Failed(_)), "{:?}", progress(&stuck));

    let secret = secret(&stage, "secret.openedx-demo");
    put(&stage, &secret, with_password).await;
    settle(&stage).await;
    up(&mut stage).await;
    let after = api.get(&worker).await.unwrap().unwrap();
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"], "others of it still ran");
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0]);
}

/// The cache takes both tokens until the next one, and has the new one before any pod shows it.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_rotated_token_is_the_caches_before_it_is_the_pods() {
    let mut stage = came_up(|_| {}).await;
    let tokens = |stage: &Stage| {
        thing(
            stage,
            |one| one.kind == "elasticache_replication_group",
            |one| (one.attrs["$token"].clone(), one.attrs.get("$formerToken").cloned()),
        )
    };
    let (former, _) = tokens(&stage);
    let secret = secret(&stage, "secret.cache-auth");
    put(&stage, &secret, |_| "anotherTokenOfTheTest".repeat(2)).await;
    settle(&stage).await;
    let plan = stage.plan().await;
    assert!(steps(&plan).contains(&"replication_group.main"), "{:#?}", steps(&plan));
    assert!(steps(&plan).contains(&"kubernetes_workload.demo-lms-worker"), "{:#?}", steps(&plan));
    assert!(!steps(&plan).iter().any(|one| one.starts_with("kubernetes_job")), "no task knows it");

    stage.local.clear_trace();
    stage.events.clear();
    assert!(stage.run(&plan).await.failed.is_empty());
    let (now, before) = tokens(&stage);
    assert_ne!(now, former);
    assert_eq!(before, Some(former), "pods that still run are let in");
    let calls = stage.mutating();
    let modified = calls.iter().filter(|call| call.action == "ModifyReplicationGroup");
    assert_eq!(modified.count(), 1);
    let spans = spans(&stage);
    let changed = spans[&("replication_group.main".to_owned(), Action::Update)].1;
    let rolled = spans[&("kubernetes_workload.demo-lms-worker".to_owned(), Action::Update)].0;
    assert!(rolled >= changed, "pods at {rolled}, the cache at {changed}");
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0]);
}

/// Who writes another value over it gets a password of AWS's own again, and pods that know it.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_foreign_value_in_the_mail_secret_is_mended() {
    let mut stage = came_up(|_| {}).await;
    let secret = secret(&stage, "smtp_user.main");
    put(&stage, &secret, |_| json!({"username": "x", "password": PASSWORD}).to_string()).await;
    settle(&stage).await;
    let plan = stage.plan().await;
    let user = plan.steps.iter().find(|step| step.address.as_str() == "smtp_user.main");
    assert_eq!(user.map(|step| step.action), Some(Action::Update), "{:#?}", steps(&plan));
    assert!(steps(&plan).contains(&"kubernetes_workload.demo-lms-worker"), "{:#?}", steps(&plan));
    assert!(stage.run(&plan).await.failed.is_empty());
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0], "all of it in one run");
}

/// AWS changes DocumentDB's password by itself; the next `up` hands it on.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn what_aws_rotates_reaches_the_pods() {
    let mut stage = came_up(|stage| stage.settings.mongodb.mode = MongodbMode::Documentdb).await;
    let rotated = stage.local.world(|world| {
        let managed = |thing: &&mut Thing| {
            thing.kind == "secret" && thing.text("Description").contains("docdb")
        };
        let secret = world.things.values_mut().find(managed).expect("DocumentDB's secret");
        let mut versions = secret.attrs["$versions"].clone();
        let versions = versions.as_object_mut().unwrap();
        let value = versions.values().next().unwrap().clone();
        versions.values_mut().for_each(|one| one["stage"] = "AWSPREVIOUS".into());
        versions.insert("rotated-by-aws".to_owned(), value);
        secret.set("$versions", versions.clone());
    });
    rotated.expect("a world in memory");
    let plan = stage.plan().await;
    let lms = plan.steps.iter().find(|one| one.address.as_str() == "kubernetes_workload.demo-lms");
    let reasons = &lms.expect("the LMS is rolled out").reasons;
    assert!(reasons.iter().any(|one| one.to == Some("rotated-by-aws".into())), "{reasons:#?}");
    assert!(stage.run(&plan).await.failed.is_empty());
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0]);
}

/// A secret of the user's own is read and never touched; what he writes into it reaches the pods.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_foreign_secret_is_followed_and_stays() {
    let mut stage = came_up(|stage| {
        let arn = stage.strangers_secret("atlas");
        stage.settings.mongodb.mode = MongodbMode::External;
        stage.settings.mongodb.external_secret = Some(arn);
    })
    .await;
    let arn = stage.settings.mongodb.external_secret.clone().unwrap();
    let version = put(&stage, &arn, |_| "mongodb+srv://user:other@atlas".to_owned()).await;
    let plan = stage.plan().await;
    let lms = plan.steps.iter().find(|one| one.address.as_str() == "kubernetes_workload.demo-lms");
    let reasons: Vec<String> =
        lms.expect("the LMS is rolled out").reasons.iter().map(ToString::to_string).collect();
    let expected = format!("version of foreign_secret.mongodb: \"first\" → \"{version}\"");
    assert_eq!(reasons, [expected]);
    assert!(!steps(&plan).contains(&"kubernetes_workload.demo-mfe"));
    assert!(stage.run(&plan).await.failed.is_empty());
    settle(&stage).await;
    assert_eq!(steps(&stage.plan().await), [""; 0]);
    assert!(stage.destroy().await.failed.is_empty());
    thing(
        &stage,
        |one| one.id == arn,
        |one| assert!(one.gone.is_none(), "it is not ours to remove"),
    );
}
