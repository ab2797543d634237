//! What goes wrong on a cluster: said with its cause, survived where that is possible.

use std::time::Duration;

use edxaws::address::Address;
use edxaws::engine::Summary;
use edxaws::kubernetes::{ObjectId, Progress, progress};
use edxaws::profile::ServiceSettings;
use edxaws::resources::kubernetes::wire::Manifest;
use edxaws_localstack::kubernetes::Trouble;
use serde_json::Value;

use super::ground::{Ground, Host};

const MFE: &str = "kubernetes_workload.demo-mfe";
const SEARCH: &str = "kubernetes_workload.demo-meilisearch";

/// The Jobs of the platform in their order: address and object.
async fn jobs(ground: &Ground) -> Vec<(Address, ObjectId)> {
    let graph = ground.stage.graph().await;
    let jobs = graph.nodes().filter(|node| node.address.kind() == "kubernetes_job");
    let mut jobs: Vec<_> = jobs
        .map(|node| {
            let manifest: Manifest = serde_json::from_value(node.desired.clone()).unwrap();
            (node.address.clone(), manifest.id)
        })
        .collect();
    let place = |name: &str| name.rsplit('-').nth(1).unwrap().parse::<u32>().unwrap();
    jobs.sort_by_key(|(_, id)| place(&id.name));
    jobs
}

fn only_failure(summary: &Summary) -> (&str, &str) {
    assert_eq!(summary.failed.len(), 1, "{:#?}", summary.failed);
    let failed = &summary.failed[0];
    (failed.address.as_str(), &failed.why)
}

pub async fn migration(ground: &mut Ground) {
    let jobs = jobs(ground).await;
    let (address, third) = jobs[2].clone();
    let log = vec!["migrating".to_owned(), "OperationalError: 1045".to_owned()];
    ground.misbehave(&third.name, Trouble::JobFails { log });
    let summary = ground.stage.up().await;
    let (at, why) = only_failure(&summary);
    assert_eq!(at, address.as_str());
    assert!(why.contains("BackoffLimitExceeded"), "{why}");
    assert!(why.contains("OperationalError: 1045"), "the last lines are shown: {why}");
    for name in ["lms", "cms", "lms-worker", "mfe"] {
        let there = ground.get("apps/v1", "Deployment", name).await;
        assert_eq!(there, None, "no new code before its migration");
    }
    let first = ground.get("batch/v1", "Job", &jobs[0].1.name).await.unwrap();

    ground.behave();
    ground.up().await;
    let still = ground.get("batch/v1", "Job", &jobs[0].1.name).await.unwrap();
    assert_eq!(
        still["metadata"]["uid"], first["metadata"]["uid"],
        "what is done is not done again"
    );
    assert!(ground.get("apps/v1", "Deployment", "lms").await.is_some());
}

pub async fn outage(ground: &mut Ground) {
    let jobs = jobs(ground).await;
    let (first, last) = (jobs[0].1.clone(), jobs[2].1.clone());
    for id in [&first, &last] {
        ground.misbehave(&id.name, Trouble::Slow { seconds: 60.0 });
    }
    let targets = [jobs[2].0.as_str()];
    let plan = ground.plan_for(&targets).await;
    let (api, clock) = (ground.api().await, ground.stage.scope.clock);
    let Ground { stage, host } = &mut *ground;
    let trouble = async {
        let before = waiting(&api, &first, clock).await;
        host.outage(clock).await;
        waiting(&api, &last, clock).await;
        host.expire_tokens();
        before
    };
    let (summary, before) = tokio::join!(stage.run(&plan), trouble);
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let after = ground.get("batch/v1", "Job", &first.name).await.unwrap();
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"], "it is the same Job");
    assert_eq!(progress(&ground.get("batch/v1", "Job", &last.name).await.unwrap()), Progress::Done);
    assert!(ground.plan_for(&targets).await.steps.is_empty());
    if let Host::Real(server) = &ground.host {
        assert!(server.tokens.good() > 0, "another token was shown after the first had expired");
    }
}

/// Until the Job is there and waited for.
async fn waiting(api: &edxaws::kubernetes::Api, id: &ObjectId, clock: edxaws::aws::Clock) -> Value {
    for _ in 0..3_600 {
        if let Ok(Some(job)) = api.get(id).await
            && matches!(progress(&job), Progress::Waiting(_))
        {
            return job;
        }
        clock.sleep(Duration::from_secs(1)).await;
    }
    panic!("{id} never came");
}

pub async fn stuck(ground: &mut Ground) {
    unbound(ground).await;
    ground.misbehave("mfe", Trouble::ImagePull);
    let summary = ground.up_to(&[MFE]).await;
    let (at, why) = only_failure(&summary);
    assert_eq!(at, MFE);
    assert!(why.contains("ImagePullBackOff"), "{why}");
    ground.behave();

    let huge = ServiceSettings { memory: Some("900Gi".to_owned()), ..ServiceSettings::default() };
    ground.stage.settings.openedx.services.insert("mfe".to_owned(), huge);
    ground.hurry();
    let summary = ground.up_to(&[MFE]).await;
    let (at, why) = only_failure(&summary);
    assert_eq!(at, MFE);
    assert!(why.contains("not scheduled") && why.contains("Insufficient memory"), "{why}");
    ground.stage.settings.openedx.services.clear();
    ground.calm();
    let summary = ground.up_to(&[MFE]).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
}

/// A claim that no volume comes for keeps its pod from a node.
async fn unbound(ground: &mut Ground) {
    ground.misbehave("meilisearch", Trouble::Unbound);
    let summary = ground.up_to(&[SEARCH]).await;
    let (at, why) = only_failure(&summary);
    assert_eq!(at, SEARCH);
    assert!(why.contains("no volume for its claim `meilisearch`"), "{why}");
    ground.behave();
    let summary = ground.up_to(&[SEARCH]).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
}
