//! Server-side apply: which fields an object has, who owns them, and how two objects become one.

pub mod fields;
pub mod managers;
pub mod merge;
pub mod schema;
