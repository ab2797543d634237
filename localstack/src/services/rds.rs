//! rds.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "rds",
    signing: "rds",
    protocol: Protocol::Query,
    lists: Lists::Named,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
