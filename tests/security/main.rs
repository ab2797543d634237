//! Security: least privilege, secrets that stay secret, private files, checked certificates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

#[path = "../sim/privilege.rs"]
mod privilege;
mod secrets;
#[path = "../stage/mod.rs"]
mod stage;
mod tls;
mod used;
