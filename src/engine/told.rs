//! Saying that an answer is long in coming: whoever waits for minutes wants to know what for.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::aws::{Clock, Failure};

/// What passes by sooner is nobody's business.
const SILENCE: Duration = Duration::from_secs(10);

type Listener = dyn Fn(&Failure) + Send + Sync;

/// Whoever is told of a question that is asked over and over.
#[derive(Clone)]
pub struct Told {
    listener: Arc<Listener>,
    /// One trouble keeps many lists waiting and is told once.
    said: Arc<Mutex<BTreeSet<(String, String)>>>,
}

impl Told {
    pub fn new(listener: impl Fn(&Failure) + Send + Sync + 'static) -> Self {
        Self { listener: Arc::new(listener), said: Arc::default() }
    }

    pub fn nobody() -> Self {
        Self::new(|_| {})
    }

    /// What listens to the failures of one call that is tried again from now on.
    pub(super) fn of(&self, clock: Clock) -> impl FnMut(&Failure) + use<> {
        let (told, began) = (self.clone(), clock.elapsed());
        move |failure| {
            if clock.elapsed().saturating_sub(began) >= SILENCE {
                told.tell(failure);
            }
        }
    }

    fn tell(&self, failure: &Failure) {
        let trouble = (failure.service.clone(), failure.code.clone());
        if self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(trouble) {
            (self.listener)(failure);
        }
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}
