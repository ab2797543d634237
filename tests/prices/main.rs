//! The price book: made of its source table, right where others are wrong, renewed by the price list.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod book;
#[path = "../desk/mod.rs"]
mod desk;
mod generate;
mod refresh;
mod verbs;
