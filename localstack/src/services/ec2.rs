//! EC2: the network, its addresses, templates, and what AWS says about zones and types.

mod network;

use serde_json::{Value, json};

use super::Service;
use crate::call::{Call, pairs, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::rows::{codes, in_use};
use crate::rules::{Codes, InUse};
use crate::world::{ACCOUNT, Thing};

pub const SERVICE: Service = Service {
    name: "ec2",
    signing: "ec2",
    protocol: Protocol::Ec2Query,
    lists: Lists::Plain,
    operations: &[network::OPERATIONS],
    in_use: IN_USE,
    codes: CODES,
    ..Service::EMPTY
};

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
        "EC2 API reference, DeleteVpc",
    ),
    in_use(
        "subnet",
        &["network_interface", "nat_gateway"],
        "DependencyViolation",
        "The subnet '{id}' has dependencies and cannot be deleted. ({by})",
        "EC2 API reference, DeleteSubnet; terraform-aws-eks#285",
    ),
];

const CODES: &[Codes] = &[
    codes("vpc", "InvalidVpcID.NotFound", "VpcAlreadyExists"),
    codes("subnet", "InvalidSubnetID.NotFound", "InvalidSubnet.Conflict"),
    codes("network_interface", "InvalidNetworkInterfaceID.NotFound", "InvalidInterface"),
];

/// The tags of the resource type in `TagSpecification.N`.
fn tags_of(call: &Call<'_>, what: &str) -> std::collections::BTreeMap<String, String> {
    let fits = |spec: &Value| spec.get("ResourceType").and_then(Value::as_str) == Some(what);
    let specs = call.list("TagSpecification");
    let tags = specs.iter().filter(|spec| fits(spec)).filter_map(|spec| spec.get("Tag")?.as_array());
    pairs(&tags.flatten().cloned().collect::<Vec<_>>(), "Key", "Value")
}

/// A thing in an answer: its attributes, tags and owner.
fn shape(thing: &Thing) -> Value {
    let mut shape = thing.attrs.clone();
    shape.insert("ownerId".to_owned(), ACCOUNT.into());
    shape.insert("tagSet".to_owned(), json!({"item": tag_list(&thing.tags, "key", "value")}));
    Value::Object(shape)
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

/// The items of a `Describe…`: those asked for by id (which must exist), filtered.
fn selected<'t>(
    call: &'t Call<'_>,
    kind: &'t str,
    ids: &str,
    fields: crate::filter::Fields<'_>,
) -> Result<Vec<&'t Thing>, AwsError> {
    let ids = call.texts(ids);
    for id in &ids {
        call.world.expect(kind, id)?;
    }
    let asked = call.here(kind).filter(|thing| ids.is_empty() || ids.contains(&thing.id));
    call.filtered(asked, fields)
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
