//! AWS answered a create without the id. The run took that for a refusal and dropped its claim: the
//! object stood there, recorded nowhere, and the next run refused to go on.

use super::{at_action, clean};
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
