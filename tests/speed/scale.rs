//! Many platforms in one stack: thousands of nodes, and still the longest chain and AWS's buckets.

use std::time::Instant;

use edxaws::engine::Plan;
use edxaws::profile::ServiceSize;

use super::measure::run;
use super::stage::{OnCluster, Stage};

/// Platforms in the stack; `EDXAWS_SPEED_PLATFORMS=100` is the nightly share.
fn platforms() -> usize {
    let asked = std::env::var("EDXAWS_SPEED_PLATFORMS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(5)
}

async fn stack(count: usize) -> Stage {
    let mut stage = Stage::new("prod", 300).await;
    stage.on_cluster = OnCluster::Platforms;
    let (_, site) = stage.settings.platforms.pop_first().expect("a platform");
    for number in 0..count {
        let mut site = site.clone();
        site.lms_host = format!("s{number}.{}", stage.settings.edge.zone);
        stage.settings.platforms.insert(format!("s{number}"), site);
    }
    // Small sites on large nodes: a node holds 58 pods, whatever its size.
    stage.settings.openedx.size = ServiceSize::Small;
    let workers = stage.settings.cluster.node_groups.get_mut("workers").expect("workers");
    workers.instance_types = vec!["m7i.4xlarge".to_owned()];
    workers.desired = 3 + u32::try_from(count).expect("a few") / 3;
    workers.max = 2 * workers.desired;
    stage
}

async fn measured(stage: &mut Stage, plan: &Plan) {
    let (verb, steps) = (plan.verb, plan.steps.len());
    let began = Instant::now();
    let run = run(stage, plan).await;
    println!("{verb:?}, {steps} steps: {run}; {:.1} s of real time", began.elapsed().as_secs_f64());
    assert!(run.ratio() <= 1.02, "{verb:?}: {run}\n{:#?}", run.losses());
    let refused = |call: &&edxaws_localstack::Traced| call.outcome == "RequestLimitExceeded";
    assert_eq!(stage.local.trace().iter().filter(refused).count(), 0, "{verb:?}: too fast for AWS");
}

#[tokio::test(start_paused = true)]
async fn many_platforms_come_and_go_within_the_bound_and_the_buckets() {
    let mut stage = stack(platforms()).await;
    stage.local.limits.switch_on();
    let began = Instant::now();
    let plan = stage.plan().await;
    println!("planned in {:.1} s of real time", began.elapsed().as_secs_f64());
    measured(&mut stage, &plan).await;
    let again = stage.plan().await;
    assert!(again.steps.is_empty(), "{:#?}", again.steps);
    let plan = stage.destroy_plan().await;
    measured(&mut stage, &plan).await;
    assert!(stage.state.records.is_empty());
}
