//! The sweep found EKS's log group and asked for its tags; by then it was gone. "Not found" was taken
//! for the end of the sweep's own mark, which nobody deleted then.

use super::{clean, replayed};

#[test]
fn what_vanishes_under_the_sweep_does_not_end_it() {
    clean(&replayed("edit:prod/target_group_attachment:seed=1:f=crash-after@10"));
    clean(&replayed("edit:prod/alarm+eks_addon:seed=1547:f=stop@6"));
}
