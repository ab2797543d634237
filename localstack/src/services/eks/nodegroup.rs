//! Node groups: create, show, delete.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::nodes::{self, Fleet};
use super::template::Template;
use super::{
    active_cluster, assumable, cluster, in_use, invalid, not_found, repeated, settle, shown,
    subnets, versions, with_token,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateNodegroup", create),
    ("ListNodegroups", list),
    ("DescribeNodegroup", describe),
    ("DeleteNodegroup", delete),
];

/// How long EKS waits for nodes that never join: 33 minutes in public logs.
const HOPE: (f64, f64, f64) = (1_500.0, 1_980.0, 2_100.0);

fn create(call: &mut Call<'_>) -> Answer {
    let (name, group) = (call.required("clusterName")?, call.required("nodegroupName")?);
    let role = call.required("nodeRole")?;
    if let Some(id) = repeated(call, "eks_nodegroup")? {
        let made = call.world.expect("eks_nodegroup", &id)?.clone();
        return Ok(json!({"nodegroup": render(call, &made)}));
    }
    let cluster = active_cluster(call, &name)?;
    let id = format!("eks_nodegroup/{name}/{group}");
    if call.world.get(&id).is_some() {
        let message = format!("NodeGroup already exists with name {group} and cluster name {name}");
        return Err(in_use(message));
    }
    let subnets = subnets(call, &call.texts("subnets"))?;
    if subnets.is_empty() {
        return Err(invalid("Subnets are required"));
    }
    assumable(call, &role, "ec2.amazonaws.com")?;
    let sizes = sizes(call, [1, 2, 2])?;
    let template = Template::asked(call, &cluster)?;
    let types = instance_types(call)?;
    let mut thing = desired(call, &cluster, &group, sizes, &template, &types)?;
    let ids: Vec<String> = subnets.iter().map(|subnet| subnet.id.clone()).collect();
    if nodes::obstacle(call.world, &name, &ids).is_some() {
        thing.failure = Some("Instances failed to join the kubernetes cluster".to_owned());
        thing.ready = call.now + call.world.duration(&format!("hope {id}"), HOPE);
    }
    let made = call.create(with_token(thing, call))?;
    let fleet = Fleet {
        cluster: name,
        group,
        subnets,
        security_groups: template.security_groups,
        instance_types: types,
        disk: template.disk,
        sizes,
        template: template.shown,
    };
    let scaling = nodes::scaling_group(call, &made.id, &fleet)?;
    let made = call.world.expect_mut("eks_nodegroup", &made.id)?;
    made.set("resources", json!({"autoScalingGroups": [{"name": scaling}]}));
    let made = made.clone();
    node_access(call, &cluster, &role)?;
    Ok(json!({"nodegroup": render(call, &made)}))
}

/// EKS lets the nodes' role in by itself, where access entries count (EKS user guide, "Create
/// access entries").
fn node_access(call: &mut Call<'_>, cluster: &Thing, role: &str) -> Result<(), AwsError> {
    let id = super::access::entry_id(cluster.text("name"), role);
    if call.world.get(&id).is_some() {
        return Ok(());
    }
    let entry = super::access::entry(call, cluster, role).with("type", "EC2_LINUX");
    call.create(entry.owned_by(Owner::Aws)).map(drop)
}

/// Least, most and present size; EKS's words for sizes that do not fit together.
pub fn sizes(call: &Call<'_>, before: [i64; 3]) -> Result<[i64; 3], AwsError> {
    let asked =
        |name: &str, else_: i64| call.number(&format!("scalingConfig.{name}")).unwrap_or(else_);
    let (min, max) = (asked("minSize", before[0]), asked("maxSize", before[1]));
    let desired = asked("desiredSize", before[2]);
    if max < 1 || min < 0 {
        return Err(invalid("maxSize must be at least 1 and minSize at least 0"));
    }
    if min > desired {
        let message =
            format!("Minimum capacity {min} can't be greater than desired size {desired}");
        return Err(invalid(message));
    }
    if desired > max {
        let message = format!("desired capacity {desired} can't be greater than max size {max}");
        return Err(invalid(message));
    }
    Ok([min, max, desired])
}

/// Whether an instance type has an ARM processor: a `g` after the generation (`m7g`, `t4g`, `c7gn`).
fn is_arm(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or_default();
    let after = family.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    family == "a1" || after.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('g')
}

fn instance_types(call: &Call<'_>) -> Result<Vec<String>, AwsError> {
    let mut types = call.texts("instanceTypes");
    if types.is_empty() {
        types.push("t3.medium".to_owned());
    }
    let ami = call.text("amiType").unwrap_or("AL2023_x86_64_STANDARD");
    let wrong: Vec<&str> = types
        .iter()
        .map(String::as_str)
        .filter(|one| is_arm(one) != ami.contains("ARM_64"))
        .collect();
    if wrong.is_empty() {
        return Ok(types);
    }
    let list = wrong.join(", ");
    Err(invalid(format!("[{list}] is not a valid instance type for requested amiType {ami}")))
}

fn desired(
    call: &Call<'_>,
    cluster: &Thing,
    group: &str,
    [min, max, desired]: [i64; 3],
    template: &Template,
    types: &[String],
) -> Result<Thing, AwsError> {
    let name = cluster.text("name");
    let arn = call.arn("eks", &format!("nodegroup/{name}/{group}/{:08x}", call.now as u64));
    let version = call.text("version").unwrap_or(cluster.text("version")).to_owned();
    if versions::minor(&version) > versions::minor(cluster.text("version")) {
        return Err(invalid("Nodegroup Kubernetes version is newer than the cluster's"));
    }
    let repair = call.flag("nodeRepairConfig.enabled").unwrap_or(false);
    let mut thing = Thing::new("eks_nodegroup", format!("eks_nodegroup/{name}/{group}"))
        .with("$arn", arn.clone())
        .with("nodegroupName", group)
        .with("nodegroupArn", arn)
        .with("clusterName", name)
        .with("releaseVersion", release(&version))
        .with("version", version)
        .with("createdAt", call.now)
        .with("modifiedAt", call.now)
        .with("capacityType", call.text("capacityType").unwrap_or("ON_DEMAND"))
        .with("scalingConfig", json!({"minSize": min, "maxSize": max, "desiredSize": desired}))
        .with("instanceTypes", json!(types))
        .with("subnets", json!(call.texts("subnets")))
        .with("amiType", call.text("amiType").unwrap_or("AL2023_x86_64_STANDARD"))
        .with("nodeRole", call.text("nodeRole"))
        .with("labels", json!(labels(call)?))
        .with("taints", json!(taints(&call.list("taints"))?))
        .with("updateConfig", update_config(call)?.unwrap_or(json!({"maxUnavailable": 1})))
        .with("nodeRepairConfig", json!({"enabled": repair}))
        .tagged(call.map("tags"))
        .uses(cluster.id.clone())
        .uses_all(call.texts("subnets"));
    if template.shown.is_null() {
        thing.set("diskSize", template.disk);
    } else {
        thing.set("launchTemplate", template.shown.clone());
    }
    Ok(thing)
}

/// Some prefixes are Kubernetes's own (eksctl#4006 for the words).
fn labels(call: &Call<'_>) -> Result<BTreeMap<String, String>, AwsError> {
    const RESERVED: [&str; 3] = ["kubernetes.io/", "k8s.io/", "eks.amazonaws.com/"];
    let labels = call.map("labels");
    if labels.keys().any(|key| RESERVED.iter().any(|prefix| key.starts_with(prefix))) {
        let list = RESERVED.join(", ");
        return Err(invalid(format!("Label cannot contain reserved prefixes [{list}]")));
    }
    Ok(labels)
}

/// The AMI release of a Kubernetes version.
pub fn release(version: &str) -> String {
    format!("{version}.1-20261101")
}

/// EKS spells effects in capitals; anything else is refused.
pub fn taints(asked: &[Value]) -> Result<Vec<Value>, AwsError> {
    const EFFECTS: [&str; 3] = ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"];
    let effect = |taint: &Value| taint.get("effect").and_then(Value::as_str).map(str::to_owned);
    match asked
        .iter()
        .map(effect)
        .find(|one| !one.as_ref().is_some_and(|e| EFFECTS.contains(&e.as_str())))
    {
        Some(wrong) => Err(invalid(format!("Invalid taint effect {wrong:?}"))),
        None => Ok(asked.to_vec()),
    }
}

/// Either a number or a percentage of nodes may be unavailable at a time.
pub fn update_config(call: &Call<'_>) -> Result<Option<Value>, AwsError> {
    let number = call.number("updateConfig.maxUnavailable");
    match (number, call.number("updateConfig.maxUnavailablePercentage")) {
        (None, None) => Ok(None),
        (Some(number), None) => Ok(Some(json!({"maxUnavailable": number}))),
        (None, Some(percent)) => Ok(Some(json!({"maxUnavailablePercentage": percent}))),
        (Some(_), Some(_)) => {
            Err(invalid("Only one of maxUnavailable and maxUnavailablePercentage can be specified"))
        }
    }
}

/// The node group, with due updates applied and hope given up or regained.
pub fn nodegroup(call: &mut Call<'_>) -> Result<Thing, AwsError> {
    let (name, group) = (call.required("clusterName")?, call.required("nodegroupName")?);
    cluster(call, &name)?;
    let id = format!("eks_nodegroup/{name}/{group}");
    settle(call.world, &id, call.now);
    let found = call
        .world
        .get(&id)
        .cloned()
        .ok_or_else(|| not_found(format!("No node group found for name: {group}.")))?;
    let subnets: Vec<String> =
        found.refs.iter().filter(|id| id.starts_with("subnet-")).cloned().collect();
    let hopeless = found.failure.is_some() && found.stage(call.now) == Stage::Creating;
    if hopeless && nodes::obstacle(call.world, &name, &subnets).is_none() {
        let took = call
            .world
            .duration(&format!("join {id}"), crate::times::create("eks_nodegroup", &found.attrs));
        let thing = call.world.expect_mut("eks_nodegroup", &id)?;
        thing.failure = None;
        thing.ready = call.now + took;
        return Ok(thing.clone());
    }
    Ok(found)
}

/// The id of the Auto Scaling group behind a node group.
pub fn scaling_group(group: &Thing) -> Option<String> {
    let name = group.attrs.get("resources")?.get("autoScalingGroups")?.get(0)?.get("name")?;
    Some(format!("auto_scaling_group/{}", name.as_str()?))
}

pub fn render(call: &Call<'_>, group: &Thing) -> Map<String, Value> {
    let mut shape = shown(group);
    let words = ["CREATING", "ACTIVE", "UPDATING", "CREATE_FAILED", "DELETING"];
    shape.insert("status".to_owned(), group.status(call.now, words).into());
    let scaling = scaling_group(group);
    let size = scaling.as_ref().and_then(|id| call.world.get(id)?.attrs.get("DesiredCapacity"));
    if let (Some(size), Some(config)) = (size, shape.get_mut("scalingConfig")) {
        config["desiredSize"] = size.clone();
    }
    let mut issues = Vec::new();
    match group.stage(call.now) {
        // The Auto Scaling group is made first and shown last.
        Stage::Creating => {
            shape.remove("resources");
        }
        Stage::Failed => {
            let ids = scaling.map(|id| nodes::instances(call.world, &id)).unwrap_or_default();
            issues.push(json!({"code": "NodeCreationFailure", "message": group.failure,
                "resourceIds": ids}));
        }
        _ => {}
    }
    shape.insert("health".to_owned(), json!({"issues": issues}));
    shape
}

fn list(call: &mut Call<'_>) -> Answer {
    let name = call.required("clusterName")?;
    let id = cluster(call, &name)?.id;
    let groups = call.here("eks_nodegroup").filter(|group| group.refs.contains(&id));
    let names = groups.map(|group| group.text("nodegroupName").to_owned()).collect();
    let (page, next) = call.page::<String>(names, "maxResults", "nextToken");
    Ok(json!({"nodegroups": page, "nextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = nodegroup(call)?;
    Ok(json!({"nodegroup": render(call, &found)}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let found = nodegroup(call)?;
    if matches!(found.stage(call.now), Stage::Creating | Stage::Changing) {
        // The code is the API reference's; the wording is modelled on that of a refused update.
        let message = "Nodegroup cannot be deleted as it is currently not in Active or Create \
                       Failed state";
        return Err(in_use(message));
    }
    let leaks = found.attrs.get("$leaks") == Some(&Value::Bool(true));
    if let (true, Stage::Active, Some(group)) =
        (leaks, found.stage(call.now), scaling_group(&found))
    {
        nodes::leak(call, &group)?;
    }
    call.world.delete("eks_nodegroup", &found.id, call.now)?;
    let mut shape = render(call, &found);
    shape.insert("status".to_owned(), "DELETING".into());
    Ok(json!({"nodegroup": shape}))
}
