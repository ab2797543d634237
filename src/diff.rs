//! Comparing desired with live values, attribute by attribute, with the reason for each difference.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What has to happen to bring live to desired.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Keep,
    Update(Vec<Reason>),
    /// AWS cannot change this in place: delete, then create.
    Replace(Vec<Reason>),
}

/// One attribute that differs. `to` is absent while the value is known only after apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub attribute: String,
    pub from: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    pub forces_replacement: Forces,
    /// Who else has set it, and would have to let it go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

/// Whether the difference can be mended in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forces {
    Update,
    Replacement,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → ", self.attribute, self.from)?;
        match &self.to {
            Some(to) => write!(f, "{to}")?,
            None => f.write_str("(known after apply)")?,
        }
        if self.forces_replacement == Forces::Replacement {
            f.write_str(" (forces replacement)")?;
        }
        match &self.held_by {
            Some(other) => write!(f, " (set by `{other}`; `--force-conflicts` takes it over)"),
            None => Ok(()),
        }
    }
}

/// Collects differences; `fixed` attributes force a replacement, `free` ones an update in place.
#[derive(Debug, Default)]
pub struct Diff(Vec<Reason>);

impl Diff {
    pub fn new() -> Self {
        Self::default()
    }

    /// An attribute AWS can change in place.
    pub fn free<T: Serialize + ?Sized>(&mut self, attribute: &str, desired: &T, live: &T) {
        self.compare(attribute, Some(json(desired)), json(live), Forces::Update);
    }

    /// An attribute that cannot change during the object's life.
    pub fn fixed<T: Serialize + ?Sized>(&mut self, attribute: &str, desired: &T, live: &T) {
        self.compare(attribute, Some(json(desired)), json(live), Forces::Replacement);
    }

    /// Like `free`, for a value taken from an upstream that may not be there yet.
    pub fn free_fact<T: Serialize>(&mut self, attribute: &str, desired: Option<T>, live: &T) {
        self.compare(attribute, desired.as_ref().map(json), json(live), Forces::Update);
    }

    /// Like `fixed`, for a value taken from an upstream that may not be there yet.
    pub fn fixed_fact<T: Serialize>(&mut self, attribute: &str, desired: Option<T>, live: &T) {
        self.compare(attribute, desired.as_ref().map(json), json(live), Forces::Replacement);
    }

    fn compare(&mut self, attribute: &str, to: Option<Value>, from: Value, forces: Forces) {
        if to.as_ref() != Some(&from) {
            let attribute = attribute.to_owned();
            let held_by = None;
            self.0.push(Reason { attribute, from, to, forces_replacement: forces, held_by });
        }
    }

    pub fn finish(self) -> Change {
        if self.0.is_empty() {
            Change::Keep
        } else if self.0.iter().any(|reason| reason.forces_replacement == Forces::Replacement) {
            Change::Replace(self.0)
        } else {
            Change::Update(self.0)
        }
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
