//! The network's kinds against the local AWS, under virtual time, and the cutting of its range.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod changes;
mod facts;
mod lives;
mod ranges;
mod refusals;
mod rig;
