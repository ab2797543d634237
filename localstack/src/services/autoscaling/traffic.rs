//! Traffic sources: which target groups a group's instances are registered with.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{asked, invalid};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("AttachTrafficSources", attach),
    ("DetachTrafficSources", detach),
    ("DescribeTrafficSources", describe),
    ("AttachLoadBalancerTargetGroups", attach_target_groups),
    ("DetachLoadBalancerTargetGroups", detach_target_groups),
    ("DescribeLoadBalancerTargetGroups", describe_target_groups),
];

/// Seconds until instances are registered, and until they are drained.
const ADDING: f64 = 3.0;
const REMOVING: f64 = 5.0;

/// The group's sources as they stand now; what has been drained is gone.
pub fn shown(group: &Thing, now: f64) -> Vec<Value> {
    let rows = group.attrs.get("$sources").and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(|row| {
        let since = row["since"].as_f64().unwrap_or_default();
        let leaving = row["leaving"] == Value::Bool(true);
        let state = match (leaving, now - since) {
            (true, passed) if passed >= REMOVING => return None,
            (true, _) => "Removing",
            (false, passed) if passed >= ADDING => "Added",
            (false, _) => "Adding",
        };
        let id = &row["id"];
        Some(json!({"Identifier": id, "TrafficSource": id, "Type": "elbv2", "State": state}))
    })
    .collect()
}

fn rows(group: &Thing, now: f64) -> Vec<Value> {
    let alive = shown(group, now);
    let rows = group.attrs.get("$sources").and_then(Value::as_array).cloned().unwrap_or_default();
    let known = |row: &Value| alive.iter().any(|source| source["Identifier"] == row["id"]);
    rows.into_iter().filter(known).collect()
}

/// The ARNs of `TrafficSources`, all target groups.
fn sources(call: &Call<'_>) -> Result<Vec<String>, AwsError> {
    let mut arns = Vec::new();
    for source in call.list("TrafficSources") {
        let kind = source.get("Type").and_then(Value::as_str).unwrap_or("elbv2");
        if kind != "elbv2" {
            return Err(AwsError::unimplemented(format!("traffic sources of type `{kind}`")));
        }
        arns.extend(source.get("Identifier").and_then(Value::as_str).map(str::to_owned));
    }
    Ok(arns)
}

fn add(call: &mut Call<'_>, arns: &[String]) -> Answer {
    let id = asked(call)?;
    let known = |arn: &&String| {
        call.here("target_group")
            .any(|group| group.id == **arn || group.text("TargetGroupArn") == **arn)
    };
    if arns.is_empty() || !arns.iter().all(|arn| known(&arn)) {
        let message =
            "Provided Target Groups may not be valid. Please ensure they exist and try again.";
        return Err(invalid(message));
    }
    let now = call.now;
    let group = call.world.expect_mut("auto_scaling_group", &id)?;
    let mut rows = rows(group, now);
    for arn in arns {
        let there = |row: &Value| row["id"] == arn.as_str() && row["leaving"] != Value::Bool(true);
        if !rows.iter().any(there) {
            rows.retain(|row| row["id"] != arn.as_str());
            rows.push(json!({"id": arn, "since": now, "leaving": false}));
        }
    }
    group.set("$sources", rows);
    done()
}

fn remove(call: &mut Call<'_>, arns: &[String]) -> Answer {
    let id = asked(call)?;
    let now = call.now;
    let group = call.world.expect_mut("auto_scaling_group", &id)?;
    let mut rows = rows(group, now);
    for arn in arns {
        let Some(row) = rows.iter_mut().find(|row| row["id"] == arn.as_str()) else {
            // The code is the API's; the wording is from memory.
            let message = "Trying to remove Target Groups that are not part of the group: ";
            return Err(invalid(format!("{message}{arn}")));
        };
        if row["leaving"] != Value::Bool(true) {
            *row = json!({"id": arn, "since": now, "leaving": true});
        }
    }
    group.set("$sources", rows);
    done()
}

fn attach(call: &mut Call<'_>) -> Answer {
    let arns = sources(call)?;
    add(call, &arns)
}

fn detach(call: &mut Call<'_>) -> Answer {
    let arns = sources(call)?;
    remove(call, &arns)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    if call.text("TrafficSourceType").is_some_and(|kind| kind != "elbv2") {
        return Ok(json!({"TrafficSources": {"member": []}}));
    }
    let found = shown(call.world.expect("auto_scaling_group", &id)?, call.now);
    let (page, next) = call.page(found, "MaxRecords", "NextToken");
    Ok(json!({"TrafficSources": {"member": page}, "NextToken": next}))
}

fn attach_target_groups(call: &mut Call<'_>) -> Answer {
    add(call, &call.texts("TargetGroupARNs"))
}

fn detach_target_groups(call: &mut Call<'_>) -> Answer {
    remove(call, &call.texts("TargetGroupARNs"))
}

fn describe_target_groups(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    let found = shown(call.world.expect("auto_scaling_group", &id)?, call.now);
    let rows = found.iter().map(|source| {
        json!({"LoadBalancerTargetGroupARN": source["Identifier"], "State": source["State"]})
    });
    let (page, next) = call.page::<Value>(rows.collect(), "MaxRecords", "NextToken");
    Ok(json!({"LoadBalancerTargetGroups": {"member": page}, "NextToken": next}))
}
