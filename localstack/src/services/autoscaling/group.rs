//! Groups: show, resize, tag. They are made and deleted with their node groups only.

use serde_json::{Map, Value, json};

use super::super::eks::nodes;
use super::super::{Operation, done};
use super::{asked, invalid, traffic};
use crate::call::{Answer, Call, pairs};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeAutoScalingGroups", describe),
    ("DescribeAutoScalingInstances", describe_instances),
    ("SetDesiredCapacity", set_desired),
    ("UpdateAutoScalingGroup", update),
    ("CreateOrUpdateTags", create_tags),
    ("DeleteTags", delete_tags),
    ("DescribeTags", describe_tags),
];

fn describe(call: &mut Call<'_>) -> Answer {
    if !call.list("Filters").is_empty() {
        return Err(AwsError::unimplemented("DescribeAutoScalingGroups with `Filters`"));
    }
    let names = call.texts("AutoScalingGroupNames");
    let fits = |group: &&Thing| {
        let name = group.text("AutoScalingGroupName");
        names.is_empty() || names.iter().any(|asked| asked == name)
    };
    let found = call.here("auto_scaling_group").filter(fits);
    let shown = found.map(|group| render(call.world, group, call.now)).collect();
    let (page, next) = call.page::<Value>(shown, "MaxRecords", "NextToken");
    Ok(json!({"AutoScalingGroups": {"member": page}, "NextToken": next}))
}

fn render(world: &World, group: &Thing, now: f64) -> Value {
    let mut shape = group.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    let list = |members: Vec<Value>| json!({"member": members});
    let instances = nodes::instances(world, &group.id);
    let instances = instances.iter().filter_map(|id| world.get(id));
    shape.insert("Instances".to_owned(), list(instances.map(|one| instance(group, one)).collect()));
    shape.insert("Tags".to_owned(), list(tags(group)));
    let sources = traffic::shown(group, now);
    let arns = sources.iter().filter_map(|source| source.get("Identifier").cloned()).collect();
    let short = sources
        .iter()
        .map(|source| json!({"Identifier": source["Identifier"], "Type": source["Type"]}));
    shape.insert("TrafficSources".to_owned(), list(short.collect()));
    shape.insert("TargetGroupARNs".to_owned(), list(arns));
    if group.gone.is_some()
        || world.get(group.parent.as_deref().unwrap_or_default()).is_some_and(|p| p.gone.is_some())
    {
        shape.insert("Status".to_owned(), "Delete in progress".into());
    }
    Value::Object(shape)
}

fn instance(group: &Thing, one: &Thing) -> Value {
    let template = group.attrs.get("$template").cloned().unwrap_or_default();
    let mut shape = json!({
        "InstanceId": one.id,
        "InstanceType": one.text("instanceType"),
        "AvailabilityZone": one.attrs.get("placement").and_then(|p| p.get("availabilityZone")),
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": false,
    });
    if template.is_object() {
        shape["LaunchTemplate"] = json!({"LaunchTemplateId": template["id"],
            "LaunchTemplateName": template["name"], "Version": template["version"]});
    }
    shape
}

fn tags(group: &Thing) -> Vec<Value> {
    let row = |(key, value): (&String, &String)| {
        json!({"ResourceId": group.text("AutoScalingGroupName"),
            "ResourceType": "auto-scaling-group", "Key": key, "Value": value,
            "PropagateAtLaunch": true})
    };
    group.tags.iter().map(row).collect()
}

fn describe_instances(call: &mut Call<'_>) -> Answer {
    let asked = call.texts("InstanceIds");
    let groups: Vec<&Thing> = call.here("auto_scaling_group").collect();
    let mut shown = Vec::new();
    for group in groups {
        for id in nodes::instances(call.world, &group.id) {
            if let Some(one) =
                call.world.get(&id).filter(|_| asked.is_empty() || asked.contains(&id))
            {
                let mut row = instance(group, one);
                row["AutoScalingGroupName"] = group.text("AutoScalingGroupName").into();
                row["HealthStatus"] = "HEALTHY".into();
                shown.push(row);
            }
        }
    }
    let (page, next) = call.page(shown, "MaxRecords", "NextToken");
    Ok(json!({"AutoScalingInstances": {"member": page}, "NextToken": next}))
}

fn size(group: &Thing, name: &str) -> i64 {
    group.attrs.get(name).and_then(Value::as_i64).unwrap_or(0)
}

fn set_desired(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    let wanted =
        call.number("DesiredCapacity").ok_or_else(|| AwsError::missing("DesiredCapacity"))?;
    let group = call.world.expect_mut("auto_scaling_group", &id)?;
    let (min, max) = (size(group, "MinSize"), size(group, "MaxSize"));
    if wanted < min || wanted > max {
        let word = if wanted < min { "below min value" } else { "above max value" };
        let limit = if wanted < min { min } else { max };
        let message = format!(
            "New SetDesiredCapacity value {wanted} is {word} {limit} for the AutoScalingGroup."
        );
        return Err(invalid(message));
    }
    group.set("DesiredCapacity", wanted);
    nodes::reconcile(call, &id)?;
    done()
}

/// Sizes only; the rest belongs to the node group.
fn update(call: &mut Call<'_>) -> Answer {
    let id = asked(call)?;
    const KNOWN: [&str; 4] = ["AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"];
    let params: Map<String, Value> = call.params().as_object().cloned().unwrap_or_default();
    if let Some(other) = params.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(AwsError::unimplemented(format!("UpdateAutoScalingGroup with `{other}`")));
    }
    let group = call.world.expect("auto_scaling_group", &id)?;
    let asked = |name: &str| call.number(name).unwrap_or(size(group, name));
    let (min, max) = (asked("MinSize"), asked("MaxSize"));
    if min > max {
        return Err(invalid("Max bound must be greater than or equal to min bound"));
    }
    let desired = asked("DesiredCapacity").clamp(min, max);
    let group = call.world.expect_mut("auto_scaling_group", &id)?;
    group.set("MinSize", min);
    group.set("MaxSize", max);
    group.set("DesiredCapacity", desired);
    nodes::reconcile(call, &id)?;
    done()
}

fn group_of(tag: &Value) -> String {
    let name = tag.get("ResourceId").and_then(Value::as_str).unwrap_or_default();
    format!("auto_scaling_group/{name}")
}

fn create_tags(call: &mut Call<'_>) -> Answer {
    for tag in call.list("Tags") {
        let group = call.world.expect_mut("auto_scaling_group", &group_of(&tag))?;
        group.tags.extend(pairs(&[tag], "Key", "Value"));
    }
    done()
}

fn delete_tags(call: &mut Call<'_>) -> Answer {
    for tag in call.list("Tags") {
        let key = tag.get("Key").and_then(Value::as_str).unwrap_or_default();
        call.world.expect_mut("auto_scaling_group", &group_of(&tag))?.tags.remove(key);
    }
    done()
}

fn describe_tags(call: &mut Call<'_>) -> Answer {
    let mut rows: Vec<Value> = call.here("auto_scaling_group").flat_map(tags).collect();
    for filter in call.list("Filters") {
        let name = filter.get("Name").and_then(Value::as_str).unwrap_or_default();
        let field = match name {
            "auto-scaling-group" => "ResourceId",
            "key" => "Key",
            "value" => "Value",
            other => return Err(AwsError::unimplemented(format!("DescribeTags by `{other}`"))),
        };
        let values = filter.get("Values").map(crate::call::items).unwrap_or_default();
        rows.retain(|row| values.contains(&row[field]));
    }
    let (page, next) = call.page(rows, "MaxRecords", "NextToken");
    Ok(json!({"Tags": {"member": page}, "NextToken": next}))
}
