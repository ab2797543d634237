//! AWS answered a create without the id. The run took that for a refusal and dropped its claim: the
//! object stood there, recorded nowhere, and the next run refused to go on.

use super::{at_action, clean, replayed};
use crate::trouble::Trouble;

#[test]
fn a_create_that_was_answered_strangely_is_looked_for() {
    for action in ["CreateVpc", "CreateSubnet", "AllocateAddress", "CreateNatGateway"] {
        clean(&at_action("up:dev/nat_gateway:seed=1:f=", action, &[Trouble::Missing]));
    }
    clean(&at_action(
        "up:wide/email_verification:seed=1:f=",
        "CreateHostedZone",
        &[Trouble::Missing],
    ));
}

/// An answer of 200 without even the element that holds it: the SDK reports that as an error of the
/// service, which it is not.
#[test]
fn a_create_whose_answer_cannot_be_read_is_looked_for() {
    clean(&at_action("up:dev/db_instance:seed=1:f=", "CreateDBInstance", &[Trouble::Missing]));
}

/// A batch of records has an id of its own. An empty one was recorded, and every look asked AWS how far
/// a batch without a name was: no run came past that any more.
#[test]
fn a_batch_of_records_without_its_id_is_not_asked_about() {
    clean(&replayed("up:wide/record_set:seed=70958:f=lag@8,missing@15"));
    clean(&at_action(
        "up:wide/record_set:seed=1:f=",
        "ChangeResourceRecordSets",
        &[Trouble::Missing],
    ));
}
