//! The gateway of a route was gone and made again. The route was waited for until it led somewhere,
//! which it never does by itself.

use super::{clean, replayed};

#[test]
fn a_blackhole_is_set_again_not_waited_for() {
    clean(&replayed("edit+stranger:prod/cluster_drain+role:seed=1524:f="));
    clean(&replayed("edit:wide/target_group_attachment:seed=1046:f=crash-before@29,deleted@32"));
}
