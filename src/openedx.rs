//! Open edX on the cluster: from a profile to whole Kubernetes objects and the tasks that initialise
//! them.
//!
//! Settings → inputs (pure) → renderer (Tutor, or our own small templates) → rendered. Rendering
//! happens when a run is planned, before a cluster or a database exists: what is secret or known only
//! after apply stands in every text as a placeholder (`values`), and is put in its place in memory.

pub mod django;
pub mod inputs;
pub mod jwt;
pub mod kustomize;
pub mod overlay;
pub mod render;
pub mod rendered;
pub mod renderer;
pub mod secrets;
pub mod tutor;
pub mod validate;
pub mod values;

mod builtin;

pub use builtin::render as render_builtin;
pub use inputs::{Inputs, inputs};
pub use render::{placeholders, render};
pub use rendered::{InitTask, Rendered};
pub use renderer::{Folders, Progress, RenderError};
