//! Bad input and bad luck: each has a message with where, why and a hint, and loses nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use edxaws::aws::Depth;
use edxaws::engine::{Engine, RunError, Stop, Told, Why, survey};
use edxaws::event::Stamped;
use edxaws::place;
use edxaws::state::{FileStore, Holder, Lock, State, StateError, Store};
use edxaws_localstack::{Fault, FaultRule};
use stage::Stage;

fn edxaws(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edxaws"));
    command
        .args(args)
        .arg("--state")
        .arg(folder)
        .arg("--profiles")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"))
        .env("EDXAWS_SANDBOX_SCALE", "1000")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = edxaws(folder, args).output().unwrap();
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

/// A dev state on the sandbox, made by hand, so that no run is needed.
fn recorded(folder: &Path, change: impl FnOnce(&mut State)) -> FileStore {
    let mut state = State::new("dev", "123456789012", "us-east-1", "lineage".to_owned());
    change(&mut state);
    let mut store = FileStore::new(folder.join("dev@sandbox.json"));
    store.save(&mut state).unwrap();
    store
}

#[test]
fn no_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let output = edxaws(folder.path(), &["plan", "--profile", "dev"])
        .env_clear()
        .env("HOME", folder.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("hint: no AWS credentials were found"), "{text}");
}

#[test]
fn a_state_of_another_account_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), |state| state.account = "999999999999".to_owned());
    let (code, text) = run(folder.path(), &["up", "--profile", "dev", "--sandbox"]);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("belongs to account 999999999999, this is account 123456789012"),
        "{text}"
    );
    assert!(text.contains("hint:"), "{text}");
}

#[test]
fn a_locked_state_names_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let holder = Holder {
        pid: 4711,
        host: "desk".to_owned(),
        command: "edxaws up".to_owned(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    let _lock = Lock::take(&folder.path().join("dev@sandbox.lock"), &holder).unwrap();
    let (code, text) = run(folder.path(), &["up", "--profile", "dev", "--sandbox"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("locked by `edxaws up`, process 4711 on desk"), "{text}");
}

#[test]
fn a_damaged_state_is_not_overwritten_and_the_good_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = recorded(folder.path(), |_| {});
    let mut state = store.load().unwrap().unwrap();
    store = FileStore::new(store.path().to_owned());
    store.save(&mut state).unwrap();
    let path = store.path().to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    for verb in ["up", "status", "destroy"] {
        let (code, text) = run(folder.path(), &[verb, "--profile", "dev", "--sandbox"]);
        assert_eq!(code, Some(1), "{verb}: {text}");
        assert!(text.contains("is damaged"), "{verb}: {text}");
        assert!(text.contains("history/dev@sandbox.1.json"), "{verb}: {text}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "a damaged file is left as it is");
}

#[test]
fn a_newer_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = recorded(folder.path(), |state| state.schema = 99);
    let before = std::fs::read(store.path()).unwrap();
    let (code, text) = run(folder.path(), &["up", "--profile", "dev", "--sandbox"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("has schema 99"), "{text}");
    assert_eq!(std::fs::read(store.path()).unwrap(), before);
}

#[test]
fn every_single_damaged_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = recorded(folder.path(), |_| {});
    let good = std::fs::read(store.path()).unwrap();
    let original = store.load().unwrap().unwrap();
    for at in 0..good.len() {
        for damage in [1_u8, 0x20, 0x80] {
            let mut bytes = good.clone();
            bytes[at] ^= damage;
            std::fs::write(store.path(), &bytes).unwrap();
            match store.load() {
                // White space between tokens may change without changing anything.
                Ok(state) => assert_eq!(state.as_ref(), Some(&original), "byte {at}"),
                Err(StateError::Damaged { .. } | StateError::Newer { .. }) => {}
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
    }
    for length in 0..good.len() - 1 {
        std::fs::write(store.path(), &good[..length]).unwrap();
        assert!(store.load().is_err(), "cut at {length}");
    }
}

#[test]
fn a_state_folder_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let (code, text) = run(&file.join("state"), &["up", "--profile", "dev", "--sandbox"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("cannot use `"), "{text}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        edxaws(folder.path(), &["graph", "--as", "json", "--profile", "prod", "--sandbox"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = run(folder.path(), &["destroy", "--profile", "dev", "--sandbox"]);
    assert_eq!(code, Some(0), "nothing to destroy needs no answer: {text}");
}

#[tokio::test(start_paused = true)]
async fn more_zones_than_the_region_has() {
    let mut stage = Stage::new("dev", 1).await;
    stage.settings.network.zones = 6;
    stage.settings.region = "eu-west-1".to_owned();
    stage.scope = stage::scope(&stage.local, &stage.settings, 1).await;
    let caller = place::caller(&stage.scope.aws, &stage.settings).await.unwrap();
    let problem = place::look(&stage.scope, &stage.settings, &stage.state, caller).await;
    let problem = problem.unwrap_err();
    assert!(problem.message.contains("`network.zones` is 6"), "{problem:?}");
    assert!(problem.hint.unwrap().contains("network.zones = 3"));
}

#[tokio::test(start_paused = true)]
async fn an_instance_type_that_is_not_offered() {
    let mut stage = Stage::new("dev", 1).await;
    let group = stage.settings.cluster.node_groups.values_mut().next().unwrap();
    group.instance_types = vec!["x9e.giant".to_owned()];
    let caller = place::caller(&stage.scope.aws, &stage.settings).await.unwrap();
    let problem = place::look(&stage.scope, &stage.settings, &stage.state, caller).await;
    assert!(problem.unwrap_err().hint.unwrap().contains("other instance types"));
}

#[tokio::test(start_paused = true)]
async fn the_root_user_is_refused() {
    let stage = Stage::new("dev", 1).await;
    let mut settings = stage.settings.clone();
    settings.account = Some("999999999999".to_owned());
    let problem = place::caller(&stage.scope.aws, &settings).await.unwrap_err();
    assert!(problem.message.contains("for account 999999999999"), "{problem:?}");
}

/// A refusal on the way: the run says what, why and what to do; the next run goes on.
async fn refused(service: &str, action: &str, code: &str, status: u16) -> String {
    let mut stage = Stage::new("dev", 9).await;
    stage.local.faults.add(FaultRule::error(service, action, 1, status, code));
    let summary = stage.up().await;
    assert_eq!(summary.failed.len(), 1, "{:#?}", summary.failed);
    let error = summary.failed[0].clone();
    assert!(error.why.contains(code), "{error:?}");
    assert!(!summary.skipped.is_empty() || action == "CreateBudget");
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert!(stage.plan().await.is_empty());
    error.hint.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn access_denied_names_the_action() {
    let hint = refused("ec2", "CreateNatGateway", "UnauthorizedOperation", 403).await;
    assert!(hint.contains("`ec2:CreateNatGateway`"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn a_quota_says_so() {
    let hint = refused("ec2", "CreateVpc", "VpcLimitExceeded", 400).await;
    assert!(hint.contains("quota"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_asks_for_a_new_one() {
    let hint = refused("eks", "CreateCluster", "ExpiredTokenException", 403).await;
    assert!(hint.contains("renew the credentials"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out() {
    let mut stage = Stage::new("dev", 9).await;
    let throttle = FaultRule::error("ec2", "*", 12, 503, "RequestLimitExceeded");
    stage.local.faults.add(throttle.after(5));
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_makes_no_double() {
    for (service, action) in [
        ("ec2", "CreateVpc"),
        ("ec2", "CreateSubnet"),
        ("ec2", "AllocateAddress"),
        ("ec2", "CreateSecurityGroup"),
        ("ec2", "CreateNatGateway"),
        ("eks", "CreateCluster"),
        ("rds", "CreateDBInstance"),
        ("iam", "CreateRole"),
        ("elasticloadbalancingv2", "CreateLoadBalancer"),
        ("route53", "CreateHostedZone"),
        ("secretsmanager", "CreateSecret"),
    ] {
        let mut stage = Stage::new("dev", 4).await;
        stage.local.faults.add(FaultRule::new(service, action, 1, Fault::LostAnswer));
        let summary = stage.up().await;
        assert!(summary.failed.is_empty(), "{action}: {:#?}", summary.failed);
        assert!(stage.plan().await.is_empty(), "{action}");
        assert!(stage.destroy().await.failed.is_empty(), "{action}");
        stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
        assert_eq!(stage.inventory().len(), 0, "{action}: {:?}", stage.inventory());
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_aws_never_answers_clearly_ends() {
    let mut stage = Stage::new("dev", 5).await;
    assert!(stage.up().await.failed.is_empty());
    stage.local.faults.add(FaultRule::error("sns", "DeleteTopic", u32::MAX, 500, "InternalError"));
    stage.local.faults.add(FaultRule::error("iam", "DeleteRole", u32::MAX, 500, "ServiceFailure"));
    let began = tokio::time::Instant::now();
    let summary = stage.destroy().await;
    assert!(!summary.failed.is_empty());
    for error in &summary.failed {
        assert!(error.why.contains("unclear"), "{error:?}");
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(3 * 3600), "{:?}", began.elapsed());
    stage.local.faults.clear();
    assert!(stage.destroy().await.failed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_excluded_is_not_asked_about() {
    let stage = Stage::new("staging", 6).await;
    let graph = stage.graph().await;
    let alarms = graph.nodes().map(|node| node.address.clone());
    let excluded: Vec<_> = alarms.filter(|one| one.kind() == "alarm").collect();
    assert!(!excluded.is_empty());
    stage.local.clear_trace();
    stage.survey(&graph.without(&excluded)).await;
    let asked = |stage: &Stage| stage.local.trace().iter().any(|call| call.service == "cloudwatch");
    assert!(!asked(&stage));
    stage.survey(&graph).await;
    assert!(asked(&stage));
    let without_vpc = graph.without(&[edxaws::address::Address::new("vpc", "main")]);
    assert!(without_vpc.nodes().all(|node| node.address.kind() != "subnet"));
    assert!(without_vpc.order().is_ok());
}

/// A list that is refused says nothing about what there is: no plan is made of it.
#[tokio::test(start_paused = true)]
async fn who_may_not_look_learns_so_before_there_is_a_plan() {
    let mut stage = Stage::new("dev", 5).await;
    assert!(stage.up().await.failed.is_empty());
    let graph = stage.graph().await;
    let denied = "UnauthorizedOperation";
    stage.local.faults.add(FaultRule::error("ec2", "DescribeSubnets", u32::MAX, 403, denied));
    let never = Stop::never();
    let looked =
        survey(&stage.scope, Depth::Quick, &graph, &stage.state, &never, &Told::nobody()).await;
    let failure = looked.unwrap_err();
    assert_eq!(failure.code, denied);
}

/// Lists are asked for again for minutes: whoever waits learns once what for, and of nothing that
/// passes by sooner.
#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_list_is_told_what_for() {
    let mut stage = Stage::new("dev", 5).await;
    assert!(stage.up().await.failed.is_empty());
    let graph = stage.graph().await;
    let told_while = async |refused: u32| {
        let busy = |action| FaultRule::error("ec2", action, refused, 503, "RequestLimitExceeded");
        stage.local.faults.clear();
        stage.local.faults.add(busy("DescribeSubnets"));
        stage.local.faults.add(busy("DescribeVpcs"));
        let said = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&said);
        let told = Told::new(move |failure| listener.lock().unwrap().push(failure.code.clone()));
        let (depth, never) = (Depth::Quick, Stop::never());
        let looked = survey(&stage.scope, depth, &graph, &stage.state, &never, &told).await;
        (looked.is_ok(), said.lock().unwrap().clone())
    };
    assert_eq!(told_while(2).await, (true, vec![]));
    assert_eq!(told_while(12).await, (true, vec!["RequestLimitExceeded".to_owned()]));
    assert_eq!(told_while(u32::MAX).await, (false, vec!["RequestLimitExceeded".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn an_edit_by_somebody_else_is_drift() {
    let mut stage = Stage::new("dev", 2).await;
    assert!(stage.up().await.failed.is_empty());
    stage
        .local
        .world(|world| {
            let subnet = world.things.values_mut().find(|thing| {
                thing.tags.get("edxaws:address").is_some_and(|a| a == "subnet.public-a")
            });
            let subnet = subnet.unwrap();
            let now = subnet.attrs["mapPublicIpOnLaunch"].as_bool().unwrap();
            subnet.set("mapPublicIpOnLaunch", !now);
        })
        .unwrap();
    let plan = stage.plan().await;
    assert_eq!(plan.steps.len(), 1, "{:#?}", plan.steps);
    assert_eq!(plan.steps[0].why, Why::Drifted);
    assert!(stage.run(&plan).await.failed.is_empty());
    assert!(stage.plan().await.is_empty());
}

/// A store on a disk that is full after so many writes.
struct Full {
    left: usize,
    last: Arc<Mutex<Option<State>>>,
}

impl Store for Full {
    fn save(&mut self, state: &mut State) -> Result<(), StateError> {
        if self.left == 0 {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(StateError::Io { path: "state/dev.json".into(), source });
        }
        self.left -= 1;
        state.serial += 1;
        *self.last.lock().unwrap() = Some(state.clone());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_loses_nothing() {
    for left in [0, 1, 2, 5, 9, 17, 30] {
        let mut stage = Stage::new("dev", 8).await;
        let plan = stage.plan().await;
        let last = Arc::new(Mutex::new(None));
        let mut store = Full { left, last: last.clone() };
        let mut state = stage.state.clone();
        let mut observer = |_: &Stamped| {};
        let engine = Engine {
            scope: stage.scope.clone(),
            state: &mut state,
            store: &mut store,
            observer: &mut observer,
            stop: Stop::never(),
            parallelism: 24,
            durations: Default::default(),
        };
        let broken = engine.run(&plan).await;
        assert!(matches!(broken, Err(RunError::State(_))), "{broken:?}");
        // What the disk holds is what the next run starts from.
        if let Some(saved) = last.lock().unwrap().clone() {
            stage.state = saved;
        }
        let summary = stage.up().await;
        assert!(summary.failed.is_empty(), "{left}: {:#?}", summary.failed);
        assert!(stage.plan().await.is_empty(), "{left}");
        assert!(stage.destroy().await.failed.is_empty());
        stage.scope.clock.sleep(std::time::Duration::from_secs(600)).await;
        assert_eq!(stage.inventory().len(), 0, "{left}: {:?}", stage.inventory());
    }
}
