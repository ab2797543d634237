//! A record of every call that leaves the SDK, for pacing, the report and the least-privilege check.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde::Serialize;
use tokio::time::Instant;

tokio::task_local! {
    /// Calls of the work that is being counted.
    static COUNTED: Cell<u32>;
}

/// What `work` comes to, and how many calls it made.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u32) {
    let work = async {
        let done = work.await;
        (done, COUNTED.with(Cell::get))
    };
    COUNTED.scope(Cell::new(0), work).await
}

/// One call that was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Call {
    pub service: String,
    pub action: String,
}

/// All calls of one program run; clones share the list.
#[derive(Debug, Clone, Default)]
pub struct Trace(Arc<Mutex<Vec<(Instant, Call)>>>);

impl Trace {
    pub fn calls(&self) -> Vec<Call> {
        self.timed().into_iter().map(|(_, call)| call).collect()
    }

    /// Every call with the moment it was sent.
    pub fn timed(&self) -> Vec<(Instant, Call)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Notes a call that does not go through the SDK.
    pub fn note(&self, service: &str, action: &str) {
        self.push(Call { service: service.to_owned(), action: action.to_owned() });
    }

    fn push(&self, call: Call) {
        tracing::debug!(service = call.service, action = call.action, "call");
        // Outside of counted work there is nothing to count.
        let _ = COUNTED.try_with(|count| count.set(count.get() + 1));
        #[allow(clippy::disallowed_methods, reason = "only reports read it, no decision")]
        let now = Instant::now();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((now, call));
    }
}

impl Intercept for Trace {
    fn name(&self) -> &'static str {
        "edxaws trace"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = config.load::<Metadata>() {
            let service = metadata.service().to_owned();
            self.push(Call { service, action: metadata.name().to_owned() });
        }
        Ok(())
    }
}
