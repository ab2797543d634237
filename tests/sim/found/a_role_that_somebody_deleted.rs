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

/// Its claim was on disk, or it was refused once: nothing of the old one was known any more.
#[test]
fn nor_for_one_that_did_not_come_back_at_once() {
    for line in [
        "up+stranger:open/kubernetes_object:seed=53829:f=crash-before@16",
        "up+stranger:prod/cluster_drain+db_subnet_group+secret:seed=46458:f=deleted@6,quota@19",
    ] {
        let played = replayed(line);
        assert!(!played.calls.iter().any(|call| call.ends_with("eks:DeleteCluster")), "{line}");
        assert!(played.calls.iter().any(|call| call.ends_with("iam:CreateRole")), "{line}");
        clean(&played);
    }
}
