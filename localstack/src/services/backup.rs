//! backup.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "backup",
    signing: "backup",
    protocol: Protocol::RestJson,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
