//! Everything between the resources and AWS: clients, failures and their verdicts, tags, time.

mod answers;
pub mod blocker;
mod clients;
mod clock;
mod failure;
mod pace;
mod scope;
mod secret;
pub mod tags;
mod trace;
mod verdict;
mod web;

pub use clients::{Clients, Endpoint, connect};
pub use clock::Clock;
pub use failure::{Failure, Outcome};
pub use pace::Pace;
pub use scope::{DataPolicy, Depth, Scope, StackId};
pub use secret::Hidden;
pub use trace::{Call, Trace, counted};
pub use verdict::{ROWS, Row, Verdict, verdict};
pub use web::{Answered, Probe, Web, chain};
