//! From an HTTP request to an HTTP answer: latency, faults, the operation, the trace.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::call::Call;
use crate::clock::WorldClock;
use crate::director::{Arrival, Course, Director};
use crate::error::AwsError;
use crate::fault::{Fault, Faults};
use crate::kubernetes;
use crate::limits::Limits;
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
    pub limits: Limits,
    trace: Arc<Mutex<Vec<Traced>>>,
    director: Option<Arc<dyn Director>>,
    /// The loopback port on which the clusters' API is served, if it is.
    kubernetes_port: Option<u16>,
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
        Self {
            store,
            clock,
            faults: Faults::default(),
            limits: Limits::default(),
            trace,
            director: None,
            kubernetes_port: None,
        }
    }

    /// The same local AWS with somebody who decides over every call.
    pub fn directed(&self, director: Arc<dyn Director>) -> Self {
        Self { director: Some(director), ..self.clone() }
    }

    /// The same local AWS, whose clusters are reached on a loopback port.
    pub(crate) fn with_kubernetes_at(&self, port: u16) -> Self {
        Self { kubernetes_port: Some(port), ..self.clone() }
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
            kubernetes::advance(world, now);
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
        let latency = self.director.as_ref().map_or(LATENCY, |director| director.latency());
        // Awaiting something keeps many in-process tasks from starving each other.
        self.clock.sleep(latency).await;
        let request = match request::parse(&request) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(unparsed(&request, &error)),
        };
        if let Err(error) = self.limits.admit(&request, self.clock.now()) {
            self.note(&request, &error.code);
            return Ok(self.refuse(&request, &error));
        }
        match self.course(request.service.name, &request.action) {
            Course::Normal => Ok(self.answer(&request)),
            Course::Fault(fault) => self.faulty(&request, fault).await,
            Course::Stale(mut former) => Ok(self.stale(&request, &mut former)),
            Course::Twice => {
                let reply = self.answer(&request);
                self.answer(&request);
                Ok(reply)
            }
            Course::Late(seconds) => self.late(request, seconds).await,
            Course::Garbled(garble) => {
                let mut reply = self.answer(&request);
                garble(&mut reply);
                Ok(reply)
            }
        }
    }

    /// What becomes of a call that has arrived.
    pub(crate) fn course(&self, service: &str, action: &str) -> Course {
        if let Some(fault) = self.faults.strike(service, action) {
            return Course::Fault(fault);
        }
        let Some(director) = &self.director else { return Course::Normal };
        let arrival = Arrival { service, action, now: self.clock.now() };
        let decided = self.store.with(|world| {
            world.tick(arrival.now);
            director.course(arrival, world)
        });
        decided.unwrap_or(Course::Normal)
    }

    /// Tells the director, if there is one, that a call was carried out.
    pub(crate) fn carried_out(
        &self,
        service: &str,
        action: &str,
        outcome: Result<(), &AwsError>,
        world: &mut World,
    ) {
        if let Some(director) = &self.director {
            let arrival = Arrival { service, action, now: self.clock.now() };
            director.carried_out(arrival, outcome, world);
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

    /// What the former world refuses, a call that came a moment earlier would have been refused.
    fn stale(&self, request: &Request, former: &mut World) -> Reply {
        match self.operate(request, former) {
            Err(error) => {
                self.note(request, &error.code);
                self.refuse(request, &error)
            }
            Ok(seen) if is_read(&request.action) => self.replied(request, Ok(seen)),
            Ok(_) => self.answer(request),
        }
    }

    async fn late(&self, request: Request, seconds: f64) -> Result<Reply, Reset> {
        let local = self.clone();
        tokio::spawn(async move {
            local.clock.sleep(seconds).await;
            local.answer(&request);
        });
        std::future::pending().await
    }

    fn answer(&self, request: &Request) -> Reply {
        let done = self.perform(request);
        self.replied(request, done)
    }

    fn replied(&self, request: &Request, done: Result<Value, AwsError>) -> Reply {
        let id = request_id(self.trace.lock().unwrap_or_else(PoisonError::into_inner).len());
        match done {
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
        let done = self.store.with(|world| {
            let done = self.operate(request, world);
            let outcome = done.as_ref().map(|_| ());
            self.carried_out(request.service.name, &request.action, outcome, world);
            done
        });
        done.unwrap_or_else(|error| Err(AwsError::new(500, "LocalWorld", error.to_string())))
    }

    fn operate(&self, request: &Request, world: &mut World) -> Result<Value, AwsError> {
        let operation = request.service.operation(&request.action).ok_or_else(|| {
            AwsError::unimplemented(format!("{} {}", request.service.name, request.action))
        })?;
        let now = self.clock.now();
        world.tick(now);
        kubernetes::advance(world, now);
        let mut answer = operation(&mut Call { world, request, now })?;
        if let Some(port) = self.kubernetes_port.filter(|_| request.service.name == "eks") {
            kubernetes::serve_endpoints(&mut answer, port);
        }
        Ok(answer)
    }

    fn refuse(&self, request: &Request, error: &AwsError) -> Reply {
        let id = request_id(self.trace.lock().unwrap_or_else(PoisonError::into_inner).len());
        let protocol = answer_protocol(request);
        error_reply(protocol, request.service.name, error, &id)
    }

    fn note(&self, request: &Request, outcome: &str) {
        self.noted(request.service.name, &request.action, outcome);
    }

    pub(crate) fn noted(&self, service: &str, action: &str, outcome: &str) {
        let [service, action, outcome] = [service, action, outcome].map(str::to_owned);
        let mut trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        trace.push(Traced { service, action, outcome });
    }
}

/// Whether an action only looks.
fn is_read(action: &str) -> bool {
    ["Describe", "List", "Get", "Head", "Lookup"].iter().any(|word| action.starts_with(word))
}

fn unparsed(request: &http::Request<Bytes>, error: &AwsError) -> Reply {
    let json = request.headers().contains_key("x-amz-target");
    let protocol = if json { Protocol::Json } else { Protocol::Query };
    error_reply(protocol, "", error, &request_id(0))
}

fn request_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}
