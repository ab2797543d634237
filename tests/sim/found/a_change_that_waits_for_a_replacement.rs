//! The profile took other machines and another setting at once. The old task was to wait until the
//! workload had changed away from it, the workload for the new task, that for the new nodes, these for
//! the old nodes to go, and those for the old task: no plan at all.

use super::{clean, replayed};

#[test]
fn the_delete_does_not_wait_where_it_must_come_first() {
    clean(&replayed("edit:open/https_check:seed=50238:f="));
}
