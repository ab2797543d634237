//! The contract of every kind, checked on every kind of the registry.
//!
//! Nothing here knows a kind by name but two tables: what AWS documents of status words, and which
//! kinds change nothing in place. `EDXAWS_NIGHTLY=1` checks every resource of every stack.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod bench;
mod births;
mod changes;
mod codes;
mod deaths;
mod records;
mod scene;
#[path = "../stage/mod.rs"]
mod stage;
mod statuses;

use std::collections::BTreeSet;

use bench::Bench;
use edxaws::resources::KINDS;
use scene::{Scene, scenes};

/// Runs one clause on every scene, each under a virtual clock of its own, and names all that break
/// it.
pub fn every_kind(clause: impl AsyncFn(&mut Bench, &Scene)) {
    let check = |scene: &Scene| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut bench = Bench::open(scene).await;
            clause(&mut bench, scene).await;
        });
    };
    let mut broken = Vec::new();
    for scene in scenes() {
        let checked = std::panic::AssertUnwindSafe(|| check(scene));
        if let Err(panic) = std::panic::catch_unwind(checked) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
            let address = &scene.node.address;
            broken.push(format!("{address} ({}): {}", scene.profile, text.unwrap_or_default()));
        }
    }
    assert!(broken.is_empty(), "{} break the contract:\n{}", broken.len(), broken.join("\n\n"));
}

#[test]
fn every_kind_of_the_registry_has_a_scene() {
    let covered: BTreeSet<&str> = scenes().iter().map(|scene| scene.kind.name()).collect();
    let all: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let missing: Vec<_> = all.difference(&covered).collect();
    assert!(missing.is_empty(), "no stack of tests/contract/scene.rs has {missing:?}");
}
