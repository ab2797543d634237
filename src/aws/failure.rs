//! A call to AWS that did not succeed: which call, what AWS said, and whether it may have happened.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::{Deserialize, Serialize};

use super::pace;

/// Whether the call can have changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It never left this machine.
    NotSent,
    /// AWS answered with an error: nothing was done.
    Refused,
    /// Timeout, broken connection, server error, an answer that cannot be read: it may have been done.
    Unknown,
}

/// One failed call, in AWS's own words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    pub service: String,
    pub action: String,
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    pub outcome: Outcome,
    /// The longest pause before the next try, where it is known what stands in the way and that it
    /// passes.
    #[serde(skip)]
    pub again_within: Option<Duration>,
}

impl Failure {
    /// A call that AWS answered without what it always answers (a missing id), or an object in a
    /// form this program must not touch.
    pub fn unexpected(service: &str, action: &str, message: impl Into<String>) -> Self {
        Self {
            service: service.to_owned(),
            action: action.to_owned(),
            code: Self::UNEXPECTED.to_owned(),
            message: message.into(),
            request_id: None,
            again_within: None,
            outcome: Outcome::Refused,
        }
    }

    /// Nobody answered at the address: not AWS being busy, but no way there.
    pub const UNREACHABLE: &'static str = "Unreachable";
    const UNEXPECTED: &'static str = "Unexpected";

    pub fn is_out_of_reach(&self) -> bool {
        self.code == Self::UNREACHABLE || self.is_locked_out()
    }

    /// A cluster answers and does not know the caller: somebody took the access entry away.
    pub fn is_locked_out(&self) -> bool {
        self.service == "kubernetes" && matches!(self.code.as_str(), "Unauthorized" | "Forbidden")
    }

    /// AWS answered, but not what it always answers: the call may have been carried out.
    pub fn is_strange_answer(&self) -> bool {
        self.code == Self::UNEXPECTED && self.service != "edxaws"
    }

    /// An upstream whose live values a call needs is not there.
    pub fn upstream(address: &crate::address::Address) -> Self {
        Self {
            service: "edxaws".to_owned(),
            action: "Resolve".to_owned(),
            code: "UpstreamUnknown".to_owned(),
            message: format!("`{address}` has no live values yet"),
            request_id: None,
            again_within: None,
            outcome: Outcome::NotSent,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} answered {}: {}", self.service, self.action, self.code, self.message)
    }
}

impl Error for Failure {}

impl<E> From<SdkError<E, Response>> for Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: SdkError<E, Response>) -> Self {
        let (service, action) = names::<E>();
        let outcome = match &error {
            SdkError::ConstructionFailure(_) => Outcome::NotSent,
            _ if pace::turned_away(&error) => Outcome::NotSent,
            // Not so an answer that says "done" and cannot be read.
            SdkError::ServiceError(answer) if answer.raw().status().is_client_error() => {
                Outcome::Refused
            }
            _ => Outcome::Unknown,
        };
        let request_id = error
            .raw_response()
            .and_then(|raw| raw.headers().get("x-amzn-requestid"))
            .map(str::to_owned);
        let code = error.code().map_or_else(|| fallback_code(&error), str::to_owned);
        let message = error.message().map_or_else(|| causes(&error), str::to_owned);
        Self { service, action, code, message, request_id, outcome, again_within: None }
    }
}

/// Service and action as the SDK's error type spells them:
/// `aws_sdk_ec2::operation::create_vpc::CreateVpcError` is `ec2` and `CreateVpc`.
fn names<E>() -> (String, String) {
    let path = std::any::type_name::<E>();
    let service = path.strip_prefix("aws_sdk_").and_then(|rest| rest.split("::").next());
    let action = path.rsplit("::").next().and_then(|name| name.strip_suffix("Error"));
    (service.unwrap_or("aws").to_owned(), action.unwrap_or("Call").to_owned())
}

fn fallback_code<E: Error + 'static>(error: &SdkError<E, Response>) -> String {
    match error {
        _ if pace::turned_away(error) => pace::BUSY,
        SdkError::ConstructionFailure(_) => "ConstructionFailure",
        SdkError::TimeoutError(_) => "RequestTimeout",
        SdkError::DispatchFailure(_) => "DispatchFailure",
        SdkError::ResponseError(_) => "UnreadableResponse",
        SdkError::ServiceError(answer) => return format!("Http{}", answer.raw().status().as_u16()),
        _ => "Unknown",
    }
    .to_owned()
}

/// The whole chain of causes in one line: the SDK's outermost message alone says nothing.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line = format!("{line}: {cause}");
        next = cause.source();
    }
    line
}
