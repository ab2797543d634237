//! From an HTTP request to an HTTP answer: latency, faults, the operation, the trace.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::call::Call;
use crate::clock::WorldClock;
use crate::error::AwsError;
use crate::fault::{Fault, Faults};
use crate::protocol::Protocol;
use crate::render::{Reply, answer_protocol, error_reply, reply};
use crate::request::{self, Request};
use crate::store::Store;
use crate::world::World;

/// A call that was answered (or lost), for tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traced {
    pub service: String,
    pub action: String,
    /// `ok`, AWS's error code, or the fault that struck.
    pub outcome: String,
}

/// The local AWS; clones are the same one.
#[derive(Debug, Clone)]
pub struct LocalAws {
    store: Arc<Store>,
    pub clock: WorldClock,
    pub faults: Faults,
    trace: Arc<Mutex<Vec<Traced>>>,
}

/// The connection broke.
#[derive(Debug, thiserror::Error)]
#[error("the connection was reset by the local AWS on request of a test")]
pub struct Reset;

/// A round trip to AWS and its work, in seconds.
const LATENCY: f64 = 0.06;

impl LocalAws {
    pub fn new(store: Store, clock: WorldClock) -> Self {
        let (store, trace) = (Arc::new(store), Arc::default());
        Self { store, clock, faults: Faults::default(), trace }
    }

    /// A world in memory under tokio's clock: for tests, which pause it.
    pub fn in_memory(seed: u64) -> Self {
        Self::new(Store::memory(seed), WorldClock::tokio())
    }

    /// Looks at or changes the world directly, as a stranger or a test would.
    pub fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> std::io::Result<T> {
        let now = self.clock.now();
        self.store.with(|world| {
            world.tick(now);
            work(world)
        })
    }

    pub fn trace(&self) -> Vec<Traced> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn clear_trace(&self) {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Answers one request.
    pub async fn handle(&self, request: http::Request<Bytes>) -> Result<Reply, Reset> {
        // Awaiting something keeps many in-process tasks from starving each other.
        self.clock.sleep(LATENCY).await;
        let request = match request::parse(&request) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(unparsed(&request, &error)),
        };
        match self.faults.strike(request.service.name, &request.action) {
            None => Ok(self.answer(&request)),
            Some(fault) => self.faulty(&request, fault).await,
        }
    }

    async fn faulty(&self, request: &Request, fault: Fault) -> Result<Reply, Reset> {
        if let Some(error) = fault.as_error() {
            self.note(request, &error.code);
            return Ok(self.refuse(request, &error));
        }
        if matches!(fault, Fault::LostAnswer | Fault::HangAfter) {
            self.answer(request);
        }
        self.note(request, "fault");
        match fault {
            Fault::HangBefore | Fault::HangAfter => std::future::pending().await,
            _ => Err(Reset),
        }
    }

    fn answer(&self, request: &Request) -> Reply {
        let id = request_id(self.trace.lock().unwrap_or_else(PoisonError::into_inner).len());
        match self.perform(request) {
            Ok(value) => {
                self.note(request, "ok");
                let mut reply = reply(request, value, &id);
                reply.headers.push(("x-amzn-requestid".to_owned(), id));
                reply
            }
            Err(error) => {
                self.note(request, &error.code);
                self.refuse(request, &error)
            }
        }
    }

    fn perform(&self, request: &Request) -> Result<Value, AwsError> {
        let operation = request.service.operation(&request.action).ok_or_else(|| {
            AwsError::unimplemented(format!("{} {}", request.service.name, request.action))
        })?;
        let now = self.clock.now();
        let done = self.store.with(|world| {
            world.tick(now);
            operation(&mut Call { world, request, now })
        });
        done.unwrap_or_else(|error| Err(AwsError::new(500, "LocalWorld", error.to_string())))
    }

    fn refuse(&self, request: &Request, error: &AwsError) -> Reply {
        let id = request_id(self.trace.lock().unwrap_or_else(PoisonError::into_inner).len());
        let protocol = answer_protocol(request);
        error_reply(protocol, request.service.name, error, &id)
    }

    fn note(&self, request: &Request, outcome: &str) {
        let (service, action) = (request.service.name.to_owned(), request.action.clone());
        let mut trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        trace.push(Traced { service, action, outcome: outcome.to_owned() });
    }
}

fn unparsed(request: &http::Request<Bytes>, error: &AwsError) -> Reply {
    let json = request.headers().contains_key("x-amz-target");
    let protocol = if json { Protocol::Json } else { Protocol::Query };
    error_reply(protocol, "", error, &request_id(0))
}

fn request_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}
