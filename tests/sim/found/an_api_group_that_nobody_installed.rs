//! The drain asked for Gateways in a cluster without the Gateway API, was answered `404 page not found`
//! in plain text, and no cluster could be destroyed.

use super::{clean, replayed};

#[test]
fn what_nobody_installed_holds_no_destroy_up() {
    clean(&replayed("destroy:dev/cluster_drain:seed=3:f="));
}
