//! A call to the Kubernetes API that did not succeed, in the form every other failed call has.

use crate::aws::{Failure, Outcome};

/// What the client says of an answer that is no `Status`: an API group that nobody has installed is
/// answered in plain text.
const NO_STATUS: &str = "Failed to parse error data";

/// `action` is the verb and the object: `apply Deployment openedx/lms`.
pub fn failure(action: &str, error: kube::Error) -> Failure {
    let (code, message, outcome) = match error {
        kube::Error::Api(status) => {
            let code = match status.reason.as_str() {
                "" | NO_STATUS => format!("Http{}", status.code),
                reason => reason.to_owned(),
            };
            let outcome = if status.code >= 500 { Outcome::Unknown } else { Outcome::Refused };
            (code, status.message.clone(), outcome)
        }
        other => (Failure::UNREACHABLE.to_owned(), chain(&other), Outcome::Unknown),
    };
    let (service, action) = ("kubernetes".to_owned(), action.to_owned());
    Failure { service, action, code, message, request_id: None, outcome, again_within: None }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // Wrappers often repeat what they wrap.
        let text = cause.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        next = cause.source();
    }
    line
}
