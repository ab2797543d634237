//! The two-stage stop: first finish what is in flight, then leave at once.

use tokio::sync::watch;

/// How urgently to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    Run,
    /// Schedule nothing new, finish calls in flight, record.
    Drain,
    /// Leave now; safe, because claims are durable.
    Now,
}

/// The end that asks to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<StopLevel>);

/// The end that obeys.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<StopLevel>);

impl Stopper {
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(StopLevel::Run);
        (Self(sender), Stop(receiver))
    }

    /// One level more urgent than before.
    pub fn escalate(&self) {
        self.0.send_modify(|level| {
            *level = if *level == StopLevel::Run { StopLevel::Drain } else { StopLevel::Now };
        });
    }
}

impl Stop {
    /// A stop that never comes.
    pub fn never() -> Self {
        Self(watch::channel(StopLevel::Run).1)
    }

    pub fn level(&self) -> StopLevel {
        *self.0.borrow()
    }

    /// Waits for the next change; forever when nobody can ask any more.
    pub async fn changed(&mut self) -> StopLevel {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        *self.0.borrow_and_update()
    }
}
