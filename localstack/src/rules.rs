//! What AWS refuses, as data: each row with the real error code and where it is written down.

use crate::error::AwsError;
use crate::world::{Thing, World};

/// A kind that cannot be deleted while things of other kinds use it.
pub struct InUse {
    pub kind: &'static str,
    /// Kinds that hold it back when they refer to it.
    pub by: &'static [&'static str],
    pub status: u16,
    pub code: &'static str,
    /// `{id}` and `{by}` are filled in.
    pub message: &'static str,
    pub source: &'static str,
}

/// A kind's error codes for "no such thing" and "the name is taken".
pub struct Codes {
    pub kind: &'static str,
    pub status: u16,
    pub not_found: &'static str,
    pub exists: &'static str,
}

const fn in_use(
    kind: &'static str,
    by: &'static [&'static str],
    code: &'static str,
    message: &'static str,
    source: &'static str,
) -> InUse {
    InUse { kind, by, status: 400, code, message, source }
}

const fn codes(kind: &'static str, not_found: &'static str, exists: &'static str) -> Codes {
    Codes { kind, status: 400, not_found, exists }
}

/// Rows of every service; each service module holds its own.
pub fn in_use_rows() -> impl Iterator<Item = &'static InUse> {
    crate::services::ALL.iter().flat_map(|service| service.in_use)
}

fn code_rows() -> impl Iterator<Item = &'static Codes> {
    crate::services::ALL.iter().flat_map(|service| service.codes)
}

pub mod rows {
    //! Constructors for the services' tables.
    use super::{Codes, InUse};

    pub const fn in_use(
        kind: &'static str,
        by: &'static [&'static str],
        code: &'static str,
        message: &'static str,
        source: &'static str,
    ) -> InUse {
        super::in_use(kind, by, code, message, source)
    }

    pub const fn codes(kind: &'static str, not_found: &'static str, exists: &'static str) -> Codes {
        super::codes(kind, not_found, exists)
    }

    /// The REST services answer 404 for what is not there and 409 for what is taken or in use.
    pub const fn rest_codes(
        kind: &'static str,
        not_found: &'static str,
        exists: &'static str,
    ) -> Codes {
        Codes { status: 404, ..super::codes(kind, not_found, exists) }
    }

    pub const fn rest_in_use(
        kind: &'static str,
        by: &'static [&'static str],
        code: &'static str,
        message: &'static str,
        source: &'static str,
    ) -> InUse {
        InUse { status: 409, ..super::in_use(kind, by, code, message, source) }
    }
}

fn codes_of(kind: &str) -> Option<&'static Codes> {
    code_rows().find(|row| row.kind == kind)
}

/// AWS's error for an id that does not exist.
pub fn not_found(kind: &str, id: &str) -> AwsError {
    let message = format!("The {} '{id}' does not exist", kind.replace('_', " "));
    match codes_of(kind) {
        Some(row) => AwsError::new(row.status, row.not_found, message),
        None => AwsError::unimplemented(format!("the not-found code of `{kind}` ({id})")),
    }
}

/// AWS's error for a name that is taken.
pub fn exists(kind: &str, id: &str) -> AwsError {
    let message = format!("The {} '{id}' already exists", kind.replace('_', " "));
    match codes_of(kind) {
        Some(row) => AwsError::new(if row.status == 404 { 409 } else { 400 }, row.exists, message),
        None => AwsError::unimplemented(format!("the already-exists code of `{kind}` ({id})")),
    }
}

pub fn token_mismatch(kind: &str) -> AwsError {
    let message = format!("The client token was used for another {}", kind.replace('_', " "));
    AwsError::bad("IdempotentParameterMismatch", message)
}

/// Everything a new thing refers to must exist and not be on its way out.
pub fn check_references(world: &World, thing: &Thing) -> Result<(), AwsError> {
    for id in &thing.refs {
        match world.get(id) {
            Some(used) if used.gone.is_none() => {}
            Some(used) => return Err(not_found(&used.kind, id)),
            None => return Err(not_found(&kind_of_id(id), id)),
        }
    }
    Ok(())
}

/// The kind an EC2-style id speaks of: `subnet-…` is a `subnet`.
fn kind_of_id(id: &str) -> String {
    let prefixes = [
        ("vpc-", "vpc"),
        ("subnet-", "subnet"),
        ("sg-", "security_group"),
        ("eipalloc-", "elastic_ip"),
        ("igw-", "internet_gateway"),
        ("nat-", "nat_gateway"),
        ("rtb-", "route_table"),
        ("lt-", "launch_template"),
        ("vpce-", "vpc_endpoint"),
        ("sgr-", "security_group_rule"),
        ("eni-", "network_interface"),
        ("acl-", "network_acl"),
        ("i-", "instance"),
        ("vol-", "volume"),
        ("snap-", "snapshot"),
    ];
    let known = prefixes.iter().find(|(prefix, _)| id.starts_with(prefix));
    known.map_or_else(
        || id.split('/').next().unwrap_or(id).to_owned(),
        |(_, kind)| (*kind).to_owned(),
    )
}

/// Whether something still uses the thing that is about to go.
pub fn check_delete(world: &World, kind: &str, id: &str) -> Result<(), AwsError> {
    for row in in_use_rows().filter(|row| row.kind == kind) {
        let user = world
            .things
            .values()
            .find(|thing| thing.refs.contains(id) && row.by.contains(&thing.kind.as_str()));
        if let Some(user) = user {
            let message = row.message.replace("{id}", id).replace("{by}", &user.id);
            return Err(AwsError::new(row.status, row.code, message));
        }
    }
    Ok(())
}
