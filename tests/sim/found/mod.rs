//! What the simulation found: one file a bug, named by what went wrong.

mod a_change_that_waits_for_a_replacement;
mod a_destroy_that_trusts_an_old_record;
mod a_failed_cluster_that_is_protected;
mod a_failed_cluster_without_an_api;
mod a_failed_database_that_is_protected;
mod a_gateway_left_before_the_change;
mod a_list_that_overtakes_a_delete;
mod a_log_group_that_goes_meanwhile;
mod a_role_that_somebody_deleted;
mod a_route_that_leads_nowhere;
mod an_answer_without_an_id;
mod an_api_group_that_nobody_installed;
mod an_empty_list;
mod made_again_before_it_shows;

use crate::case::Case;
use crate::play::{Played, play};
use crate::trouble::Trouble;

/// Plays a case with a trouble at the first call of an action, wherever that comes.
fn at_action(case: &str, action: &str, troubles: &[Trouble]) -> Played {
    let case: Case = case.parse().expect("a case");
    let calls = play(&case).calls;
    let line = calls.iter().find(|line| line.ends_with(&format!(":{action}")));
    let line = line.unwrap_or_else(|| panic!("{case} never calls {action}"));
    let at: usize = line.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number");
    let troubles: Vec<_> = troubles.iter().zip(at..).map(|(trouble, at)| (*trouble, at)).collect();
    play(&case.with(&troubles))
}

/// Plays a case as it is named.
fn replayed(case: &str) -> Played {
    play(&case.parse().expect("a case"))
}

fn clean(played: &Played) {
    assert!(played.violations.is_empty(), "{:#?}\n{:#?}", played.violations, played.calls);
}
