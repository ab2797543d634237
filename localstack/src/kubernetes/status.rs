//! How the API server says no: `Status` objects, with its own codes, reasons and words.

use serde_json::{Value, json};

use super::kinds::Resource;

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub code: u16,
    /// Empty where the real server gives none.
    pub reason: String,
    pub message: String,
    pub details: Value,
}

impl Refusal {
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), details: Value::Null }
    }

    fn about(mut self, resource: &Resource, name: &str) -> Self {
        self.details = details(resource, name, resource.plural);
        self
    }

    pub fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.qualified());
        Self::new(404, "NotFound", message).about(resource, name)
    }

    /// Nothing the server knows begins like this: it answers in plain text.
    pub fn no_page() -> Self {
        Self::new(404, "", "404 page not found")
    }

    /// A path that means nothing to the server.
    pub fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    pub fn exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", resource.qualified());
        Self::new(409, "AlreadyExists", message).about(resource, name)
    }

    pub fn stale(resource: &Resource, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please \
             apply your changes to the latest version and try again",
            resource.qualified()
        );
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// A precondition names another object of the same name.
    pub fn other_uid(resource: &Resource, name: &str, wanted: &str, found: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the UID in the precondition ({wanted}) \
             does not match the UID in record ({found}). The object might have been deleted and then \
             recreated",
            resource.kind
        );
        Self::new(409, "Conflict", message).about(resource, name)
    }

    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub fn forbidden(resource: &Resource, name: &str, because: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {because}", resource.qualified());
        Self::new(403, "Forbidden", message).about(resource, name)
    }

    /// 500 without a reason: what server-side apply answers to a field no type knows.
    pub fn untyped(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// 422 with every cause.
    pub fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        let said: Vec<String> = causes.iter().map(Cause::said).collect();
        let list = match said.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let kind = match resource.group {
            "" => resource.kind.to_owned(),
            group => format!("{}.{group}", resource.kind),
        };
        let mut refusal =
            Self::new(422, "Invalid", format!("{kind} \"{name}\" is invalid: {list}"));
        let causes: Vec<Value> = causes.iter().map(Cause::shape).collect();
        refusal.details = details(resource, name, resource.kind);
        refusal.details["causes"] = causes.into();
        refusal
    }

    pub fn body(&self) -> Value {
        let mut body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Failure", "message": self.message, "code": self.code});
        if !self.reason.is_empty() {
            body["reason"] = self.reason.clone().into();
        }
        if !self.details.is_null() {
            body["details"] = self.details.clone();
        }
        body
    }
}

/// What a refusal is about; the server leaves out what is empty.
fn details(resource: &Resource, name: &str, kind: &str) -> Value {
    let mut details = json!({"kind": kind});
    for (field, text) in [("name", name), ("group", resource.group)] {
        if !text.is_empty() {
            details[field] = text.into();
        }
    }
    details
}

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub field: String,
    pub reason: &'static str,
    pub message: String,
}

impl Cause {
    pub fn required(field: impl Into<String>, detail: &str) -> Self {
        let message = if detail.is_empty() {
            "Required value".to_owned()
        } else {
            format!("Required value: {detail}")
        };
        Self { field: field.into(), reason: "FieldValueRequired", message }
    }

    pub fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        let message = format!("Invalid value: {value}: {detail}");
        Self { field: field.into(), reason: "FieldValueInvalid", message }
    }

    pub fn unsupported(field: impl Into<String>, value: &Value, known: &[&str]) -> Self {
        let known: Vec<String> = known.iter().map(|one| format!("\"{one}\"")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", known.join(", "));
        Self { field: field.into(), reason: "FieldValueNotSupported", message }
    }

    pub fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        let message = format!("Forbidden: {detail}");
        Self { field: field.into(), reason: "FieldValueForbidden", message }
    }

    fn said(&self) -> String {
        format!("{}: {}", self.field, self.message)
    }

    fn shape(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}
