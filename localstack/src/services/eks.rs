//! EKS: clusters, node groups, add-ons, access entries, pod identities, and their updates.

mod access;
mod addon;
mod cluster;
mod cluster_update;
mod nodegroup;
mod nodegroup_update;
pub(super) mod nodes;
mod pod_identity;
mod tags;
mod template;
mod updates;
mod versions;

use serde_json::{Map, Value, json};

use super::Service;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol, Route, route};
use crate::rules::Codes;
use crate::rules::rows::rest_codes;
use crate::world::{Owner, Stage, Thing, World};

pub const SERVICE: Service = Service {
    name: "eks",
    signing: "eks",
    protocol: Protocol::RestJson,
    lists: Lists::Plain,
    operations: &[
        cluster::OPERATIONS,
        cluster_update::OPERATIONS,
        versions::OPERATIONS,
        nodegroup::OPERATIONS,
        nodegroup_update::OPERATIONS,
        addon::OPERATIONS,
        access::OPERATIONS,
        pod_identity::OPERATIONS,
        updates::OPERATIONS,
        tags::OPERATIONS,
    ],
    routes: ROUTES,
    codes: CODES,
    ..Service::EMPTY
};

const CODES: &[Codes] = &[
    rest_codes("eks_cluster", "ResourceNotFoundException", "ResourceInUseException"),
    rest_codes("eks_nodegroup", "ResourceNotFoundException", "ResourceInUseException"),
    rest_codes("eks_addon", "ResourceNotFoundException", "ResourceInUseException"),
    rest_codes("eks_access_entry", "ResourceNotFoundException", "ResourceInUseException"),
    rest_codes("eks_pod_identity", "ResourceNotFoundException", "ResourceInUseException"),
    rest_codes("eks_update", "ResourceNotFoundException", "ResourceInUseException"),
];

/// Method, path and action as in the SDK's own request builders (aws-sdk-eks 1.124).
const ROUTES: &[Route] = &[
    route("POST", "/clusters", "CreateCluster"),
    route("GET", "/clusters", "ListClusters"),
    route("GET", "/clusters/{name}", "DescribeCluster"),
    route("DELETE", "/clusters/{name}", "DeleteCluster"),
    route("POST", "/clusters/{name}/update-config", "UpdateClusterConfig"),
    route("POST", "/clusters/{name}/updates", "UpdateClusterVersion"),
    route("GET", "/clusters/{name}/updates", "ListUpdates"),
    route("GET", "/clusters/{name}/updates/{updateId}", "DescribeUpdate"),
    route("GET", "/cluster-versions", "DescribeClusterVersions"),
    route("GET", "/addons/supported-versions", "DescribeAddonVersions"),
    route("POST", "/clusters/{clusterName}/node-groups", "CreateNodegroup"),
    route("GET", "/clusters/{clusterName}/node-groups", "ListNodegroups"),
    route("GET", "/clusters/{clusterName}/node-groups/{nodegroupName}", "DescribeNodegroup"),
    route("DELETE", "/clusters/{clusterName}/node-groups/{nodegroupName}", "DeleteNodegroup"),
    route(
        "POST",
        "/clusters/{clusterName}/node-groups/{nodegroupName}/update-config",
        "UpdateNodegroupConfig",
    ),
    route(
        "POST",
        "/clusters/{clusterName}/node-groups/{nodegroupName}/update-version",
        "UpdateNodegroupVersion",
    ),
    route("POST", "/clusters/{clusterName}/addons", "CreateAddon"),
    route("GET", "/clusters/{clusterName}/addons", "ListAddons"),
    route("GET", "/clusters/{clusterName}/addons/{addonName}", "DescribeAddon"),
    route("DELETE", "/clusters/{clusterName}/addons/{addonName}", "DeleteAddon"),
    route("POST", "/clusters/{clusterName}/addons/{addonName}/update", "UpdateAddon"),
    route("POST", "/clusters/{clusterName}/access-entries", "CreateAccessEntry"),
    route("GET", "/clusters/{clusterName}/access-entries", "ListAccessEntries"),
    route("GET", "/clusters/{clusterName}/access-entries/{principalArn}", "DescribeAccessEntry"),
    route("DELETE", "/clusters/{clusterName}/access-entries/{principalArn}", "DeleteAccessEntry"),
    route(
        "POST",
        "/clusters/{clusterName}/access-entries/{principalArn}/access-policies",
        "AssociateAccessPolicy",
    ),
    route(
        "GET",
        "/clusters/{clusterName}/access-entries/{principalArn}/access-policies",
        "ListAssociatedAccessPolicies",
    ),
    route(
        "DELETE",
        "/clusters/{clusterName}/access-entries/{principalArn}/access-policies/{policyArn}",
        "DisassociateAccessPolicy",
    ),
    route("GET", "/access-policies", "ListAccessPolicies"),
    route(
        "POST",
        "/clusters/{clusterName}/pod-identity-associations",
        "CreatePodIdentityAssociation",
    ),
    route(
        "GET",
        "/clusters/{clusterName}/pod-identity-associations",
        "ListPodIdentityAssociations",
    ),
    route(
        "GET",
        "/clusters/{clusterName}/pod-identity-associations/{associationId}",
        "DescribePodIdentityAssociation",
    ),
    route(
        "POST",
        "/clusters/{clusterName}/pod-identity-associations/{associationId}",
        "UpdatePodIdentityAssociation",
    ),
    route(
        "DELETE",
        "/clusters/{clusterName}/pod-identity-associations/{associationId}",
        "DeletePodIdentityAssociation",
    ),
    route("GET", "/tags/{resourceArn}", "ListTagsForResource"),
    route("POST", "/tags/{resourceArn}", "TagResource"),
    route("DELETE", "/tags/{resourceArn}", "UntagResource"),
];

/// The parameter by which EKS recognizes a repeat.
const TOKEN: &str = "clientRequestToken";

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterException", message)
}

fn in_wrong_state(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidRequestException", message)
}

fn in_use(message: impl Into<String>) -> AwsError {
    AwsError::new(409, "ResourceInUseException", message)
}

fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new(404, "ResourceNotFoundException", message)
}

/// The id of a cluster in the world.
fn cluster_id(name: &str) -> String {
    format!("eks_cluster/{name}")
}

/// The cluster of this name in the request's region, with due updates applied.
fn cluster(call: &mut Call<'_>, name: &str) -> Result<Thing, AwsError> {
    let id = cluster_id(name);
    settle(call.world, &id, call.now);
    let found = call.here("eks_cluster").find(|thing| thing.id == id).cloned();
    let found = found.ok_or_else(|| not_found(format!("No cluster found for name: {name}.")))?;
    write_log(call, &found)?;
    Ok(found)
}

/// A control plane whose logs are on makes its log group, without retention, whenever it finds none
/// to write to: at the start, and again when somebody deletes the group before the cluster is gone
/// (terraform-aws-eks#920).
fn write_log(call: &mut Call<'_>, cluster: &Thing) -> Result<(), AwsError> {
    let name = format!("/aws/eks/{}/cluster", cluster.text("name"));
    let id = call.arn("logs", &format!("log-group:{name}"));
    let starting = cluster.stage(call.now) == Stage::Creating;
    if starting || cluster::logs_on(cluster).is_empty() || call.world.get(&id).is_some() {
        return Ok(());
    }
    let group = Thing::new("log_group", &id)
        .with("logGroupName", name)
        .with("arn", format!("{id}:*"))
        .with("logGroupArn", id.clone())
        .with("metricFilterCount", 0)
        .with("storedBytes", 0)
        .with("logGroupClass", "STANDARD")
        .owned_by(Owner::Aws);
    call.create(group).map(drop)
}

/// The cluster, which must be able to take on node groups, add-ons and identities.
fn active_cluster(call: &mut Call<'_>, name: &str) -> Result<Thing, AwsError> {
    let cluster = cluster(call, name)?;
    match cluster.stage(call.now) {
        Stage::Active => Ok(cluster),
        // eksctl#2244: also while an endpoint update is under way.
        _ => Err(in_wrong_state(format!("Cluster '{name}' is not in ACTIVE status"))),
    }
}

/// Attributes that an update has promised show once its time has come.
fn settle(world: &mut World, id: &str, now: f64) {
    let due = world.get(id).is_some_and(|thing| {
        thing.attrs.contains_key("$pending") && thing.stage(now) == Stage::Active
    });
    if due
        && let Some(thing) = world.things.get_mut(id)
        && let Some(Value::Object(pending)) = thing.attrs.remove("$pending")
    {
        thing.attrs.extend(pending);
        world.generation += 1;
    }
}

/// A thing as EKS shows it: attributes that are not the local AWS's own, and tags.
fn shown(thing: &Thing) -> Map<String, Value> {
    let mut shape = thing.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("tags".to_owned(), json!(thing.tags));
    shape
}

/// Reads the token of a create: the id of what an earlier request with it made.
fn repeated(call: &Call<'_>, kind: &str) -> Result<Option<String>, AwsError> {
    call.world.replay(kind, call.text(TOKEN), &call.digest(TOKEN))
}

/// Marks a new thing with the token that made it.
fn with_token(mut thing: Thing, call: &Call<'_>) -> Thing {
    thing.token = call.text(TOKEN).map(|token| (token.to_owned(), call.digest(TOKEN)));
    thing
}

/// Whether EKS knows the role yet, and whether the role trusts `service`.
fn trust(call: &Call<'_>, role_arn: &str, service: &str) -> (bool, bool) {
    let known = super::iam::assumable(call.world, role_arn, call.now);
    let trusts = |role: &Thing| role.text("$trust").contains(service);
    (known, known && call.world.get(role_arn).is_some_and(trusts))
}

/// Refuses a role that `service` cannot take on, in EKS's words (terraform-aws-eks#2406).
fn assumable(call: &Call<'_>, role_arn: &str, service: &str) -> Result<(), AwsError> {
    if let (true, true) = trust(call, role_arn, service) {
        return Ok(());
    }
    Err(invalid(format!(
        "Role with arn: {role_arn}, could not be assumed because it does not exist or the trusted \
         entity is not correct"
    )))
}

/// The subnets asked for: all must exist, in one VPC.
fn subnets(call: &Call<'_>, ids: &[String]) -> Result<Vec<Thing>, AwsError> {
    let found: Result<Vec<Thing>, AwsError> = ids
        .iter()
        .map(|id| {
            let subnet = call.here("subnet").find(|thing| thing.id == *id && thing.gone.is_none());
            subnet.cloned().ok_or_else(|| invalid(format!("The subnet ID '{id}' does not exist")))
        })
        .collect();
    let found = found?;
    if found.iter().any(|subnet| subnet.text("vpcId") != found[0].text("vpcId")) {
        return Err(invalid("Subnets specified must belong to the same VPC"));
    }
    Ok(found)
}
