//! The strict local AWS behind edxaws's sandbox and tests.
//!
//! One generic table of [`Thing`]s does the work for every service: lifecycles, references, tags,
//! tokens, refusals. An operation adds only its shape. What is not known is refused by name (501),
//! never ignored. This is not a product for others and proves nothing about the real AWS.

pub mod call;
pub mod clock;
pub mod director;
pub mod error;
pub mod fault;
mod filter;
mod http_server;
pub mod kubernetes;
mod limits;
mod luck;
mod protocol;
mod render;
mod request;
pub mod rules;
mod sdk_client;
pub mod services;
mod store;
pub mod times;
mod transport;
mod web;
pub mod world;

pub use clock::WorldClock;
pub use director::{Arrival, Course, Director};
pub use error::AwsError;
pub use fault::{Fault, FaultRule, Faults};
pub use http_server::serve;
pub use kubernetes::KubeBody;
pub use render::Reply;
pub use sdk_client::{connector, sdk_client};
pub use store::Store;
pub use transport::{LocalAws, Reset, Traced};
pub use world::{Owner, Thing, World};
