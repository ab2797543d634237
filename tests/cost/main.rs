//! What things cost: against published examples, against the book by hand, and through the binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test may fail loudly, and says what it left out"
)]

#[path = "../desk/mod.rs"]
mod desk;
mod gates;
mod odd;
mod pages;
mod profiles;
mod properties;
mod published;
#[path = "../stage/mod.rs"]
mod stage;

use std::path::Path;

use edxaws::cost::book::Book;
use edxaws::cost::plain::{Entry, read};
use edxaws::cost::{Estimate, Report, plain};
use edxaws::profile::{self, Settings};
use jiff::civil::{Date, date};
use serde_json::Value;

/// The day of every estimate here, so that support dates do not move.
fn today() -> Date {
    date(2026, 11, 22)
}

fn settings(name: &str, region: &str) -> Settings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut settings = profile::load(name, &folder).unwrap().settings;
    settings.region = region.to_owned();
    settings
}

fn report(name: &str, region: &str) -> Report {
    Report::of_profile(name, &settings(name, region), Book::embedded(), today()).unwrap()
}

fn entries(list: &Value) -> Vec<Entry> {
    read(&list.to_string()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn priced(list: &Value) -> Estimate {
    plain::estimate(&entries(list), Book::embedded(), today())
}
