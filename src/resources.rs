//! The registry: every kind edxaws can make. A new kind is one file and one line here.

pub mod ec2;

use crate::kind::{Kind, Of};

/// All kinds, by service.
pub static KINDS: &[&dyn Kind] = &[
    &Of::<ec2::Vpc>::KIND,
    &Of::<ec2::Subnet>::KIND,
];

/// The kind of an address.
pub fn kind(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().find(|kind| kind.name() == name).copied()
}
