//! Who decides over every call of a simulation: how long it travels and what becomes of it.

use std::fmt::Debug;

use crate::error::AwsError;
use crate::fault::Fault;
use crate::render::Reply;
use crate::world::World;

/// What becomes of one call.
#[derive(Debug)]
pub enum Course {
    Normal,
    Fault(Fault),
    /// It is answered as if the world still looked like this. What it changes is changed in the real
    /// one, unless the old one already refuses it.
    Stale(Box<World>),
    /// It is delivered twice; the first answer is the one that arrives.
    Twice,
    /// It is carried out this many seconds after nobody waits for its answer any more.
    Late(f64),
    /// It is carried out, and its answer arrives changed.
    Garbled(fn(&mut Reply)),
}

/// A call that has arrived, in a director's eyes.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    pub service: &'a str,
    pub action: &'a str,
    pub now: f64,
}

/// Decides over every call, one after the other, with the world at hand.
pub trait Director: Send + Sync + Debug {
    /// Seconds until the next call arrives.
    fn latency(&self) -> f64;

    /// What becomes of a call that has just arrived; a stranger may act here.
    fn course(&self, arrival: Arrival<'_>, world: &mut World) -> Course;

    /// A call was carried out.
    fn carried_out(&self, arrival: Arrival<'_>, outcome: Result<(), &AwsError>, world: &mut World);
}
