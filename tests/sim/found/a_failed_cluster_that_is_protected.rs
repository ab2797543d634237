//! A cluster whose creation failed was to lose its deletion protection first, which EKS refuses of
//! all but clusters in use; it lets failed ones go even so.

use super::{clean, replayed};

#[test]
fn what_failed_goes_though_it_was_to_be_protected() {
    clean(&replayed("up:prod/eks_pod_identity:seed=1442:f=doomed@9"));
}
