//! edxaws takes an empty AWS account to a running Open edX platform and back.
//!
//! One way, no back and forth: profile → stack (pure) → graph of desired resources → plan (pure,
//! data) → engine → events → view. The modules below stand in reading order.

pub mod address;
pub mod aws;
pub mod cli;
pub mod cost;
pub mod diff;
pub mod doctor;
pub mod durations;
pub mod engine;
pub mod error;
pub mod event;
pub mod graph;
pub mod kind;
pub mod kubeconfig;
pub mod kubernetes;
pub mod openedx;
pub mod otel;
pub mod place;
pub mod profile;
pub mod registry;
pub mod resource;
pub mod resources;
pub mod stack;
pub mod state;
pub mod timeline;
pub mod view;
