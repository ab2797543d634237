//! The local AWS's own time: real, scaled (the sandbox) or virtual (tokio's paused clock).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Seconds on the local AWS's calendar since 1970.
#[derive(Debug, Clone, Copy)]
pub enum WorldClock {
    /// Follows the wall clock `scale` times as fast from `origin` on, so that several processes
    /// agree on it and time goes on while none of them runs.
    Wall { scale: f64, origin: Origin },
    /// Follows tokio's clock: virtual when it is paused.
    Tokio { started: Instant, epoch: f64 },
}

/// Where a scaled calendar began: world seconds and wall seconds of the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub world: f64,
    pub wall: f64,
}

/// 2026-01-01T00:00:00Z, where virtual calendars begin.
const EPOCH: f64 = 1_767_225_600.0;

impl WorldClock {
    pub fn wall(scale: f64, origin: Option<Origin>) -> Self {
        let now = wall_seconds();
        Self::Wall { scale, origin: origin.unwrap_or(Origin { world: now, wall: now }) }
    }

    pub fn tokio() -> Self {
        Self::Tokio { started: Instant::now(), epoch: EPOCH }
    }

    pub fn now(&self) -> f64 {
        match self {
            Self::Wall { scale, origin } => origin.world + (wall_seconds() - origin.wall) * scale,
            Self::Tokio { started, epoch } => epoch + started.elapsed().as_secs_f64(),
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that sleeps")]
    /// Waits for an amount of the local AWS's time.
    pub async fn sleep(&self, seconds: f64) {
        let scale = match self {
            Self::Wall { scale, .. } => *scale,
            Self::Tokio { .. } => 1.0,
        };
        tokio::time::sleep(Duration::from_secs_f64(seconds / scale)).await;
    }

    pub fn origin(&self) -> Option<Origin> {
        match self {
            Self::Wall { origin, .. } => Some(*origin),
            Self::Tokio { .. } => None,
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
