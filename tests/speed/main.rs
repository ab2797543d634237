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

/// Seeds tried: `EDXAWS_SPEED_SEEDS=100` is the nightly share, from `EDXAWS_SPEED_FROM` on.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let from = number("EDXAWS_SPEED_FROM").unwrap_or(0);
    from..from + number("EDXAWS_SPEED_SEEDS").unwrap_or(2)
}

async fn prod(seed: u64) -> Stage {
    let mut stage = Stage::new("prod", seed).await;
    stage.on_cluster = OnCluster::Platforms;
    stage
}

#[tokio::test(start_paused = true)]
async fn up_ends_with_the_longest_chain() {
    for seed in seeds() {
        for (parallelism, most) in [(24, 1.01), (4, 1.05)] {
            let mut stage = prod(100 + seed).await;
            stage.parallelism = parallelism;
            let plan = stage.plan().await;
            let up = run(&mut stage, &plan).await;
            println!("seed {seed}, parallelism {parallelism}: {up}");
            assert!(up.ratio() <= most, "seed {seed}, {parallelism}: {up}\n{:#?}", up.losses());
            // With four at a time everything queues: there only the end counts.
            if parallelism == 24 {
                assert!(up.waste() <= 2.0, "seed {seed}: {up}\n{:#?}", up.losses());
                assert!(up.reads <= up.back_off, "seed {seed}: {up}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_ends_with_the_longest_chain() {
    for seed in seeds() {
        let mut stage = prod(200 + seed).await;
        assert!(stage.up().await.failed.is_empty());
        let plan = stage.destroy_plan().await;
        let gone = run(&mut stage, &plan).await;
        println!("seed {seed}: {gone}");
        assert!(gone.ratio() <= 1.01, "seed {seed}: {gone}\n{:#?}", gone.losses());
        assert!(gone.waste() <= 2.0, "seed {seed}: {gone}\n{:#?}", gone.losses());
        assert!(gone.reads <= gone.back_off, "seed {seed}: {gone}");
    }
}

/// Nodes join with the network add-on, whose being accepted is enough to begin; what runs on them
/// needs it to work. On the way out nobody needs add-ons any more.
#[tokio::test(start_paused = true)]
async fn node_groups_wait_for_no_add_on() {
    let mut stage = prod(1).await;
    let plan = stage.plan().await;
    let up = run(&mut stage, &plan).await;
    let (nodes, network) = (up.bar("eks_nodegroup.system"), up.bar("eks_addon_check.vpc-cni"));
    assert!(nodes.start < network.end, "{nodes:?}\n{network:?}");
    assert!(up.bar("eks_addon.coredns").start >= network.end.max(nodes.end));
    let plan = stage.destroy_plan().await;
    let gone = run(&mut stage, &plan).await;
    let (nodes, drain) = (gone.bar("eks_nodegroup.system"), gone.bar("cluster_drain.main"));
    assert!(nodes.start >= drain.end, "{nodes:?}\n{drain:?}");
    assert!(nodes.start < gone.bar("eks_addon.coredns").end, "{nodes:?}");
}
