//! One suite for two Kubernetes: the local one, and a real API server with its own controllers and
//! scheduler. What the first answers is thereby what the second does.
//!
//! The real one wants the binaries that KUBEBUILDER_ASSETS names; `.ci/kubernetes.sh` runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod ground;
mod life;
#[path = "../kube/real.rs"]
mod real;
#[path = "../stage/mod.rs"]
mod stage;
mod trouble;

use ground::Ground;

/// The same case on both.
macro_rules! on_both {
    ($($case:path as $name:ident;)*) => {
        mod on_the_local_one {
            use super::Ground;
            $(#[tokio::test(flavor = "current_thread", start_paused = true)]
            async fn $name() {
                $case(&mut Ground::local().await).await;
            })*
        }
        mod on_a_real_one {
            use super::Ground;
            $(#[tokio::test(flavor = "current_thread", start_paused = true)]
            #[ignore = "LEFT OUT: it needs a real API server, see .ci/kubernetes.sh"]
            async fn $name() {
                $case(&mut Ground::real().await).await;
            })*
        }
    };
}

on_both! {
    super::life::whole as a_platform_comes_up_stays_changes_and_goes;
    super::life::shared as another_manager_keeps_what_it_holds;
    super::trouble::migration as a_failed_migration_stops_before_new_code_and_goes_on;
    super::trouble::outage as neither_an_outage_nor_an_old_token_ends_a_run;
    super::trouble::stuck as what_cannot_start_says_why;
}
