//! From the first `up` to the last `destroy`.

use edxaws::kubernetes::{Conflicts, ObjectId, STACK_LABEL};
use edxaws::profile::ServiceSettings;
use edxaws::resources::kubernetes::wire::GENERATION_OF;
use serde_json::json;

use super::ground::Ground;

const MFE: &str = "kubernetes_workload.demo-mfe";
const SEARCH: &str = "kubernetes_workload.demo-meilisearch";

pub async fn whole(ground: &mut Ground) {
    ground.up().await;
    let of_kind = |ground: &Ground, kind: &str| {
        ground.stage.state.records.keys().filter(|one| one.kind() == kind).count()
    };
    assert_eq!(of_kind(ground, "https_check"), 1);
    assert_eq!(of_kind(ground, "kubernetes_job"), 6);
    ground.settle().await;
    assert_eq!(ground.next().await, [""; 0], "a second run changes nothing");

    let room = ServiceSettings { memory: Some("1Gi".to_owned()), ..ServiceSettings::default() };
    ground.stage.settings.openedx.services.insert("mfe".to_owned(), room);
    assert_eq!(ground.next().await, [MFE], "it rolls out just what it touches");
    ground.up().await;
    let mfe = ground.get("apps/v1", "Deployment", "mfe").await.unwrap();
    let room = "/spec/template/spec/containers/0/resources/requests/memory";
    assert_eq!(mfe.pointer(room).unwrap(), "1Gi");

    prunes(ground).await;

    let summary = ground.clear().await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let labels = format!("{STACK_LABEL}=sandbox");
    for (version, kind) in [("apps/v1", "Deployment"), ("v1", "Secret"), ("batch/v1", "Job")] {
        assert_eq!(ground.names(version, kind, &labels).await, [""; 0], "{kind}");
    }
    assert_eq!(ground.names("v1", "PersistentVolumeClaim", "").await, [""; 0]);
    assert_eq!(ground.names("v1", "Pod", "").await, [""; 0]);
}

/// What is no longer rendered goes; of contents that changed the last three stay.
async fn prunes(ground: &mut Ground) {
    let count = async |ground: &Ground| {
        let labels = format!("{GENERATION_OF}=openedx-settings-lms");
        ground.names("v1", "Secret", &labels).await.len()
    };
    assert_eq!(count(ground).await, 1);
    let jobs = ground.names("batch/v1", "Job", "").await;
    let one = ServiceSettings { min: Some(1), max: Some(1), ..ServiceSettings::default() };
    ground.stage.settings.openedx.services.insert("mfe".to_owned(), one);
    for (name, generations) in [("One", 2), ("Two", 3), ("Three", 3)] {
        let settings = &mut ground.stage.settings.openedx.settings;
        settings.insert("PLATFORM_NAME".to_owned(), json!(name));
        ground.up().await;
        assert_eq!(count(ground).await, generations, "{name}");
    }
    let after = ground.names("batch/v1", "Job", "").await;
    assert_eq!(after.len(), 6, "{after:?}");
    assert!(jobs.iter().any(|job| !after.contains(job)), "tasks whose script changed ran again");
    let version = ground.stage.graph().await;
    let scalers = version.nodes().filter(|node| node.desired.to_string().contains("HorizontalPod"));
    assert!(scalers.count() > 0, "others still scale");
    let scaled = ground.stage.state.records.keys();
    assert!(!scaled.clone().any(|one| one.as_str().ends_with("horizontalpodautoscaler-mfe")));
}

pub async fn shared(ground: &mut Ground) {
    let summary = ground.up_to(&[MFE]).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let id = ObjectId::new("apps/v1", "Deployment", Some("demo"), "mfe");
    let (ours, path) =
        (ground.get("apps/v1", "Deployment", "mfe").await.unwrap(), "/spec/template");
    let container = &ours.pointer(path).unwrap()["spec"]["containers"][0];
    let theirs = json!({"name": container["name"], "image": "docker.io/theirs:1"});

    // Beside ours: nobody is in the way.
    let label = json!({"metadata": {"labels": {"team": "theirs"}}});
    ground.taken_by("theirs", &id, label).await;
    let plan = ground.plan_for(&[MFE]).await;
    assert!(plan.steps.is_empty(), "{plan:#?}");

    let template = json!({"spec": {"template": {"spec": {"containers": [theirs]}}},
        "metadata": {"labels": {"team": "theirs"}}});
    ground.taken_by("theirs", &id, template).await;
    let planned = ground.plan_for(&[MFE]).await;
    let shown = planned.steps[0].reasons.iter().map(ToString::to_string).collect::<String>();
    assert!(shown.contains(".image") && shown.contains("set by `theirs`"), "{shown}");
    let refused = ground.up_to(&[MFE]).await;
    let why = &refused.failed.first().expect("a conflict").why;
    assert!(why.contains("\"theirs\"") && why.contains(".image"), "{why}");

    // What `edxaws scale` set is nobody else's: the profile comes last.
    let id = ObjectId::new("apps/v1", "Deployment", Some("demo"), "meilisearch");
    assert!(ground.up_to(&[SEARCH]).await.failed.is_empty());
    ground.api().await.merge(&id, &json!({"spec": {"replicas": 2}})).await.unwrap();
    assert!(!ground.plan_for(&[SEARCH]).await.steps.is_empty(), "it is seen");
    let summary = ground.up_to(&[SEARCH]).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let scaled = ground.get("apps/v1", "Deployment", "meilisearch").await.unwrap();
    assert_eq!(scaled["spec"]["replicas"], 1);

    ground.stage.scope = ground.stage.scope.with_conflicts(Conflicts::TakeOver);
    let summary = ground.up_to(&[MFE]).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let again = ground.get("apps/v1", "Deployment", "mfe").await.unwrap();
    let image = |object: &serde_json::Value| {
        object.pointer("/spec/template/spec/containers/0/image").cloned().unwrap()
    };
    assert_eq!(image(&again), image(&ours));
    assert_eq!(again["metadata"]["labels"]["team"], "theirs", "what is theirs stays");
}
