//! Security groups.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::security_rule::{self, Direction};
use super::{dry_run, field, id, invalid, known, owner, page, refuse, selected, shape, tags};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::rules;
use crate::world::{Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateSecurityGroup", create),
    ("DescribeSecurityGroups", describe),
    ("DeleteSecurityGroup", delete),
];

/// The group that AWS makes with a VPC.
pub fn create_default(call: &mut Call<'_>, vpc: &str) -> Result<(), AwsError> {
    let id = call.world.new_id("sg");
    let group = new(call, &id, vpc, "default", "default VPC security group");
    call.create(group.with("$default", true).owned_by(Owner::Aws).child_of(vpc))?;
    security_rule::create_defaults(call, &id, &[Direction::In, Direction::Out])
}

fn new(call: &Call<'_>, id: &str, vpc: &str, name: &str, description: &str) -> Thing {
    Thing::new("security_group", id)
        .with("groupId", id)
        .with("groupName", name)
        .with("groupDescription", description)
        .with("securityGroupArn", call.arn("ec2", &format!("security-group/{id}")))
        .with("vpcId", vpc)
}

fn create(call: &mut Call<'_>) -> Answer {
    let (name, about) = (call.required("GroupName")?, call.required("GroupDescription")?);
    let vpc = call
        .text("VpcId")
        .map(str::to_owned)
        .ok_or_else(|| AwsError::bad("VPCIdNotSpecified", "No default VPC for this user"))?;
    known(call, "vpc", &vpc)?;
    check_words(&name, &about)?;
    let taken = call
        .here("security_group")
        .any(|other| other.text("vpcId") == vpc && other.text("groupName") == name);
    if taken {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(AwsError::bad("InvalidGroup.Duplicate", message));
    }
    let tags = tags::of_new(call, "security_group")?;
    dry_run(call)?;
    let id = call.world.new_id("sg");
    let group = new(call, &id, &vpc, &name, &about).tagged(tags).uses(vpc);
    let group = call.create(group)?;
    security_rule::create_defaults(call, &id, &[Direction::Out])?;
    let tags = tag_list(&group.tags, "key", "value");
    let arn = group.text("securityGroupArn");
    Ok(json!({"return": true, "groupId": id, "securityGroupArn": arn, "tagSet": {"item": tags}}))
}

/// "a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*" (EC2 API reference, CreateSecurityGroup).
fn check_words(name: &str, about: &str) -> Result<(), AwsError> {
    let fine =
        |letter: char| letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter);
    for text in [name, about] {
        if text.is_empty() || text.len() > 255 || !text.chars().all(fine) {
            return Err(invalid(format!("Invalid security group name or description '{text}'")));
        }
    }
    if name == "default" || name.starts_with("sg-") {
        let message = format!("The security group name '{name}' is reserved");
        return Err(AwsError::bad("InvalidGroup.Reserved", message));
    }
    Ok(())
}

fn show(call: &Call<'_>, group: &Thing) -> Map<String, Value> {
    let mut shape = shape(group);
    let permissions = |direction| security_rule::permissions(call, &group.id, direction);
    shape.insert("ipPermissions".to_owned(), json!({"item": permissions(Direction::In)}));
    shape.insert("ipPermissionsEgress".to_owned(), json!({"item": permissions(Direction::Out)}));
    shape
}

fn describe(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("group-id", id as fn(&Thing, f64) -> _),
        ("group-name", field!("groupName")),
        ("description", field!("groupDescription")),
        ("vpc-id", field!("vpcId")),
        ("owner-id", owner),
    ];
    refuse(call, &["GroupName"])?;
    let found = selected(call, "security_group", "GroupId", fields)?;
    page(call, "securityGroupInfo", found.into_iter().map(|group| show(call, group)).collect())
}

fn delete(call: &mut Call<'_>) -> Answer {
    refuse(call, &["GroupName"])?;
    let id = call.required("GroupId")?;
    let group = known(call, "security_group", &id)?.clone();
    dry_run(call)?;
    if group.text("groupName") == "default" {
        let message =
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(AwsError::bad("CannotDelete", message));
    }
    rules::check_delete(call.world, "security_group", &id)?;
    call.world.delete("security_group", &id, call.now)?;
    done()
}
