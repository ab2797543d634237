//! Cache parameter groups.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{PARAMETER_GROUP, arn, asked, combination, named, page_of, shape, value};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateCacheParameterGroup", create),
    ("DescribeCacheParameterGroups", describe),
    ("DescribeCacheParameters", describe_parameters),
    ("ModifyCacheParameterGroup", modify),
    ("ResetCacheParameterGroup", reset),
    ("DeleteCacheParameterGroup", delete),
];

pub const FAMILIES: &[&str] = &["redis7", "valkey7", "valkey8"];

const POLICIES: &str = "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,\
                        allkeys-random,volatile-ttl,noeviction";

/// Name, allowed values (any when empty), the engine's default.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("activedefrag", "yes,no", "no"),
    ("cluster-enabled", "yes,no", "no"),
    ("maxmemory-policy", POLICIES, "volatile-lru"),
    ("maxmemory-samples", "", "3"),
    ("notify-keyspace-events", "", ""),
    ("reserved-memory-percent", "", "25"),
    ("slowlog-log-slower-than", "", "10000"),
    ("tcp-keepalive", "", "300"),
    ("timeout", "", "0"),
];

fn check(name: &str, wanted: &str) -> Result<(), AwsError> {
    let row = PARAMETERS.iter().find(|(known, ..)| *known == name);
    let (_, allowed, _) = row.ok_or_else(|| {
        value(format!("The parameter {name} is not a valid parameter of the parameter group"))
    })?;
    if allowed.is_empty() || allowed.split(',').any(|one| one == wanted) {
        return Ok(());
    }
    Err(value(format!("The value {wanted} is not valid for the parameter {name}: {allowed}")))
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = named(call, "CacheParameterGroupName", 255)?;
    let family = call.required("CacheParameterGroupFamily")?;
    let description = call.required("Description")?;
    if !FAMILIES.contains(&family.as_str()) {
        return Err(value(format!(
            "CacheParameterGroupFamily {family} is not a valid parameter group family."
        )));
    }
    let group = Thing::new(PARAMETER_GROUP, arn(call, PARAMETER_GROUP, &name))
        .with("CacheParameterGroupName", name)
        .with("CacheParameterGroupFamily", family)
        .with("Description", description)
        .with("IsGlobal", false)
        .with("$parameters", json!({}))
        .tagged(call.tags("Tags"));
    let group = call.create(group)?;
    Ok(json!({"CacheParameterGroup": shape(&group)}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = asked(call, PARAMETER_GROUP, "CacheParameterGroupName")?;
    let shown = found.iter().map(|group| Value::Object(shape(group))).collect();
    page_of(call, "CacheParameterGroups", "CacheParameterGroup", shown)
}

fn set_by_user(group: &Thing) -> Map<String, Value> {
    group.attrs.get("$parameters").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn describe_parameters(call: &mut Call<'_>) -> Answer {
    let id = arn(call, PARAMETER_GROUP, &named(call, "CacheParameterGroupName", 255)?);
    let set = set_by_user(call.world.expect(PARAMETER_GROUP, &id)?);
    let source = call.text("Source").unwrap_or_default().to_owned();
    let shown = PARAMETERS
        .iter()
        .map(|(name, allowed, default)| {
            let user = set.get(*name);
            json!({
                "ParameterName": name,
                "ParameterValue": user.unwrap_or(&json!(default)),
                "Source": if user.is_some() { "user" } else { "system" },
                "AllowedValues": allowed,
                "DataType": "string",
                "IsModifiable": true,
                "ChangeType": "immediate",
            })
        })
        .filter(|parameter| source.is_empty() || parameter.get("Source") == Some(&json!(source)))
        .collect();
    page_of(call, "Parameters", "Parameter", shown)
}

fn pairs(call: &Call<'_>) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
    call.list("ParameterNameValues")
        .iter()
        .map(|one| (text(one, "ParameterName"), text(one, "ParameterValue")))
        .map(|(name, value)| (name.unwrap_or_default(), value.unwrap_or_default()))
        .collect()
}

fn modify(call: &mut Call<'_>) -> Answer {
    let name = named(call, "CacheParameterGroupName", 255)?;
    let id = arn(call, PARAMETER_GROUP, &name);
    let pairs = pairs(call);
    if pairs.is_empty() || pairs.len() > 20 {
        return Err(combination("1 to 20 parameters can be changed at once"));
    }
    pairs.iter().try_for_each(|(name, value)| check(name, value))?;
    let group = call.world.expect_mut(PARAMETER_GROUP, &id)?;
    let mut set = set_by_user(group);
    set.extend(pairs.into_iter().map(|(name, value)| (name, Value::from(value))));
    group.set("$parameters", set);
    Ok(json!({"CacheParameterGroupName": name}))
}

fn reset(call: &mut Call<'_>) -> Answer {
    let name = named(call, "CacheParameterGroupName", 255)?;
    let id = arn(call, PARAMETER_GROUP, &name);
    let all = call.flag("ResetAllParameters").unwrap_or_default();
    let pairs = pairs(call);
    let group = call.world.expect_mut(PARAMETER_GROUP, &id)?;
    let mut set = set_by_user(group);
    set.retain(|name, _| !all && pairs.iter().all(|(reset, _)| reset != name));
    group.set("$parameters", set);
    Ok(json!({"CacheParameterGroupName": name}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = arn(call, PARAMETER_GROUP, &named(call, "CacheParameterGroupName", 255)?);
    call.world.delete(PARAMETER_GROUP, &id, call.now)?;
    done()
}

/// The id of the group a cache shall use, after checking its family; `None` for AWS's default.
pub fn usable(call: &Call<'_>, name: &str, family: &str) -> Result<Option<String>, AwsError> {
    if name.starts_with("default.") {
        return Ok(None);
    }
    let id = arn(call, PARAMETER_GROUP, name);
    let have = call.world.expect(PARAMETER_GROUP, &id)?.text("CacheParameterGroupFamily");
    if have != family {
        return Err(combination(format!(
            "Expected a parameter group of family {family} but found one of family {have}"
        )));
    }
    Ok(Some(id))
}
