//! Time as the rest of the program sees it: AWS seconds, which a sandbox may run faster than real.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A clock that counts AWS time. Real AWS: one second is one second. The sandbox: `scale` seconds
/// pass in one. Under tokio's paused clock (tests) all of it is virtual.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    scale: f64,
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn scaled(scale: f64) -> Self {
        Self { scale, started: Instant::now(), started_at: Timestamp::now() }
    }

    pub fn real() -> Self {
        Self::scaled(1.0)
    }

    /// A clock whose stamps start at a fixed moment, for runs that must repeat exactly.
    pub fn fixed(scale: f64, started_at: Timestamp) -> Self {
        Self { scale, started: Instant::now(), started_at }
    }

    /// AWS time since this clock was made.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed().mul_f64(self.scale)
    }

    /// AWS time at a moment, since this clock was made.
    pub fn at(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.started).mul_f64(self.scale)
    }

    /// The present moment on AWS's calendar.
    pub fn stamp(&self) -> Timestamp {
        self.started_at.checked_add(self.elapsed()).unwrap_or(self.started_at)
    }

    /// Waits for an amount of AWS time.
    #[allow(clippy::disallowed_methods, reason = "the one place that sleeps")]
    pub async fn sleep(&self, aws_time: Duration) {
        tokio::time::sleep(aws_time.div_f64(self.scale)).await;
    }

    pub fn scale(&self) -> f64 {
        self.scale
    }
}
