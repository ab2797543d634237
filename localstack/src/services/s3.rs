//! s3.

use super::{Operation, Service};
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "s3",
    signing: "s3",
    protocol: Protocol::RestXml,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[];
