//! route53.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "route53",
    signing: "route53",
    protocol: Protocol::RestXml,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
