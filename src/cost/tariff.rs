//! How AWS bills each thing: pure formulas from sizes to lines, shared by the resources of a stack
//! and by plain lists of resources.

mod balance;
mod claims;
mod compute;
mod data;
mod edge;
mod network;
mod small;
mod storage;

pub use balance::{Balancer, Traffic, balancer};
pub use claims::claims;
pub use compute::{
    ControlPlane, Nodes, Purchase, Volume, control_plane, cpu_credits, nodes, volume,
};
pub use data::{
    Cache, Database, Deployment, DocdbInstance, Search, cache, database, database_snapshot,
    docdb_backup, docdb_instance, docdb_storage, extended_support, managed_secret, search,
};
pub use edge::{Cdn, DataTransfer, cdn, data_transfer, mail, queries, zone};
pub use network::{addresses, gateway_endpoint, interface_endpoint, nat_gateway};
pub use small::{Firewall, Logs, alarm, firewall, images, key, logs, secret};
pub use storage::{Bucket, bucket, bucket_storage, files, snapshot, vault_snapshots};
