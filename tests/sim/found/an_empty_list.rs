//! One list came empty. Everything of it was believed deleted, claimed anew and refused as a double;
//! the records were gone then, and only `state rescue` could go on.

use super::{clean, replayed};

#[test]
fn what_one_list_does_not_show_is_looked_for_again() {
    for at in 1..20 {
        clean(&replayed(&format!(
            "edit:dev/eks_access_entry+route+route_table:seed=88:f=missing@{at}"
        )));
    }
    clean(&replayed("edit+stranger:dev/eks_access_entry+route+route_table:seed=50088:f=missing@8"));
}

/// The cluster no longer knew the caller: it was asked for minutes, and then the time for a second look
/// at anything else was over.
#[test]
fn it_is_looked_for_again_however_long_the_first_look_took() {
    clean(&replayed(
        "edit+stranger:dev/cluster_drain+eks_addon_check+eks_pod_identity:seed=17134:f=missing@18",
    ));
}
