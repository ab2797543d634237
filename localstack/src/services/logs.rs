//! CloudWatch Logs: log groups, their retention and tags.

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::codes;
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "cloudwatchlogs",
    signing: "logs",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    codes: CODES,
    ..Service::EMPTY
};

const CODES: &[Codes] =
    &[codes("log_group", "ResourceNotFoundException", "ResourceAlreadyExistsException")];

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateLogGroup", create),
    ("DescribeLogGroups", describe),
    ("PutRetentionPolicy", put_retention),
    ("DeleteRetentionPolicy", delete_retention),
    ("DeleteLogGroup", delete),
    ("ListTagsForResource", list_tags),
    ("ListTagsLogGroup", list_tags_by_name),
    ("TagResource", tag),
    ("UntagResource", untag),
];

/// Source: CloudWatch Logs API reference, PutRetentionPolicy.
const RETENTIONS: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// The ARN without the `:*` that AWS puts behind it in some places.
fn arn(call: &Call<'_>, name: &str) -> String {
    call.arn("logs", &format!("log-group:{name}"))
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterException", message)
}

/// The group that the request names, by ARN.
fn asked(call: &Call<'_>) -> Result<String, AwsError> {
    let id = arn(call, &call.required("logGroupName")?);
    call.world.expect("log_group", &id).map_err(|_| missing())?;
    Ok(id)
}

fn missing() -> AwsError {
    AwsError::bad("ResourceNotFoundException", "The specified log group does not exist.")
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("logGroupName")?;
    let letters = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(letters) {
        return Err(invalid("1 validation error detected: Value at 'logGroupName' failed"));
    }
    let id = arn(call, &name);
    if call.world.get(&id).is_some() {
        let message = "The specified log group already exists";
        return Err(AwsError::bad("ResourceAlreadyExistsException", message));
    }
    let class = call.text("logGroupClass").unwrap_or("STANDARD").to_owned();
    let group = Thing::new("log_group", &id)
        .with("logGroupName", name)
        .with("arn", format!("{id}:*"))
        .with("logGroupArn", id.clone())
        .with("metricFilterCount", 0)
        .with("storedBytes", 0)
        .with("logGroupClass", class)
        .tagged(call.map("tags"));
    call.create(group)?;
    done()
}

fn shape(group: &Thing) -> Value {
    let mut shape = group.attrs.clone();
    shape.insert("creationTime".to_owned(), ((group.created * 1000.0) as i64).into());
    shape.into()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let (prefix, part) = (call.text("logGroupNamePrefix"), call.text("logGroupNamePattern"));
    if prefix.is_some() && part.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive",
        ));
    }
    for name in
        ["accountIdentifiers", "includeLinkedAccounts", "logGroupIdentifiers", "logGroupClass"]
    {
        if call.value(name).is_some() {
            return Err(AwsError::unimplemented(format!(
                "the parameter {name} of DescribeLogGroups"
            )));
        }
    }
    let fits = |group: &&Thing| {
        let name = group.text("logGroupName");
        name.starts_with(prefix.unwrap_or_default())
            && name.to_lowercase().contains(&part.unwrap_or_default().to_lowercase())
    };
    let found: Vec<_> = call.here("log_group").filter(fits).map(shape).collect();
    let start = call.text("nextToken").and_then(|text| text.parse().ok()).unwrap_or(0usize);
    let size = call.number("limit").unwrap_or(50).clamp(1, 50) as usize;
    let mut answer = json!({});
    if found.len() > start + size {
        answer["nextToken"] = (start + size).to_string().into();
    }
    answer["logGroups"] = found.into_iter().skip(start).take(size).collect();
    Ok(answer)
}

fn put_retention(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    let days =
        call.number("retentionInDays").ok_or_else(|| AwsError::missing("retentionInDays"))?;
    if !RETENTIONS.contains(&days) {
        return Err(invalid(format!("Invalid value for retentionInDays: {days}")));
    }
    call.world.expect_mut("log_group", &id)?.set("retentionInDays", days);
    done()
}

fn delete_retention(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    call.world.expect_mut("log_group", &id)?.attrs.remove("retentionInDays");
    done()
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    call.world.delete("log_group", &id, call.now)?;
    done()
}

/// Tag calls take the ARN without `:*`; with it AWS refuses.
fn by_arn(call: &Call<'_>) -> Result<String, AwsError> {
    let id = call.required("resourceArn")?;
    if id.ends_with(":*") {
        return Err(invalid("The specified resourceArn is not valid"));
    }
    call.world.expect("log_group", &id).map_err(|_| missing())?;
    Ok(id)
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let id = by_arn(call)?;
    Ok(json!({"tags": call.world.expect("log_group", &id)?.tags}))
}

fn list_tags_by_name(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    Ok(json!({"tags": call.world.expect("log_group", &id)?.tags}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let (id, tags) = (by_arn(call)?, call.map("tags"));
    call.world.expect_mut("log_group", &id)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let (id, keys) = (by_arn(call)?, call.texts("tagKeys"));
    call.world.expect_mut("log_group", &id)?.tags.retain(|key, _| !keys.contains(key));
    done()
}
