//! secretsmanager.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "secretsmanager",
    signing: "secretsmanager",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
