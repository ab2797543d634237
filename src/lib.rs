//! edxaws takes an empty AWS account to a running Open edX platform and back.
//!
//! One way, no back and forth: profile → stack (pure) → graph of desired resources → plan (pure,
//! data) → engine → events → view. The modules below stand in reading order.

pub mod profile;
pub mod stack;
pub mod graph;
pub mod address;
pub mod resource;
pub mod diff;
pub mod kind;
pub mod resources;
pub mod aws;
pub mod state;
pub mod engine;
pub mod event;
pub mod kubeconfig;
pub mod place;
pub mod doctor;
pub mod error;
pub mod view;
pub mod cli;
