//! Pod identity associations: which role a service account's pods get.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{
    active_cluster, cluster, in_use, invalid, not_found, repeated, shown, trust, with_token,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreatePodIdentityAssociation", create),
    ("ListPodIdentityAssociations", list),
    ("DescribePodIdentityAssociation", describe),
    ("UpdatePodIdentityAssociation", update),
    ("DeletePodIdentityAssociation", delete),
];

const SERVICE: &str = "pods.eks.amazonaws.com";

/// terraform-provider-aws#34717 and #41483 for the words.
fn check_role(call: &Call<'_>, role: &str) -> Result<(), AwsError> {
    match trust(call, role, SERVICE) {
        (true, true) => Ok(()),
        (true, false) => Err(invalid("Trust policy of the role provided is invalid")),
        (false, _) => Err(invalid("Role provided in the request does not exist")),
    }
}

fn create(call: &mut Call<'_>) -> Answer {
    let (name, role) = (call.required("clusterName")?, call.required("roleArn")?);
    let (namespace, account) = (call.required("namespace")?, call.required("serviceAccount")?);
    if let Some(id) = repeated(call, "eks_pod_identity")? {
        return Ok(json!({"association": shown(call.world.expect("eks_pod_identity", &id)?)}));
    }
    let cluster = active_cluster(call, &name)?;
    check_role(call, &role)?;
    let taken = call.world.children(&cluster.id).find(|child| {
        child.kind == "eks_pod_identity"
            && child.text("namespace") == namespace
            && child.text("serviceAccount") == account
    });
    if let Some(other) = taken {
        // eksctl#7753
        let message = format!("Association already exists: {}", other.text("associationId"));
        return Err(in_use(message));
    }
    let id = format!("a-{}", call.world.new_name(17).to_lowercase());
    let arn = call.arn("eks", &format!("podidentityassociation/{name}/{id}"));
    let thing = Thing::new("eks_pod_identity", format!("eks_pod_identity/{name}/{id}"))
        .with("$arn", arn.clone())
        .with("associationArn", arn)
        .with("associationId", id)
        .with("clusterName", name)
        .with("namespace", namespace)
        .with("serviceAccount", account)
        .with("roleArn", role)
        .with("createdAt", call.now)
        .with("modifiedAt", call.now)
        .tagged(call.map("tags"))
        .uses(cluster.id.clone())
        .child_of(cluster.id);
    let made = call.create(with_token(thing, call))?;
    Ok(json!({"association": shown(&made)}))
}

/// The association the request names.
fn asked(call: &mut Call<'_>) -> Result<Thing, AwsError> {
    let (name, id) = (call.required("clusterName")?, call.required("associationId")?);
    cluster(call, &name)?;
    let found = call.world.get(&format!("eks_pod_identity/{name}/{id}")).cloned();
    found.ok_or_else(|| not_found(format!("Unable to find association {id} for cluster {name}")))
}

/// The list shows neither role nor tags (EKS API reference, PodIdentityAssociationSummary).
fn summary(thing: &Thing) -> Value {
    const SHOWN: [&str; 5] =
        ["clusterName", "namespace", "serviceAccount", "associationArn", "associationId"];
    let shown = SHOWN.iter().map(|name| ((*name).to_owned(), thing.text(name).into()));
    Value::Object(shown.collect::<Map<_, _>>())
}

fn list(call: &mut Call<'_>) -> Answer {
    let name = call.required("clusterName")?;
    let id = cluster(call, &name)?.id;
    let fits = |thing: &&Thing| {
        thing.kind == "eks_pod_identity"
            && call.text("namespace").is_none_or(|asked| asked == thing.text("namespace"))
            && call.text("serviceAccount").is_none_or(|asked| asked == thing.text("serviceAccount"))
    };
    let found = call.world.children(&id).filter(fits).map(summary).collect();
    let (page, next) = call.page::<Value>(found, "maxResults", "nextToken");
    Ok(json!({"associations": page, "nextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    Ok(json!({"association": shown(&asked(call)?)}))
}

fn update(call: &mut Call<'_>) -> Answer {
    let found = asked(call)?;
    if let Some(role) = call.text("roleArn").map(str::to_owned) {
        check_role(call, &role)?;
        let now = call.now;
        let thing = call.world.expect_mut("eks_pod_identity", &found.id)?;
        thing.set("roleArn", role);
        thing.set("modifiedAt", now);
    }
    describe(call)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let found = asked(call)?;
    call.world.delete("eks_pod_identity", &found.id, call.now)?;
    Ok(json!({"association": shown(&found)}))
}
