//! A database whose creation failed was to lose its deletion protection before it goes, which RDS
//! refuses of all but available ones: every run ended there.

use super::{at_action, clean};
use crate::trouble::Trouble;

#[test]
fn it_goes_and_is_made_again() {
    clean(&at_action("up:wide/db_instance:seed=3862:f=", "CreateDBInstance", &[Trouble::Doomed]));
}
