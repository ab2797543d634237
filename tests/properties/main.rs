//! What holds for every input: orders, plans, records, names, the protocol of a create, and whatever
//! bytes a file may hold.
//!
//! `PROPTEST_CASES` sets the number of cases, `EDXAWS_NIGHTLY=1` the large settings of the rest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod choices;
mod mutations;
mod names;
mod orders;
mod plans;
mod protocol;
mod records;
#[path = "../stage/mod.rs"]
mod stage;

/// A number of rounds: small at every change, large at night.
pub fn rounds(day: usize, night: usize) -> usize {
    if std::env::var_os("EDXAWS_NIGHTLY").is_some() { night } else { day }
}
