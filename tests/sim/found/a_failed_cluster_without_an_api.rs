//! A cluster whose creation failed answers DescribeCluster with an endpoint where nobody answers. The
//! next plan asked it for its objects for five minutes and gave up, and so did every one after it.

use super::{at_action, clean};
use crate::trouble::Trouble;

#[test]
fn it_has_no_objects_and_is_made_again() {
    let case = "up:open/kubernetes_object:seed=3363:f=";
    clean(&at_action(case, "CreateCluster", &[Trouble::Doomed]));
}
