//! IAM: roles, users, policies, service-linked roles. Global: seen from every region alike.

mod details;
mod document;
mod linked;
mod managed;
mod policy;
mod profile;
mod role;
mod user;

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::Service;
use crate::call::{Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::rest_codes;
use crate::world::{ACCOUNT, Thing, World};

pub const SERVICE: Service = Service {
    name: "iam",
    signing: "iam",
    protocol: Protocol::Query,
    lists: Lists::Member,
    operations: &[
        role::OPERATIONS,
        user::OPERATIONS,
        policy::OPERATIONS,
        profile::OPERATIONS,
        linked::OPERATIONS,
        details::OPERATIONS,
    ],
    codes: CODES,
    ..Service::EMPTY
};

const CODES: &[Codes] = &[
    rest_codes("role", "NoSuchEntity", "EntityAlreadyExists"),
    rest_codes("user", "NoSuchEntity", "EntityAlreadyExists"),
    rest_codes("policy", "NoSuchEntity", "EntityAlreadyExists"),
    rest_codes("access_key", "NoSuchEntity", "EntityAlreadyExists"),
    rest_codes("instance_profile", "NoSuchEntity", "EntityAlreadyExists"),
];

/// Other services believe in a new role only after a while; AWS's own advice is "about 10 s".
const PROPAGATION: f64 = 8.0;

/// Whether other services accept the role yet.
pub(crate) fn assumable(world: &World, role_arn: &str, now: f64) -> bool {
    world.get(role_arn).is_some_and(|thing| {
        thing.kind == "role" && thing.gone.is_none() && now >= thing.created + PROPAGATION
    })
}

/// The kinds of IAM objects that are known by a name, and how AWS speaks of them.
#[derive(Clone, Copy)]
struct Entity {
    kind: &'static str,
    /// The attribute and parameter that holds its name.
    name: &'static str,
    /// The attribute that holds its unique id, and the prefix of that.
    id: (&'static str, &'static str),
    /// The word before its path in an ARN.
    arn: &'static str,
    longest: usize,
}

const ROLE: Entity =
    Entity { kind: "role", name: "RoleName", id: ("RoleId", "AROA"), arn: "role", longest: 64 };
const USER: Entity =
    Entity { kind: "user", name: "UserName", id: ("UserId", "AIDA"), arn: "user", longest: 64 };
const POLICY: Entity = Entity {
    kind: "policy",
    name: "PolicyName",
    id: ("PolicyId", "ANPA"),
    arn: "policy",
    longest: 128,
};
const PROFILE: Entity = Entity {
    kind: "instance_profile",
    name: "InstanceProfileName",
    id: ("InstanceProfileId", "AIPA"),
    arn: "instance-profile",
    longest: 128,
};

impl Entity {
    fn lookup<'w>(self, world: &'w World, name: &str) -> Result<&'w Thing, AwsError> {
        let found = world.of_kind(self.kind).find(|thing| thing.text(self.name) == name);
        found.ok_or_else(|| {
            let what = self.kind.replace('_', " ");
            no_such_entity(format!("The {what} with name {name} cannot be found."))
        })
    }

    /// The one the request names, by ARN.
    fn asked(self, call: &Call<'_>) -> Result<String, AwsError> {
        Ok(self.lookup(call.world, &call.required(self.name)?)?.id.clone())
    }

    /// A new one by the request's name, path and tags; names are unique whatever the path and case.
    fn made(self, call: &mut Call<'_>) -> Result<Thing, AwsError> {
        let name = call.required(self.name)?;
        let path = call.text("Path").unwrap_or("/").to_owned();
        check_name(self.name, &name, self.longest)?;
        check_path(&path)?;
        let same = |thing: &Thing| thing.text(self.name).eq_ignore_ascii_case(&name);
        if call.world.of_kind(self.kind).any(same) {
            let message = format!("{} with name {name} already exists.", capital(self.kind));
            return Err(AwsError::new(409, "EntityAlreadyExists", message));
        }
        let arn = format!("arn:aws:iam::{ACCOUNT}:{}{path}{name}", self.arn);
        let id = format!("{}{}", self.id.1, call.world.new_name(17));
        Ok(Thing::new(self.kind, &arn)
            .with(self.name, name)
            .with(self.id.0, id)
            .with("Path", path)
            .with("Arn", arn)
            .tagged(call.tags("Tags")))
    }
}

fn capital(kind: &str) -> String {
    kind.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join(" ")
}

fn no_such_entity(message: impl Into<String>) -> AwsError {
    AwsError::gone("NoSuchEntity", message)
}

fn conflict(message: &str) -> AwsError {
    AwsError::new(409, "DeleteConflict", format!("Cannot delete entity, {message}"))
}

fn limit(message: String) -> AwsError {
    AwsError::new(409, "LimitExceeded", format!("Cannot exceed quota for {message}"))
}

fn check_name(param: &str, name: &str, longest: usize) -> Result<(), AwsError> {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    if letters && !name.is_empty() && name.len() <= longest {
        return Ok(());
    }
    let message = format!(
        "The specified value for {param} is invalid. It must contain only alphanumeric characters \
         and/or the following: +=,.@_- and be at most {longest} long"
    );
    Err(AwsError::bad("ValidationError", message))
}

fn check_path(path: &str) -> Result<(), AwsError> {
    if path.starts_with('/') && path.ends_with('/') && path.len() <= 512 {
        return Ok(());
    }
    let message = "The specified value for path is invalid. It must begin and end with / and \
                   contain only alphanumeric characters and/or / characters.";
    Err(AwsError::bad("ValidationError", message))
}

/// AWS shows policy documents percent-encoded as RFC 3986 says.
fn encoded(document: &str) -> String {
    const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(document, SET).to_string()
}

/// What an answer shows of a thing: its own attributes and the moment it was made.
fn shown(call: &Call<'_>, thing: &Thing) -> Map<String, Value> {
    let mut shape = thing.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("CreateDate".to_owned(), call.date(thing.created).into());
    shape
}

fn member(items: Vec<Value>) -> Value {
    json!({"member": items})
}

fn tag_members(tags: &BTreeMap<String, String>) -> Value {
    member(tag_list(tags, "Key", "Value"))
}

/// `{list: one page, IsTruncated, Marker}`; IAM's pages hold 100 unless asked otherwise.
fn paged(call: &Call<'_>, list: &str, all: Vec<Value>) -> Value {
    let start = call.text("Marker").and_then(|text| text.parse().ok()).unwrap_or(0usize);
    let size = call.number("MaxItems").and_then(|n| usize::try_from(n).ok()).unwrap_or(100).max(1);
    let more = all.len() > start + size;
    let page: Vec<_> = all.into_iter().skip(start).take(size).collect();
    json!({
        list: member(page),
        "IsTruncated": more,
        "Marker": more.then(|| (start + size).to_string()),
    })
}

/// The tags, untags and tag lists of one kind of entity.
fn tag(call: &mut Call<'_>, entity: Entity) -> crate::call::Answer {
    let id = entity.asked(call)?;
    let tags = call.tags("Tags");
    let thing = call.world.expect_mut(entity.kind, &id)?;
    thing.tags.extend(tags);
    if thing.tags.len() > 50 {
        return Err(limit("TagsPerEntity: 50".to_owned()));
    }
    super::done()
}

fn untag(call: &mut Call<'_>, entity: Entity) -> crate::call::Answer {
    let id = entity.asked(call)?;
    let keys = call.texts("TagKeys");
    let thing = call.world.expect_mut(entity.kind, &id)?;
    thing.tags.retain(|key, _| !keys.contains(key));
    super::done()
}

fn list_tags(call: &mut Call<'_>, entity: Entity) -> crate::call::Answer {
    let id = entity.asked(call)?;
    let tags = tag_list(&call.world.expect(entity.kind, &id)?.tags, "Key", "Value");
    Ok(paged(call, "Tags", tags))
}
