//! The network's kinds against the local AWS, under virtual time, and the cutting of its range.

mod changes;
mod facts;
mod lives;
mod ranges;
mod refusals;
mod rig;
