//! Tags of anything in EKS, by ARN.

use serde_json::json;

use super::super::{Operation, done};
use super::{invalid, not_found};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] =
    &[("ListTagsForResource", list), ("TagResource", tag), ("UntagResource", untag)];

fn asked<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let arn = call.required("resourceArn")?;
    let id = call
        .world
        .things
        .values()
        .find(|thing| thing.kind.starts_with("eks_") && thing.text("$arn") == arn);
    let (kind, id) = id
        .map(|thing| (thing.kind.clone(), thing.id.clone()))
        .ok_or_else(|| not_found(format!("No resource found for ARN: {arn}")))?;
    call.world.expect_mut(&kind, &id)
}

fn list(call: &mut Call<'_>) -> Answer {
    Ok(json!({"tags": asked(call)?.tags}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.map("tags");
    if tags.is_empty() || tags.keys().any(|key| key.starts_with("aws:")) {
        return Err(invalid("Tags must be given and must not begin with aws:"));
    }
    asked(call)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("tagKeys");
    asked(call)?.tags.retain(|key, _| !keys.contains(key));
    done()
}
