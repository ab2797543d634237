//! What a renderer hands over: whole objects, and the scripts that make a platform of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a renderer makes of one platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// Who rendered it: `tutor 22.0.3`, `builtin 1`.
    pub renderer: String,
    /// Whole Kubernetes objects. The Jobs among them are templates and are never applied: each
    /// initialisation task runs in the one that bears its service's name, `<service>-job`.
    pub objects: Vec<Value>,
    /// In the order in which they must run.
    pub tasks: Vec<InitTask>,
    /// Every host the platform answers on, all of them through the Service `caddy`.
    pub hosts: Vec<String>,
}

/// A script that initialises a part of the platform; safe to run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitTask {
    /// `lms`, `cms`, `mysql`, or a service that a plugin brought.
    pub service: String,
    /// For `sh -e -c`; placeholders and all.
    pub script: String,
}
