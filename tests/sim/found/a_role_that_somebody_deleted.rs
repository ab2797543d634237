//! Somebody deleted the cluster's role. Its ARN counted as unknown until it was made again, and what
//! cannot change its role was to be replaced: the whole cluster, with its node groups still in it.

use super::{clean, replayed};

#[test]
fn no_cluster_goes_for_a_role_that_comes_back() {
    let played =
        replayed("up+stranger:dev/eks_nodegroup+internet_gateway+security_group:seed=1399:f=");
    assert!(!played.calls.iter().any(|call| call.ends_with("eks:DeleteCluster")), "replaced");
    assert!(
        played.calls.iter().any(|call| call.ends_with("iam:CreateRole")),
        "no role was missing"
    );
    clean(&played);
}
