//! The controllers: they work on the world's clock, one look at a time, in the order things are due.

use super::scene::Scene;

/// Catches up to now.
pub fn work(scene: &mut Scene<'_>) {
    scene.cluster.cursor = scene.now;
}
