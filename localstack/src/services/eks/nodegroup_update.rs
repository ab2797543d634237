//! Changes to a node group: sizes, labels, taints; template and Kubernetes version.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::nodegroup::{nodegroup, release, scaling_group, sizes, taints, update_config};
use super::template::Template;
use super::{cluster, in_use, invalid, nodes, updates, versions};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] =
    &[("UpdateNodegroupConfig", config), ("UpdateNodegroupVersion", version)];

/// An update needs a settled node group: "Nodegroup cannot be updated as it is currently not in
/// Active State" (containers-roadmap#2204).
fn settled(call: &mut Call<'_>) -> Result<Thing, AwsError> {
    let found = nodegroup(call)?;
    match found.stage(call.now) {
        Stage::Active => Ok(found),
        _ => Err(in_use("Nodegroup cannot be updated as it is currently not in Active State")),
    }
}

fn config(call: &mut Call<'_>) -> Answer {
    let found = settled(call)?;
    let mut promised = Map::new();
    if call.value("scalingConfig").is_some() {
        let sizes = sizes(call, current_sizes(call, &found))?;
        promised.insert("scalingConfig".to_owned(), shown_sizes(sizes));
    }
    if call.value("labels").is_some() {
        promised.insert("labels".to_owned(), json!(new_labels(call, &found)));
    }
    if call.value("taints").is_some() {
        promised.insert("taints".to_owned(), json!(new_taints(call, &found)?));
    }
    if let Some(config) = update_config(call)? {
        promised.insert("updateConfig".to_owned(), config);
    }
    if let Some(enabled) = call.flag("nodeRepairConfig.enabled") {
        promised.insert("nodeRepairConfig".to_owned(), json!({"enabled": enabled}));
    }
    if promised.is_empty() {
        return Err(invalid("No changes needed for the nodegroup config provided"));
    }
    resize(call, &found, promised.get("scalingConfig"))?;
    promised.insert("modifiedAt".to_owned(), call.now.into());
    updates::begin(call, &found, "ConfigUpdate", promised)
}

fn shown_sizes([min, max, desired]: [i64; 3]) -> Value {
    json!({"minSize": min, "maxSize": max, "desiredSize": desired})
}

/// As the Auto Scaling group has them: an autoscaler may have changed the desired size.
fn current_sizes(call: &Call<'_>, found: &Thing) -> [i64; 3] {
    let group = scaling_group(found).and_then(|id| call.world.get(&id));
    let size = |name: &str| group.and_then(|group| group.attrs.get(name)?.as_i64()).unwrap_or(0);
    ["MinSize", "MaxSize", "DesiredCapacity"].map(size)
}

fn resize(call: &mut Call<'_>, found: &Thing, sizes: Option<&Value>) -> Result<(), AwsError> {
    let (Some(sizes), Some(id)) = (sizes, scaling_group(found)) else { return Ok(()) };
    let group = call.world.expect_mut("auto_scaling_group", &id)?;
    group.set("MinSize", sizes["minSize"].clone());
    group.set("MaxSize", sizes["maxSize"].clone());
    group.set("DesiredCapacity", sizes["desiredSize"].clone());
    nodes::reconcile(call, &id)
}

fn new_labels(call: &Call<'_>, found: &Thing) -> BTreeMap<String, Value> {
    let before = found.attrs.get("labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut labels: BTreeMap<String, Value> = before.into_iter().collect();
    labels.extend(call.map("labels.addOrUpdateLabels").into_iter().map(|(k, v)| (k, v.into())));
    let removed = call.texts("labels.removeLabels");
    labels.retain(|key, _| !removed.contains(key));
    labels
}

fn new_taints(call: &Call<'_>, found: &Thing) -> Result<Vec<Value>, AwsError> {
    let before = found.attrs.get("taints").and_then(Value::as_array).cloned().unwrap_or_default();
    let added = taints(&call.list("taints.addOrUpdateTaints"))?;
    let removed = call.list("taints.removeTaints");
    // A taint is known by key and effect.
    let same = |a: &Value, b: &Value| a["key"] == b["key"] && a["effect"] == b["effect"];
    let touched = |taint: &Value| added.iter().chain(&removed).any(|other| same(taint, other));
    let kept = before.into_iter().filter(|taint| !touched(taint));
    Ok(kept.chain(added.iter().cloned()).collect())
}

fn version(call: &mut Call<'_>) -> Answer {
    let found = settled(call)?;
    let mut promised = Map::new();
    if call.value("launchTemplate").is_some_and(|value| !value.is_null()) {
        let template = Template::named(call)?;
        if found.attrs.get("launchTemplate").and_then(|one| one.get("id"))
            != template.shown.get("id")
        {
            let message = "You cannot specify a launch template other than the one the nodegroup \
                           was deployed with";
            return Err(invalid(message));
        }
        retemplate(call, &found, &template)?;
        promised.insert("launchTemplate".to_owned(), template.shown);
    }
    if let Some(asked) = call.text("version").map(str::to_owned) {
        let name = found.text("clusterName").to_owned();
        let limit = cluster(call, &name)?.text("version").to_owned();
        versions::check(&asked)?;
        let present = found.text("version");
        if asked != limit && asked != present {
            // aws-controllers-k8s/community#2957
            return Err(invalid(format!(
                "Nodegroup Kubernetes version should be equal to Cluster kubernetes version \
                 {limit} or NodeGroup kubernetes version {present}"
            )));
        }
        promised.insert("releaseVersion".to_owned(), release(&asked).into());
        promised.insert("version".to_owned(), asked.into());
    }
    if let Some(group) = scaling_group(&found) {
        nodes::replace(call, &group)?;
    }
    promised.insert("modifiedAt".to_owned(), call.now.into());
    updates::begin(call, &found, "VersionUpdate", promised)
}

/// New nodes start from the new version of the template.
fn retemplate(call: &mut Call<'_>, found: &Thing, template: &Template) -> Result<(), AwsError> {
    let Some(id) = scaling_group(found) else { return Ok(()) };
    let group = call.world.expect_mut("auto_scaling_group", &id)?;
    group.set("$disk", template.disk);
    group.set("$template", template.shown.clone());
    if !template.security_groups.is_empty() {
        group.set("$securityGroups", json!(template.security_groups));
    }
    Ok(())
}
