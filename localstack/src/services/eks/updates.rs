//! Updates: one at a time for each thing, each with an id that can be asked about.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{cluster, cluster_id, in_use, not_found};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[("ListUpdates", list), ("DescribeUpdate", describe)];

/// Begins an update of a cluster, node group or add-on: `promised` shows when it is done.
pub fn begin(
    call: &mut Call<'_>,
    target: &Thing,
    what: &str,
    promised: Map<String, Value>,
) -> Answer {
    free(call, target, what)?;
    let (now, params) = (call.now, params(&promised));
    call.world.change(&target.id, now);
    let thing = call.world.expect_mut(&target.kind, &target.id)?;
    thing.set("$pending", promised);
    thing.set("$changing", now);
    let ready = thing.ready;
    let id = uuid(call);
    let mut update = Thing::new("eks_update", format!("eks_update/{id}"))
        .with("$target", target.id.clone())
        .with("id", id)
        .with("type", what)
        .with("params", params)
        .with("createdAt", now)
        .with("errors", json!([]))
        .owned_by(Owner::Aws)
        .child_of(target.id.clone());
    update.ready = ready;
    let update = call.create(update)?;
    Ok(json!({"update": render(&update, now)}))
}

/// One update at a time: "Cannot EndpointAccessUpdate because cluster x currently has update y in
/// progress" (aws-controllers-k8s/community#1192, aws-cdk#33452).
pub fn free(call: &Call<'_>, target: &Thing, what: &str) -> Result<(), AwsError> {
    let running = call
        .world
        .children(&target.id)
        .find(|child| child.kind == "eks_update" && child.stage(call.now) == Stage::Creating);
    let name = target.id.rsplit('/').next().unwrap_or_default();
    let kind = target.kind.trim_start_matches("eks_");
    match (running, target.stage(call.now)) {
        (Some(update), _) => Err(in_use(format!(
            "Cannot {what} because {kind} {name} currently has update {} in progress",
            update.text("id")
        ))),
        (None, Stage::Active) => Ok(()),
        (None, stage) => Err(in_use(format!(
            "Cannot {what} because {kind} {name} currently has a change in progress ({stage:?})"
        ))),
    }
}

fn params(promised: &Map<String, Value>) -> Vec<Value> {
    let shown = promised.iter().filter(|(name, _)| !name.starts_with('$'));
    shown.map(|(name, value)| json!({"type": name, "value": value.to_string()})).collect()
}

/// A UUID that depends on nothing but the world's seed.
pub fn uuid(call: &mut Call<'_>) -> String {
    let number = (u128::from(call.world.random()) << 64) | u128::from(call.world.random());
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid().to_string()
}

fn render(update: &Thing, now: f64) -> Map<String, Value> {
    let mut shape = update.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    let running = update.stage(now) == Stage::Creating;
    let status = if running { "InProgress" } else { "Successful" };
    shape.insert("status".to_owned(), status.into());
    shape
}

/// What the request's updates belong to: the cluster, or the node group or add-on it names.
fn target(call: &mut Call<'_>) -> Result<String, AwsError> {
    let name = call.required("name")?;
    cluster(call, &name)?;
    Ok(match (call.text("nodegroupName"), call.text("addonName")) {
        (Some(group), _) => format!("eks_nodegroup/{name}/{group}"),
        (_, Some(addon)) => format!("eks_addon/{name}/{addon}"),
        (None, None) => cluster_id(&name),
    })
}

fn list(call: &mut Call<'_>) -> Answer {
    let target = target(call)?;
    let updates = call.world.children(&target).filter(|child| child.kind == "eks_update");
    let ids = updates.map(|update| update.text("id").to_owned()).collect();
    let (page, next) = call.page::<String>(ids, "maxResults", "nextToken");
    Ok(json!({"updateIds": page, "nextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let (target, id) = (target(call)?, call.required("updateId")?);
    let update = call.world.get(&format!("eks_update/{id}"));
    match update.filter(|update| update.text("$target") == target) {
        Some(update) => Ok(json!({"update": render(update, call.now)})),
        None => Err(not_found(format!("No update found for ID: {id}"))),
    }
}
