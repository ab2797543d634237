//! Faults on request: which call goes wrong, and how.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::AwsError;

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// AWS refuses; nothing is done.
    Error { status: u16, code: String, message: String },
    /// It is done, but the connection breaks before the answer arrives.
    LostAnswer,
    /// The connection breaks before it arrives at AWS.
    NotSent,
    /// It never returns (before being done).
    HangBefore,
    /// It is done and never returns.
    HangAfter,
}

/// When a fault strikes: on calls whose service and action fit (`*` is any), after `skip` such
/// calls, `times` times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRule {
    pub service: String,
    pub action: String,
    #[serde(default)]
    pub skip: u32,
    pub times: u32,
    pub fault: Fault,
}

impl FaultRule {
    pub fn new(service: &str, action: &str, times: u32, fault: Fault) -> Self {
        let [service, action] = [service, action].map(str::to_owned);
        Self { service, action, skip: 0, times, fault }
    }

    pub fn error(service: &str, action: &str, times: u32, status: u16, code: &str) -> Self {
        let message = format!("{code} on request of the test");
        let fault = Fault::Error { status, code: code.to_owned(), message };
        Self::new(service, action, times, fault)
    }

    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    fn fits(&self, service: &str, action: &str) -> bool {
        let fits = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        fits(&self.service, service) && fits(&self.action, action)
    }
}

/// The faults still to come; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<FaultRule>>>);

impl Faults {
    pub fn add(&self, rule: FaultRule) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What happens to this call.
    pub fn strike(&self, service: &str, action: &str) -> Option<Fault> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| rule.times > 0 && rule.fits(service, action))?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times -= 1;
        Some(rule.fault.clone())
    }
}

impl Fault {
    pub fn as_error(&self) -> Option<AwsError> {
        match self {
            Self::Error { status, code, message } => Some(AwsError::new(*status, code, message)),
            _ => None,
        }
    }
}
