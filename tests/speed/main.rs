//! As fast as AWS allows, and no busier than needed: how long a run takes against the longest chain of
//! what AWS itself needs, and how often it looks against exponential back-off.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod measure;
mod scale;
#[path = "../stage/mod.rs"]
mod stage;

use measure::run;
use stage::{OnCluster, Stage};

/// Seeds tried; `EDXAWS_SPEED_SEEDS=100` is the nightly share.
fn seeds() -> u64 {
    std::env::var("EDXAWS_SPEED_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

async fn prod(seed: u64) -> Stage {
    let mut stage = Stage::new("prod", seed).await;
    stage.on_cluster = OnCluster::Platforms;
    stage
}

#[tokio::test(start_paused = true)]
async fn up_ends_with_the_longest_chain() {
    for seed in 0..seeds() {
        for (parallelism, most) in [(24, 1.01), (4, 1.05)] {
            let mut stage = prod(100 + seed).await;
            stage.parallelism = parallelism;
            let plan = stage.plan().await;
            let up = run(&mut stage, &plan).await;
            println!("seed {seed}, parallelism {parallelism}: {up}");
            assert!(up.ratio() <= most, "seed {seed}, {parallelism}: {up}\n{:#?}", up.path());
            // With four at a time everything queues: there only the end counts.
            if parallelism == 24 {
                assert!(up.waste() <= 2.0, "seed {seed}: {:?}", up.wasted);
                assert!(up.reads <= up.back_off, "seed {seed}: {up}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_ends_with_the_longest_chain() {
    for seed in 0..seeds() {
        let mut stage = prod(200 + seed).await;
        assert!(stage.up().await.failed.is_empty());
        let plan = stage.destroy_plan().await;
        let gone = run(&mut stage, &plan).await;
        println!("seed {seed}: {gone}");
        assert!(gone.ratio() <= 1.01, "seed {seed}: {gone}\n{:#?}", gone.path());
        assert!(gone.waste() <= 2.0, "seed {seed}: {:?}", gone.wasted);
        assert!(gone.reads <= gone.back_off, "seed {seed}: {gone}");
    }
}
