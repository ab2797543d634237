//! A route was to lead to another gateway, and the process died between writing that down and telling
//! AWS. The record no longer said on what the route still stood, so the next run deleted the old
//! gateway under it.

use super::{clean, replayed};

#[test]
fn what_it_stood_on_stays_until_the_change_is_done() {
    clean(&replayed("edit:prod/target_group_attachment:seed=1:f=crash-after@21"));
}
