//! A run was killed after a change and before its record (a gateway was attached). `destroy` took the
//! recorded values for true, did not detach, and AWS refused the delete for ever.

use super::{clean, replayed};

#[test]
fn a_destroy_looks_at_what_is_there() {
    for seed in 0..16 {
        clean(&replayed(&format!("half:dev/nat_gateway:seed={seed}:f=")));
    }
}
