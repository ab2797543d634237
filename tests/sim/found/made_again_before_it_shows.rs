//! A run was killed and started again at once, while AWS's lists did not show yet what it had made and
//! recorded. The second run believed it gone and made it a second time: two VPCs, two addresses.

use super::{clean, replayed};

#[test]
fn what_was_made_a_moment_ago_is_looked_for_not_made_again() {
    for at in 10..24 {
        let lag = at + 1;
        clean(&replayed(&format!("up:dev/nat_gateway:seed=2:f=crash-after@{at},lag@{lag}")));
    }
}
