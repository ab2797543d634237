//! Add-ons; those that run as Deployments are DEGRADED until there are nodes for their pods.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{
    active_cluster, cluster, in_use, invalid, not_found, repeated, settle, shown, updates,
    versions, with_token,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateAddon", create),
    ("ListAddons", list),
    ("DescribeAddon", describe),
    ("UpdateAddon", update),
    ("DeleteAddon", delete),
];

fn create(call: &mut Call<'_>) -> Answer {
    let (name, addon) = (call.required("clusterName")?, call.required("addonName")?);
    if let Some(id) = repeated(call, "eks_addon")? {
        let made = call.world.expect("eks_addon", &id)?.clone();
        return Ok(json!({"addon": render(call, &made)}));
    }
    let cluster = active_cluster(call, &name)?;
    let id = format!("eks_addon/{name}/{addon}");
    if call.world.get(&id).is_some() {
        return Err(in_use("Addon already exists."));
    }
    let version = version(call, &addon, cluster.text("version"), None)?;
    if !call.list("podIdentityAssociations").is_empty() {
        return Err(AwsError::unimplemented("CreateAddon with `podIdentityAssociations`"));
    }
    let publisher = versions::addon_named(&addon)?.publisher;
    let uuid = updates::uuid(call);
    let arn = call.arn("eks", &format!("addon/{name}/{addon}/{uuid}"));
    let mut thing = Thing::new("eks_addon", id)
        .with("$arn", arn.clone())
        .with("addonName", addon)
        .with("addonArn", arn)
        .with("addonVersion", version)
        .with("clusterName", name)
        .with("createdAt", call.now)
        .with("modifiedAt", call.now)
        .with("publisher", publisher)
        .with("owner", "aws")
        .tagged(call.map("tags"))
        .uses(cluster.id.clone())
        .child_of(cluster.id);
    for optional in ["serviceAccountRoleArn", "configurationValues"] {
        if let Some(text) = call.text(optional) {
            thing.set(optional, text);
        }
    }
    let made = call.create(with_token(thing, call))?;
    Ok(json!({"addon": render(call, &made)}))
}

/// The version asked for, which must fit the cluster; else the one it has, else the default.
fn version(
    call: &Call<'_>,
    addon: &str,
    minor: &str,
    before: Option<&str>,
) -> Result<String, AwsError> {
    let fitting = versions::addon_named(addon)?.versions(minor);
    match call.text("addonVersion") {
        Some(asked) if fitting.iter().any(|one| one == asked) => Ok(asked.to_owned()),
        Some(_) => Err(invalid(format!(
            "Addon version specified is not supported, supported versions: {}",
            fitting.join(", ")
        ))),
        None => Ok(before.map(str::to_owned).or(fitting.into_iter().next()).unwrap_or_default()),
    }
}

fn addon(call: &mut Call<'_>) -> Result<Thing, AwsError> {
    let (name, addon) = (call.required("clusterName")?, call.required("addonName")?);
    cluster(call, &name)?;
    let id = format!("eks_addon/{name}/{addon}");
    settle(call.world, &id, call.now);
    let found = call.world.get(&id).cloned();
    found.ok_or_else(|| not_found(format!("No addon: {addon} found in cluster: {name}")))
}

/// Why an add-on that is there does not work.
fn trouble(call: &Call<'_>, found: &Thing) -> Option<(&'static str, String)> {
    let known = versions::addon_named(found.text("addonName")).ok()?;
    let cluster = found.parent.clone().unwrap_or_default();
    let mut groups =
        call.world.of_kind("eks_nodegroup").filter(|group| group.refs.contains(&cluster));
    let schedulable =
        groups.any(|group| matches!(group.stage(call.now), Stage::Active | Stage::Changing));
    if known.needs_nodes && !schedulable {
        let message =
            "The add-on is unhealthy because it doesn't have the desired number of replicas.";
        return Some(("InsufficientNumberOfReplicas", message.to_owned()));
    }
    let account = known.account.filter(|_| found.text("serviceAccountRoleArn").is_empty())?;
    let bound = call.world.children(&cluster).any(|child| {
        child.kind == "eks_pod_identity"
            && format!("{}/{}", child.text("namespace"), child.text("serviceAccount")) == account
    });
    let message = format!("The pods of {account} have no credentials: give them a role.");
    (!bound).then_some(("AccessDenied", message))
}

fn render(call: &Call<'_>, found: &Thing) -> Map<String, Value> {
    let mut shape = shown(found);
    let words = ["CREATING", "ACTIVE", "UPDATING", "CREATE_FAILED", "DELETING"];
    let status = found.status(call.now, words);
    let trouble = trouble(call, found).filter(|_| status == "ACTIVE");
    let status = if trouble.is_some() { "DEGRADED" } else { status };
    shape.insert("status".to_owned(), status.into());
    let issues: Vec<Value> = trouble
        .map(|(code, message)| json!({"code": code, "message": message, "resourceIds": []}))
        .into_iter()
        .collect();
    shape.insert("health".to_owned(), json!({"issues": issues}));
    shape
}

fn list(call: &mut Call<'_>) -> Answer {
    let name = call.required("clusterName")?;
    let id = cluster(call, &name)?.id;
    let addons = call.world.children(&id).filter(|child| child.kind == "eks_addon");
    let names = addons.map(|addon| addon.text("addonName").to_owned()).collect();
    let (page, next) = call.page::<String>(names, "maxResults", "nextToken");
    Ok(json!({"addons": page, "nextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let found = addon(call)?;
    Ok(json!({"addon": render(call, &found)}))
}

fn update(call: &mut Call<'_>) -> Answer {
    let found = addon(call)?;
    let name = found.text("clusterName").to_owned();
    let minor = cluster(call, &name)?.text("version").to_owned();
    let version = version(call, found.text("addonName"), &minor, Some(found.text("addonVersion")))?;
    let mut promised = Map::new();
    promised.insert("addonVersion".to_owned(), version.into());
    promised.insert("modifiedAt".to_owned(), call.now.into());
    for optional in ["serviceAccountRoleArn", "configurationValues"] {
        if let Some(text) = call.text(optional) {
            promised.insert(optional.to_owned(), text.into());
        }
    }
    updates::begin(call, &found, "AddonUpdate", promised)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let found = addon(call)?;
    if call.flag("preserve") == Some(true) {
        return Err(AwsError::unimplemented("DeleteAddon with `preserve`"));
    }
    call.world.delete("eks_addon", &found.id, call.now)?;
    let mut shape = render(call, &found);
    shape.insert("status".to_owned(), "DELETING".into());
    Ok(json!({"addon": shape}))
}
