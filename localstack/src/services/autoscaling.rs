//! Auto Scaling: the groups behind node groups, their sizes and traffic sources.

mod group;
mod traffic;

use super::Service;
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::codes;

pub const SERVICE: Service = Service {
    name: "autoscaling",
    signing: "autoscaling",
    protocol: Protocol::Query,
    lists: Lists::Member,
    operations: &[group::OPERATIONS, traffic::OPERATIONS],
    codes: CODES,
    ..Service::EMPTY
};

/// Auto Scaling answers `ValidationError` for a group that is not there.
const CODES: &[Codes] = &[codes("auto_scaling_group", "ValidationError", "AlreadyExists")];

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad("ValidationError", message)
}

/// The id of the group the request names.
fn asked(call: &crate::call::Call<'_>) -> Result<String, AwsError> {
    let name = call.required("AutoScalingGroupName")?;
    let id = format!("auto_scaling_group/{name}");
    let known = call.here("auto_scaling_group").any(|group| group.id == id);
    if known {
        return Ok(id);
    }
    Err(invalid(format!("AutoScalingGroup name not found - AutoScalingGroup {name} not found")))
}
