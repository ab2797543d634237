//! An error answer, in AWS's own codes.

/// What an operation answers when it refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl AwsError {
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// 400, the usual refusal.
    pub fn bad(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 404, for the REST services.
    pub fn gone(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    /// Loud: something this local AWS does not know, by name.
    pub fn unimplemented(what: impl std::fmt::Display) -> Self {
        let message = format!("the local AWS does not know {what}");
        Self::new(501, "NotImplementedByEdxawsLocalstack", message)
    }

    pub fn missing(name: &str) -> Self {
        Self::bad("MissingParameter", format!("The request must contain the parameter {name}"))
    }
}
