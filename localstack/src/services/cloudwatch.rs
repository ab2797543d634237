//! cloudwatch.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "cloudwatch",
    signing: "monitoring",
    protocol: Protocol::Cbor,
    lists: Lists::Member,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
