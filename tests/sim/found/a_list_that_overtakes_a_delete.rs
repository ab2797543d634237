//! Two listeners were deleted at once. The list that waited for the one named the other in its first
//! call, asked for its tags in the second, was told that it is gone, and the run failed.

use super::{clean, replayed};

#[test]
fn what_vanishes_between_two_calls_of_a_list_is_no_failure() {
    for seed in 0..6 {
        let played = replayed(&format!("destroy:dev/listener:seed={seed}:f="));
        clean(&played);
        assert_eq!(played.processes, 1, "{:#?}", played.calls);
    }
}
