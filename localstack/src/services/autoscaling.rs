//! autoscaling.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "autoscaling",
    signing: "autoscaling",
    protocol: Protocol::Query,
    lists: Lists::Member,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
