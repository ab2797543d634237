//! The one retry loop: a call is tried again as long as its verdict says that helps.

use std::time::Duration;

use super::stop::{Stop, StopLevel};
use crate::aws::{Failure, Outcome, Scope, Verdict, verdict};
use crate::kind::Boxed;

/// Which verdicts are worth another try, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub retry: &'static [Verdict],
    pub total: Duration,
    /// How long "not there" may mean "not yet": what a call needs was made a moment ago, or what one
    /// call of a list found went away before the next asked about it.
    pub visible: Duration,
}

/// How often a call is tried at least: where one try took as long as patience lasts (a machine that
/// slept, a token that ran out on the way), the next may still be answered at once.
const TRIES: u32 = 3;

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(10);

impl Patience {
    /// Reads change nothing: any passing trouble is worth another try.
    pub const READ: Self = Self {
        retry: &[Verdict::Throttled, Verdict::Unclear, Verdict::NotYet],
        total: Duration::from_secs(300),
        visible: Duration::from_secs(60),
    };
    /// A create that may have happened must be looked for, not repeated.
    pub const CREATE: Self = Self {
        retry: &[Verdict::Throttled, Verdict::NotYet],
        total: Duration::from_secs(900),
        visible: Duration::from_secs(120),
    };
    /// Updates are idempotent.
    pub const UPDATE: Self = Self {
        retry: &[Verdict::Throttled, Verdict::NotYet, Verdict::Unclear],
        total: Duration::from_secs(900),
        visible: Duration::from_secs(120),
    };
    /// Deletes are idempotent, and what still uses the object usually goes.
    pub const DELETE: Self = Self {
        retry: &[Verdict::Throttled, Verdict::NotYet, Verdict::Unclear, Verdict::InUse],
        total: Duration::from_secs(1800),
        visible: Duration::from_secs(0),
    };
}

/// Calls until it succeeds, the verdict is final, patience ends, or the run is to stop. `note` is
/// told of each failure that is about to be retried.
pub async fn attempt<'a, T>(
    scope: &Scope,
    stop: &Stop,
    patience: Patience,
    mut note: impl FnMut(&Failure),
    mut call: impl FnMut() -> Boxed<'a, Result<T, Failure>>,
) -> Result<T, Failure> {
    let began = scope.clock.elapsed();
    let mut pause = Duration::from_secs(1);
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match call().await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        let spent = scope.clock.elapsed().saturating_sub(began);
        let verdict = verdict(&failure);
        let patient = spent < patience.total || tries < TRIES;
        let again = (patience.retry.contains(&verdict) && patient
            || verdict == Verdict::Gone && spent < patience.visible)
            && stop.level() == StopLevel::Run;
        if !again {
            return Err(failure);
        }
        if verdict == Verdict::Throttled && failure.outcome != Outcome::NotSent {
            scope.aws.pace.throttled(&failure.service);
        }
        tracing::debug!(%failure, "trying again");
        note(&failure);
        let longest = failure.again_within.unwrap_or(LONGEST);
        // Full jitter keeps many waiters from meeting again.
        let jittered = pause.min(longest).mul_f64(0.5 + scope.jitter() / 2.0);
        let mut stop = stop.clone();
        tokio::select! {
            () = scope.clock.sleep(jittered) => {}
            _ = stop.changed() => {}
        }
        pause = (pause * 2).min(LONGEST);
    }
}
