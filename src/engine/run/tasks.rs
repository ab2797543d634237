//! The calls a run makes: each task asks AWS one thing and reports back.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::aws::blocker::blocker;
use crate::aws::{Failure, Scope, Verdict, counted, verdict};
use crate::engine::attempt::{Patience, attempt};
use crate::engine::stop::Stop;
use crate::kind::{Ask, Boxed, Kind};
use crate::resource::{Claim, Found};

/// One call that may go out.
pub(super) struct Task {
    pub kind: &'static dyn Kind,
    pub work: Work,
    steps: Vec<usize>,
}

pub(super) enum Work {
    Create { desired: Value, claim: Claim },
    Update { desired: Value, live: Value, claim: Claim },
    Delete { desired: Value, live: Value },
    List { asks: Vec<Ask> },
}

/// What AWS answered.
pub(super) enum Report {
    Created {
        step: usize,
        result: Result<Value, Failure>,
    },
    Updated {
        step: usize,
        result: Result<(), Failure>,
    },
    Deleted {
        step: usize,
        result: Result<(), Failure>,
    },
    Listed {
        kind: &'static dyn Kind,
        /// Those that were asked about.
        steps: Vec<usize>,
        /// How many calls it took.
        calls: u32,
        result: Result<Vec<Found<Value>>, Failure>,
    },
}

impl Task {
    pub fn of(step: usize, kind: &'static dyn Kind, work: Work) -> Self {
        Self { kind, work, steps: vec![step] }
    }

    pub fn list(steps: Vec<usize>, kind: &'static dyn Kind, asks: Vec<Ask>) -> Self {
        Self { kind, work: Work::List { asks }, steps }
    }

    /// The steps it works for.
    pub fn steps(&self) -> &[usize] {
        &self.steps
    }

    pub async fn perform(
        self,
        scope: Scope,
        stop: Stop,
        notes: UnboundedSender<(usize, String)>,
    ) -> Report {
        let Self { kind, work, steps } = self;
        let step = steps.first().copied().unwrap_or_default();
        let note = |failure: &Failure| {
            // Nobody listens any more when the run has ended.
            let _ = notes.send((step, failure.to_string()));
        };
        match work {
            Work::Create { desired, claim } => {
                let call = || kind.create(&scope, &desired, &claim);
                let result = attempt(&scope, &stop, Patience::CREATE, note, call).await;
                Report::Created { step, result }
            }
            Work::Update { desired, live, claim } => {
                let call = || kind.update(&scope, &desired, &live, &claim);
                let result = attempt(&scope, &stop, Patience::UPDATE, note, call).await;
                Report::Updated { step, result }
            }
            Work::Delete { desired, live } => {
                let stubborn =
                    Stubborn { scope: &scope, live: &live, began: scope.clock.elapsed() };
                let call = || -> Boxed<'_, _> {
                    Box::pin(async {
                        let deleted = kind.delete(&scope, &desired, &live).await;
                        stubborn.explained(deleted).await
                    })
                };
                let result = attempt(&scope, &stop, Patience::DELETE, note, call).await;
                Report::Deleted { step, result }
            }
            Work::List { asks } => {
                let call = || kind.list(&scope, &asks);
                let list = attempt(&scope, &stop, Patience::READ, |_| {}, call);
                let (result, calls) = counted(list).await;
                Report::Listed { kind, steps, calls, result }
            }
        }
    }
}

/// A delete that is refused for long because something uses the object.
struct Stubborn<'a> {
    scope: &'a Scope,
    live: &'a Value,
    began: Duration,
}

impl Stubborn<'_> {
    /// What usually goes within this time needs no explanation.
    const USUAL: Duration = Duration::from_secs(60);

    /// The same failure, with who holds the object back.
    async fn explained(&self, deleted: Result<(), Failure>) -> Result<(), Failure> {
        let Err(failure) = deleted else { return Ok(()) };
        let lasted = self.scope.clock.elapsed().saturating_sub(self.began);
        if verdict(&failure) != Verdict::InUse || lasted < Self::USUAL {
            return Err(failure);
        }
        Err(match blocker(self.scope, self.live).await {
            Some(who) => Failure { message: format!("{}; {who}", failure.message), ..failure },
            None => failure,
        })
    }
}
