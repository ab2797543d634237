//! EC2: the network, its addresses, templates, and what AWS says about zones and types.

mod address;
mod endpoint;
mod gateway;
mod instance;
mod interface;
mod nat;
mod network;
mod place;
mod range;
mod route;
mod security;
mod security_rule;
mod storage;
mod table;
mod tags;
mod template;

use serde_json::{Map, Value, json};

use super::Service;
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::filter::Fields;
use crate::protocol::{Lists, Protocol};
use crate::rules;
use crate::rules::rows::{codes, in_use};
use crate::rules::{Codes, InUse};
use crate::world::{ACCOUNT, Thing};

/// For the services that start nodes.
pub(super) use {route::leads_out, template::version_data};

pub const SERVICE: Service = Service {
    name: "ec2",
    signing: "ec2",
    protocol: Protocol::Ec2Query,
    lists: Lists::Plain,
    operations: &[
        network::OPERATIONS,
        gateway::OPERATIONS,
        address::OPERATIONS,
        nat::OPERATIONS,
        table::OPERATIONS,
        route::OPERATIONS,
        endpoint::OPERATIONS,
        security::OPERATIONS,
        security_rule::OPERATIONS,
        template::OPERATIONS,
        interface::OPERATIONS,
        instance::OPERATIONS,
        storage::OPERATIONS,
        tags::OPERATIONS,
        place::OPERATIONS,
    ],
    in_use: IN_USE,
    codes: CODES,
    ..Service::EMPTY
};

/// What AWS makes with a VPC (main route table, default group, default network ACL) is the VPC's
/// child and refers to nothing, so it holds nothing back and goes with the VPC.
const IN_USE: &[InUse] = &[
    in_use(
        "vpc",
        &[
            "subnet",
            "internet_gateway",
            "security_group",
            "route_table",
            "nat_gateway",
            "vpc_endpoint",
            "network_interface",
        ],
        "DependencyViolation",
        "The vpc '{id}' has dependencies and cannot be deleted. ({by})",
        "EC2 API reference, DeleteVpc; pulumi-aws#1221",
    ),
    in_use(
        "subnet",
        &["network_interface", "nat_gateway"],
        "DependencyViolation",
        "The subnet '{id}' has dependencies and cannot be deleted. ({by})",
        "EC2 API reference, DeleteSubnet; terraform-aws-eks#285",
    ),
    in_use(
        "route_table",
        &["route_table_association"],
        "DependencyViolation",
        "The routeTable '{id}' has dependencies and cannot be deleted. ({by})",
        "EC2 API reference, DeleteRouteTable: disassociate the subnets first",
    ),
    in_use(
        "elastic_ip",
        &["nat_gateway", "network_interface"],
        "InvalidIPAddress.InUse",
        "The address '{id}' is in use by {by}",
        "EC2 API reference, ReleaseAddress: otherwise EC2 returns InvalidIPAddress.InUse",
    ),
    in_use(
        "security_group",
        &["network_interface", "security_group_rule"],
        "DependencyViolation",
        "resource {id} has a dependent object ({by})",
        "EC2 API reference, DeleteSecurityGroup; terraform-provider-aws#1671; cloud-nuke#726",
    ),
];

const CODES: &[Codes] = &[
    codes("vpc", "InvalidVpcID.NotFound", "VpcAlreadyExists"),
    codes("subnet", "InvalidSubnetID.NotFound", "InvalidSubnet.Conflict"),
    codes("network_interface", "InvalidNetworkInterfaceID.NotFound", "InvalidInterface"),
    codes("internet_gateway", "InvalidInternetGatewayID.NotFound", "Resource.AlreadyAssociated"),
    codes("elastic_ip", "InvalidAllocationID.NotFound", "Resource.AlreadyAssociated"),
    codes("nat_gateway", "NatGatewayNotFound", "Resource.AlreadyAssociated"),
    codes("route_table", "InvalidRouteTableID.NotFound", "Resource.AlreadyAssociated"),
    codes("route_table_association", "InvalidAssociationID.NotFound", "Resource.AlreadyAssociated"),
    codes("vpc_endpoint", "InvalidVpcEndpointId.NotFound", "RouteAlreadyExists"),
    codes("security_group", "InvalidGroup.NotFound", "InvalidGroup.Duplicate"),
    codes(
        "security_group_rule",
        "InvalidSecurityGroupRuleId.NotFound",
        "InvalidPermission.Duplicate",
    ),
    codes(
        "launch_template",
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateName.AlreadyExistsException",
    ),
    codes("network_acl", "InvalidNetworkAclID.NotFound", "NetworkAclEntryAlreadyExists"),
    codes("instance", "InvalidInstanceID.NotFound", "InvalidInstanceID"),
    codes("volume", "InvalidVolume.NotFound", "InvalidVolume"),
    codes("snapshot", "InvalidSnapshot.NotFound", "InvalidSnapshot"),
];

/// A thing in an answer: its attributes, tags and owner. Attributes whose name begins with `$` are
/// the local AWS's own and never shown.
fn shape(thing: &Thing) -> Map<String, Value> {
    let mut shape = thing.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("ownerId".to_owned(), ACCOUNT.into());
    shape.insert("tagSet".to_owned(), json!({"item": tag_list(&thing.tags, "key", "value")}));
    shape
}

/// The same, with the word for its stage: creating, active, changing, failed, deleting.
fn with_state(thing: &Thing, now: f64, words: [&str; 5]) -> Map<String, Value> {
    let mut shape = shape(thing);
    shape.insert("state".to_owned(), thing.status(now, words).into());
    shape
}

/// What `DryRun=true` answers when all is well.
fn dry_run(call: &Call<'_>) -> Result<(), AwsError> {
    match call.flag("DryRun") {
        Some(true) => Err(AwsError::new(
            412,
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        )),
        _ => Ok(()),
    }
}

/// A parameter that this local AWS would have to ignore.
fn refuse(call: &Call<'_>, names: &[&str]) -> Result<(), AwsError> {
    match names.iter().find(|name| call.value(name).is_some()) {
        Some(name) => Err(AwsError::unimplemented(format!(
            "the parameter `{name}` of {}",
            call.request.action
        ))),
        None => Ok(()),
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterValue", message)
}

/// The thing of this kind in the request's region, or AWS's not-found error.
fn known<'t>(call: &'t Call<'_>, kind: &str, id: &str) -> Result<&'t Thing, AwsError> {
    let thing = call.world.expect(kind, id)?;
    if thing.region == call.region() { Ok(thing) } else { Err(rules::not_found(kind, id)) }
}

/// The thing that an earlier request with this token made, or the token and digest to be remembered.
fn replay(
    call: &Call<'_>,
    kind: &str,
) -> Result<Result<Thing, Option<(String, String)>>, AwsError> {
    let (token, digest) = (call.text("ClientToken"), call.digest("ClientToken"));
    match call.world.replay(kind, token, &digest)? {
        Some(id) => known(call, kind, &id).cloned().map(Ok),
        None => Ok(Err(token.map(|token| (token.to_owned(), digest)))),
    }
}

/// The items of a `Describe…`: those asked for by id (which must exist), filtered.
fn selected<'t>(
    call: &'t Call<'_>,
    kind: &'t str,
    ids: &str,
    fields: Fields<'_>,
) -> Result<Vec<&'t Thing>, AwsError> {
    let ids = call.texts(ids);
    for id in &ids {
        known(call, kind, id)?;
    }
    let asked = call.here(kind).filter(|thing| ids.is_empty() || ids.contains(&thing.id));
    call.filtered(asked, fields)
}

/// The same for things that were made for this answer.
fn picked<'t>(
    call: &Call<'_>,
    kind: &str,
    things: &'t [Thing],
    ids: &str,
    fields: Fields<'_>,
) -> Result<Vec<&'t Thing>, AwsError> {
    let ids = call.texts(ids);
    if let Some(id) = ids.iter().find(|id| !things.iter().any(|thing| thing.id == **id)) {
        return Err(rules::not_found(kind, id));
    }
    call.filtered(things.iter().filter(|thing| ids.is_empty() || ids.contains(&thing.id)), fields)
}

/// One page of a `Describe…` under AWS's name for the set.
fn page(call: &Call<'_>, set: &str, shown: Vec<Map<String, Value>>) -> Answer {
    let (page, next) = call.page(shown, "MaxResults", "NextToken");
    Ok(json!({set: {"item": page}, "nextToken": next}))
}

/// One attribute of a thing as a filter's value.
macro_rules! field {
    ($name:literal) => {
        |thing, _now| vec![thing.text($name).to_owned()]
    };
}
use field;

fn id(thing: &Thing, _now: f64) -> Vec<String> {
    vec![thing.id.clone()]
}

fn owner(_: &Thing, _now: f64) -> Vec<String> {
    vec![ACCOUNT.to_owned()]
}

/// The strings of a list attribute.
fn texts(thing: &Thing, name: &str) -> Vec<String> {
    let items = thing.attrs.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
